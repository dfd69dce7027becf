//! Scripts without BiDi: functions in the sandbox of the driver, if it has one, expressions by `eval`.

use std::time::Duration;

use browsr_core::script::{WRITER, envelope};
use browsr_core::session::open_envelope;
use browsr_core::{Error, ErrorKind, FrameRef, OpContext, Result, Script, ScriptForm, World};
use fantoccini::error::ErrorStatus;
use serde_json::{Value, json};

use crate::driver::DriverBrowser as Browser;
use crate::error::{CallError, no_frame};
use crate::line::{ELEMENT, Line};
use crate::session::WebDriverSession;

/// Races a promise against the clock and the loss of the frame: `{"t":1}` for late, `{"f":1}` for the wrong document.
const RACE: &str = "const [args, ms, framed] = arguments;
if (framed && self === top) return '{\"f\":1}';
let timer;
const late = new Promise(done => { timer = setTimeout(() => done('{\"t\":1}'), ms) });
return Promise.race([work(args), late]).finally(() => clearTimeout(timer));";

/// Describes the value of an expression as the DevTools protocol does.
pub(crate) const DESCRIBE: &str = include_str!("describe.js");
/// Runs an expression by `eval`.
pub(crate) const EXPRESSION: &str = include_str!("expression.js");

/// How often one of our own scripts may be answered with nothing at all, as by Firefox while it swaps documents.
const MAX_NOTHING: u32 = 100;

impl WebDriverSession {
    pub(crate) async fn run(&self, script: &Script, cx: &OpContext) -> Result<Value> {
        if let Some(bidi) = &self.bidi {
            return self.run_by_bidi(bidi, script, cx).await;
        }
        let body = match (script.form, script.world, self.browser) {
            (ScriptForm::Expression, ..) => {
                format!("{WRITER}\n{DESCRIBE}\n{EXPRESSION}\nconst work = ([source]) => run(source);\n{RACE}")
            }
            // Firefox runs scripts in a sandbox, whose globals are not those of the page.
            (_, World::Page, Browser::Firefox) => format!(
                "const work = args => window.eval({})(...args);\n{RACE}",
                Value::from(format!("({})", envelope(&script.source, script.world)))
            ),
            // There is but one world.
            _ => format!("const work = args => ({})(...args);\n{RACE}", envelope(&script.source, World::Page)),
        };
        let source;
        let args: &[Value] = if script.form == ScriptForm::Expression {
            source = [Value::from(&*script.source)];
            &source
        } else {
            &script.args
        };
        let text = self.run_body(&body, args, script, cx).await?;
        match text.as_str() {
            Some("{\"t\":1}") => Err(late()),
            Some(text) => open_envelope(text),
            None => Err(Error::new(ErrorKind::Unexpected, "the page answered a script with no result")),
        }
    }

