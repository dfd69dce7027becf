//! Scripts: which world they run in, and what becomes of their results.

use std::sync::Arc;

use browsr_core::script::envelope;
use browsr_core::session::open_envelope;
use browsr_core::{Error, ErrorKind, FrameRef, OpContext, Result, Script, ScriptForm, World};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::connection::SessionKey;
use crate::error::CallError;
use crate::session::CdpSession;
use crate::state::{Inner, Look};

/// Where a script runs.
struct Place {
    session: SessionKey,
    /// None for the page's world of the main frame, which the browser finds by itself.
    context: Option<Arc<str>>,
}

#[derive(Deserialize)]
struct Evaluated {
    result: Value,
    #[serde(rename = "exceptionDetails")]
    exception: Option<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(default)]
    text: String,
    exception: Option<Thrown>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thrown {
    class_name: Option<String>,
    description: Option<String>,
    value: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluate<'a> {
    expression: &'a str,
    await_promise: bool,
    return_by_value: bool,
    user_gesture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_context_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallFunction<'a> {
    function_declaration: &'a str,
    arguments: Vec<Argument<'a>>,
    await_promise: bool,
    return_by_value: bool,
    unique_context_id: &'a str,
}

#[derive(Serialize)]
struct Argument<'a> {
    value: &'a Value,
}

impl CdpSession {
    pub(crate) async fn run(&self, script: &Script, cx: &OpContext) -> Result<Value> {
        let result = match script.form {
            ScriptForm::Function => {
                let source = envelope(&script.source, script.world);
                let evaluated = self.run_in(script, Some(&source), true, cx).await?;
                match evaluated.result.get("value").and_then(Value::as_str) {
                    Some(text) => open_envelope(text),
                    None => Err(Error::new(ErrorKind::Unexpected, "the page answered a script with no result")),
                }
            }
            _ => self.run_in(script, None, true, cx).await.map(|evaluated| evaluated.result),
        };
        let mut inner = self.state().lock();
        // What a page shows that it may not show is not for the caller.
        inner.take_denied()?;
        if result.is_ok()
            && let Ok(page) = inner.any_page()
        {
            page.navigation.answered();
        }
        result
    }

    /// Runs a script that returns an object, and returns the browser's handle of that.
    pub(crate) async fn run_for_object(&self, script: &Script, cx: &OpContext) -> Result<(SessionKey, Value)> {
        let session = self.place(script, cx).await?.session;
        let evaluated = self.run_in(script, Some(&script.source), false, cx).await?;
        Ok((session, evaluated.result))
    }

    /// Runs a script; twice where the document went away and that does no harm.
    async fn run_in(
        &self,
        script: &Script,
        function: Option<&str>,
        by_value: bool,
        cx: &OpContext,
    ) -> Result<Evaluated> {
        let mut retried = false;
        loop {
            let place = self.place(script, cx).await?;
            let call = if let Some(function) = function {
                let context = place.context.as_deref().unwrap_or_default();
                let params = CallFunction {
                    function_declaration: function,
                    arguments: script.args.iter().map(|value| Argument { value }).collect(),
                    await_promise: true,
                    return_by_value: by_value,
                    unique_context_id: context,
                };
                self.connection().start(Some(&place.session), "Runtime.callFunctionOn", &params)
            } else {
                let params = Evaluate {
                    expression: &in_block(&script.source),
                    await_promise: true,
                    return_by_value: by_value,
                    user_gesture: true,
                    unique_context_id: place.context.as_deref(),
                };
                self.connection().start(Some(&place.session), "Runtime.evaluate", &params)
            };
            let answer = call.wait(cx).await.and_then(|answer| answer.result::<Evaluated>());
            match answer {
                Ok(Evaluated { exception: Some(exception), .. }) => return Err(exception.into_error()),
                Ok(evaluated) => return Ok(evaluated),
                Err(error) if error.is_lost_context() => {
                    if !script.frame.is_main() {
                        return Err(no_frame());
                    }
                    if let Some(context) = &place.context {
                        self.forget_context(context);
                    }
                    if !error.never_started() && (retried || !script.idempotent) {
                        return Err(Error::new(
                            ErrorKind::StaleElementReference,
                            "the document was replaced while a script ran in it",
                        ));
                    }
                    retried |= !error.never_started();
                }
                Err(CallError::Deadline) => return Err(self.late()),
                Err(CallError::Refused { message, .. }) if message.contains("reference chain") => {
                    return Err(javascript("TypeError", "the result is too deep or refers to itself"));
                }
                Err(error) => return Err(error.into_error("a script")),
            }
        }
    }