    /// Runs the body of a function, and once more where it certainly did not run or doing it twice does no harm.
    async fn run_body(&self, body: &str, args: &[Value], script: &Script, cx: &OpContext) -> Result<Value> {
        let mut line = self.line(cx).await?;
        let frame = script.frame.token();
        let mut retried = false;
        loop {
            let error = match line.run_once(body, args, frame, cx).await {
                // The document was being swapped, or a prompt was closed under the script.
                Ok(Value::Null) => {
                    if retried || !script.idempotent {
                        return Err(replaced());
                    }
                    retried = true;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
                Ok(Value::String(text)) if text == "{\"f\":1}" => {
                    line.doubt_frame();
                    return Err(no_frame());
                }
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if self.answer_prompt(&error).await {
                if script.idempotent {
                    continue;
                }
                // A driver says the same of a prompt that was there before.
                return Err(interrupted());
            }
            match error {
                CallError::Deadline => return Err(late()),
                // There is no such page: nothing has run.
                error if error.is_closed_window() && frame.is_none() => line.lose_window(),
                CallError::Refused(refusal) if refusal.status == ErrorStatus::ScriptTimeout => return Err(late()),
                error if frame.is_some() && (error.is_lost_context() || error.is_closed_window()) => {
                    line.doubt_frame();
                    return Err(no_frame());
                }
                error if error.is_lost_context() => {
                    if retried || !script.idempotent {
                        return Err(replaced());
                    }
                    retried = true;
                }
                error => return Err(error.into_error("running a script")),
            }
        }
    }

    /// Makes a reference to the frame of the element that a script returns.
    pub(crate) async fn frame_of(&self, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        if let Some(bidi) = &self.bidi {
            return self.frame_by_bidi(bidi, locate, cx).await;
        }
        let found = self.find_element(locate, "/^i?frame$/.test(element.localName)", cx).await?;
        let element = found.get(ELEMENT).and_then(Value::as_str).ok_or_else(no_frame)?;
        let line = self.line(cx).await?;
        Ok(FrameRef::new(line.token(locate.frame.token(), element)?))
    }

    /// Returns the driver's reference to the element that a script returns, or null where it is not such a one.
    pub(crate) async fn find_element(&self, locate: &Script, such: &str, cx: &OpContext) -> Result<Value> {
        let body = format!(
            "const work = async args => {{ try {{ const element = await ({}\n)(...args);
                return element && element.nodeType === 1 && {such} ? element : '{{}}';
            }} catch (error) {{
                return JSON.stringify({{ e: {{ name: String(error.name), message: String(error.message) }} }});
            }} }};\n{RACE}",
            locate.source
        );
        match self.run_body(&body, &locate.args, locate, cx).await? {
            Value::String(text) if text == "{\"t\":1}" => Err(late()),
            Value::String(text) => open_envelope(&text),
            found => Ok(found),
        }
    }
}

impl Line<'_> {
    /// Looks at the frame and runs the body of a function there.
    async fn run_once(
        &mut self,
        body: &str,
        args: &[Value],
        frame: Option<&str>,
        cx: &OpContext,
    ) -> Result<Value, CallError> {
        self.enter(frame, cx).await?;
        let remaining = cx.remaining();
        // The page's own answer has to be back by the deadline.
        let ms = remaining.saturating_sub((remaining / 10).min(Duration::from_millis(50))).as_millis();
        let ms = u64::try_from(ms).unwrap_or(u64::MAX).min(1 << 31);
        self.execute(body, json!([args, ms, frame.is_some()]), cx).await
    }

    /// Runs one of our own scripts in the main frame of the page, whatever is in its way.
    pub(crate) async fn own(&mut self, body: &str, args: Value, cx: &OpContext) -> Result<Value, CallError> {
        let mut closed = false;
        for _ in 0..MAX_NOTHING {
            let answer = match &self.session.bidi {
                Some(bidi) => self.session.own_by_bidi(bidi, body, &args, cx).await,
                None => match self.top(cx).await {
                    Ok(()) => self.execute(body, args.clone(), cx).await,
                    Err(error) => Err(error),
                },
            };
            match answer {
                Ok(Value::Null) => {}
                Ok(value) => return Ok(value),
                Err(error) if error.is_closed_window() && !closed => {
                    self.lose_window();
                    closed = true;
                }
                Err(error) if self.session.answer_prompt(&error).await => {}
                Err(error) if error.is_lost_context() => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(CallError::Deadline)
    }
}

pub(crate) fn late() -> Error {
    Error::new(ErrorKind::ScriptTimeout, "a script did not end in time")
}

pub(crate) fn replaced() -> Error {
    Error::new(ErrorKind::StaleElementReference, "the document was replaced while a script ran in it")
}

/// The error for a script that met a dialog, which ends it where there is no BiDi.
fn interrupted() -> Error {
    Error::new(
        ErrorKind::JavascriptError,
        "a dialog interrupted the script, which may have had its effect; use a driver with BiDi, where scripts go on",
    )
    .with_detail(json!({ "name": "DialogInterrupted", "message": "a dialog interrupted the script" }))
}