    /// Says why a script did not end in time.
    fn late(&self) -> Error {
        let pending = self.state().lock().page().is_ok_and(|page| page.navigation.is_pending());
        if pending {
            return Error::timeout("the page was on its way to another document");
        }
        Error::new(ErrorKind::ScriptTimeout, "a script did not end in time")
    }

    fn forget_context(&self, context: &str) {
        if let Ok(page) = self.state().lock().page() {
            page.context_destroyed(context);
        }
    }

    /// Finds the world for a script, once the document has it.
    async fn place(&self, script: &Script, cx: &OpContext) -> Result<Place> {
        let look = |inner: &mut Inner| match find(inner, script) {
            Ok(Some(place)) => Look::Ready(Ok(place)),
            Ok(None) => Look::Wait,
            Err(error) => Look::Ready(Err(error)),
        };
        // Nearly always it is there.
        if let Look::Ready(found) = look(&mut self.state().lock()) {
            return found;
        }
        self.state().wait("the page had no document for a script", cx, look).await
    }

    /// Makes a reference to the frame of the element that a script returns.
    pub(crate) async fn frame_of(&self, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        #[derive(Deserialize)]
        struct Described {
            node: Node,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Node {
            frame_id: Option<String>,
        }
        let (session, object) = self.run_for_object(locate, cx).await?;
        let Some(object) = object.get("objectId") else { return Err(no_frame()) };
        let described: Result<Described, _> =
            self.connection().call_as(Some(&session), "DOM.describeNode", &json!({ "objectId": object }), cx).await;
        self.connection().post(Some(&session), "Runtime.releaseObject", &json!({ "objectId": object }));
        let frame = match described {
            Ok(Described { node: Node { frame_id: Some(frame) } }) => frame,
            Ok(_) | Err(CallError::Refused { .. }) => return Err(no_frame()),
            Err(error) => return Err(error.into_error("a frame")),
        };
        // Its document may be just coming.
        self.state()
            .wait("a frame had no document", cx, |inner| {
                let page = match inner.page() {
                    Ok(page) => page,
                    Err(error) => return Look::Ready(Err(error)),
                };
                if page.is_main(&frame) {
                    return Look::Ready(Err(no_frame()));
                }
                match page.frames.get(frame.as_str()) {
                    Some(crate::page::Frame { main: Some(main), engine: Some(_), .. }) => {
                        Look::Ready(Ok(FrameRef::new(format!("{frame}#{main}"))))
                    }
                    _ => Look::Wait,
                }
            })
            .await
    }
}

/// Looks for the world of a script; `None` while the document has none yet.
fn find(inner: &mut Inner, script: &Script) -> Result<Option<Place>> {
    inner.take_denied()?;
    let page = inner.page()?;
    let session = Arc::clone(&page.session);
    let Some(token) = script.frame.token() else {
        if script.world == World::Page && script.form == ScriptForm::Expression {
            return Ok(Some(Place { session, context: None }));
        }
        let context = page.main_frame().and_then(|frame| match script.world {
            World::Page => frame.main.clone(),
            _ => frame.engine.clone(),
        });
        return Ok(context.map(|context| Place { session, context: Some(context) }));
    };
    // A reference names the frame and its document: another document is another frame.
    let (id, main) = token.split_once('#').ok_or_else(no_frame)?;
    let frame = page.frames.get(id).filter(|frame| frame.main.as_deref() == Some(main)).ok_or_else(no_frame)?;
    let session = frame.session.clone().unwrap_or(session);
    let context = match script.world {
        World::Page => frame.main.clone(),
        _ => frame.engine.clone(),
    };
    Ok(context.map(|context| Place { session, context: Some(context) }))
}

/// Keeps declarations in a block of their own, so that the same source can run again.
fn in_block(source: &str) -> String {
    format!("{{{source}\n}}")
}

pub(crate) fn no_frame() -> Error {
    Error::new(ErrorKind::NoSuchFrame, "there is no such frame (any more)")
}

fn javascript(name: &str, message: &str) -> Error {
    Error::new(ErrorKind::JavascriptError, format!("{name}: {message}"))
        .with_detail(json!({ "name": name, "message": message }))
}

impl Exception {
    fn into_error(self) -> Error {
        let Some(thrown) = self.exception else { return javascript("Error", &self.text) };
        let name = thrown.class_name.unwrap_or_else(|| "Error".to_owned());
        let message = match (thrown.description, thrown.value) {
            // `Name: message`, then the stack.
            (Some(text), _) => {
                let line = text.split("\n    at ").next().unwrap_or_default();
                line.strip_prefix(&name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(line).to_owned()
            }
            (None, Some(Value::String(text))) => text,
            (None, Some(value)) => value.to_string(),
            (None, None) => self.text,
        };
        javascript(&name, &message)
    }
}
