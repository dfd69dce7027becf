//! Scripts by BiDi: those of the engine in a sandbox, which no page sees, those of the caller among the globals of the page.
//! Chrome takes another way, in [`devtools`](crate::devtools).
//!
//! A dialog that a script opens is answered as its event comes, and the script goes on.

use std::borrow::Cow;

use browsr_core::script::{WRITER, envelope};
use browsr_core::session::open_envelope;
use browsr_core::{Error, ErrorKind, FrameRef, OpContext, Result, Script, ScriptForm, World};
use serde_json::{Value, json};

use crate::bidi::Bidi;
use crate::driver::DriverBrowser as Browser;
use crate::error::{CallError, no_frame};
use crate::evaluate::{DESCRIBE, late, replaced};
use crate::session::WebDriverSession;

/// The name of the engine's sandbox.
const SANDBOX: &str = "browsr";

impl WebDriverSession {
    /// Runs a script, and once more where it certainly did not run or doing it twice does no harm.
    pub(crate) async fn run_by_bidi(&self, bidi: &Bidi, script: &Script, cx: &OpContext) -> Result<Value> {
        if self.browser == Browser::Chrome {
            return self.run_by_devtools(bidi, script, cx).await;
        }
        if script.form == ScriptForm::Function {
            let outcome = self.run_in_document(bidi, script, &envelope(&script.source, script.world), cx).await?;
            return match outcome["value"].as_str() {
                Some(text) => open_envelope(text),
                None => Err(Error::new(ErrorKind::Unexpected, "the page answered a script with no result")),
            };
        }
        // Declarations stay in the block, so that the same source can run again.
        let outcome = self.run_in_document(bidi, script, &format!("{{{}\n}}", script.source), cx).await?;
        match primitive(&outcome) {
            Some(object) => Ok(object),
            None => self.describe(bidi, &self.context_of(script)?, &outcome["handle"], cx).await,
        }
    }

    /// Makes a reference to the frame of the element that a script returns.
    pub(crate) async fn frame_by_bidi(&self, bidi: &Bidi, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        if self.browser == Browser::Chrome {
            return self.frame_by_devtools(bidi, locate, cx).await;
        }
        let source = format!(
            "async (...args) => {{ const element = await ({}\n)(...args);
                return element && /^i?frame$/.test(element.localName) ? element.contentWindow : null }}",
            locate.source
        );
        let found = self.run_in_document(bidi, locate, &source, cx).await?;
        found["value"]["context"].as_str().map(FrameRef::new).ok_or_else(no_frame)
    }

    /// Gives files to the file input that a script returns.
    pub(crate) async fn files_by_bidi(
        &self,
        bidi: &Bidi,
        locate: &Script,
        files: &[Cow<'_, str>],
        cx: &OpContext,
    ) -> Result<Result<Value, CallError>> {
        let is_input = format!(
            "async (...args) => {{ const element = await ({}\n)(...args);
                return element && element.localName === 'input' && element.type === 'file' ? element : null }}",
            locate.source
        );
        let mut locate = locate.clone();
        locate.source = is_input.into();
        if self.browser == Browser::Chrome {
            return self.files_by_devtools(bidi, &locate, files, cx).await;
        }
        let found = self.run_in_document(bidi, &locate, &locate.source, cx).await?;
        let element = found["sharedId"].as_str().ok_or_else(no_file_input)?;
        let params =
            json!({ "context": self.context_of(&locate)?, "element": { "sharedId": element }, "files": files });
        Ok(bidi.call("input.setFiles", &params, cx).await)
    }

    /// Runs the body of a function of our own in the main frame of the page.
    pub(crate) async fn own_by_bidi(
        &self,
        bidi: &Bidi,
        body: &str,
        args: &Value,
        cx: &OpContext,
    ) -> Result<Value, CallError> {
        let args = args.as_array().map(Vec::as_slice).unwrap_or_default();
        let function = format!("function () {{ {body} }}");
        if self.browser == Browser::Chrome {
            return self.own_by_devtools(bidi, &function, args, cx).await;
        }
        let window = self.current().map_err(|error| CallError::Gone(error.message().to_owned()))?;
        let answer = bidi.call("script.callFunction", &call(&window, &function, args, Some(SANDBOX)), cx).await?;
        Ok(plain(&answer["result"]))
    }

    /// Runs a script where it is for. Returns a
    /// [remote value](https://www.w3.org/TR/webdriver-bidi/#type-script-RemoteValue).
    async fn run_in_document(&self, bidi: &Bidi, script: &Script, source: &str, cx: &OpContext) -> Result<Value> {
        let sandbox = (script.world == World::Engine).then_some(SANDBOX);
        let mut retried = false;
        loop {
            let context = self.context_of(script)?;
            let answer = if script.form == ScriptForm::Expression {
                let evaluate = json!({
                    "expression": source, "awaitPromise": true, "userActivation": true,
                    "target": { "context": context }, "resultOwnership": "root",
                    "serializationOptions": { "maxObjectDepth": 0, "maxDomDepth": 0 },
                });
                bidi.call("script.evaluate", &evaluate, cx).await
            } else {
                bidi.call("script.callFunction", &call(&context, source, &script.args, sandbox), cx).await
            };
            let error = match answer {
                Ok(mut answer) if answer["type"] == "exception" => {
                    return Err(thrown(&answer["exceptionDetails"].take()));
                }
                Ok(mut answer) => return Ok(answer["result"].take()),
                Err(error) => error,
            };
            retried = self.may_run_again(script, &context, error, retried)?;
        }
    }

    /// Says whether a script that gave no result may run again: because nothing has run, or because doing it twice does no
    /// harm, which is tried once. Returns whether that was tried by now.
    pub(crate) fn may_run_again(
        &self,
        script: &Script,
        context: &str,
        error: CallError,
        retried: bool,
    ) -> Result<bool> {
        match error {
            CallError::Deadline => Err(late()),
            error if !script.frame.is_main() && (error.is_closed_window() || error.is_lost_context()) => {
                Err(no_frame())
            }
            error if error.is_closed_window() => {
                // There is no such page.
                self.forget(context);
                Ok(retried)
            }
            error if error.never_started() => Ok(retried),
            error if error.is_lost_context() && (retried || !script.idempotent) => Err(replaced()),
            error if error.is_lost_context() => Ok(true),
            error => Err(error.into_error("running a script")),
        }
    }

    /// Describes an object that a script returned, as the DevTools protocol does.
    async fn describe(&self, bidi: &Bidi, context: &str, handle: &Value, cx: &OpContext) -> Result<Value> {
        let describe = json!({
            "functionDeclaration": format!("value => {{\n{WRITER}\n{DESCRIBE}\nreturn describe(value) }}"),
            "awaitPromise": false, "target": { "context": context }, "arguments": [{ "handle": handle }],
        });
        let answer = bidi.call("script.callFunction", &describe, cx).await;
        bidi.post("script.disown", &json!({ "handles": [handle], "target": { "context": context } }));
        match answer {
            Ok(answer) => match answer["result"]["value"].as_str() {
                Some(text) => open_envelope(text),
                None => Err(javascript("TypeError", "the result is too deep or refers to itself")),
            },
            Err(CallError::Deadline) => Err(late()),
            Err(error) if error.is_lost_context() || error.is_closed_window() => Err(replaced()),
            Err(error) => Err(error.into_error("running a script")),
        }
    }

    /// Returns the browsing context that a script is for.
    pub(crate) fn context_of(&self, script: &Script) -> Result<String> {
        match script.frame.token() {
            Some(frame) => self.usable().map(|()| frame.to_owned()),
            None => self.usable().and_then(|()| self.current()).map(|window| window.to_string()),
        }
    }
}

fn call(context: &str, function: &str, args: &[Value], sandbox: Option<&str>) -> Value {
    let mut target = json!({ "context": context });
    if let Some(sandbox) = sandbox {
        target["sandbox"] = sandbox.into();
    }
    json!({
        "functionDeclaration": function, "awaitPromise": true, "target": target,
        "arguments": args.iter().map(local).collect::<Vec<_>>(),
    })
}

pub(crate) fn no_file_input() -> Error {
    Error::new(ErrorKind::ElementNotInteractable, "the element is no file input").with_field("selector")
}

/// Writes JSON as a [local value](https://www.w3.org/TR/webdriver-bidi/#type-script-LocalValue).
fn local(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "type": "null" }),
        Value::Bool(value) => json!({ "type": "boolean", "value": value }),
        Value::Number(value) => json!({ "type": "number", "value": value }),
        Value::String(value) => json!({ "type": "string", "value": value }),
        Value::Array(items) => json!({ "type": "array", "value": items.iter().map(local).collect::<Vec<_>>() }),
        Value::Object(members) => {
            let members: Vec<_> = members.iter().map(|(name, value)| json!([name, local(value)])).collect();
            json!({ "type": "object", "value": members })
        }
    }
}

/// Reads what one of our own scripts returns: text, a number, or a list of these.
fn plain(remote: &Value) -> Value {
    match remote["value"].as_array() {
        Some(items) => items.iter().map(plain).collect(),
        None => remote["value"].clone(),
    }
}

/// Describes a value that is no object, as the DevTools protocol does.
fn primitive(remote: &Value) -> Option<Value> {
    let value = &remote["value"];
    Some(match remote["type"].as_str()? {
        "undefined" => json!({ "type": "undefined" }),
        "null" => json!({ "type": "object", "subtype": "null", "value": null }),
        kind @ ("string" | "boolean") => json!({ "type": kind, "value": value }),
        "number" => match value.as_str() {
            Some(text) => json!({ "type": "number", "unserializableValue": text, "description": text }),
            None => json!({ "type": "number", "value": value, "description": value.to_string() }),
        },
        "bigint" => {
            let text = format!("{}n", value.as_str().unwrap_or_default());
            json!({ "type": "bigint", "unserializableValue": text, "description": text })
        }
        _ => return None,
    })
}

/// Says what a script has thrown.
fn thrown(details: &Value) -> Error {
    let text = details["text"].as_str().unwrap_or_default();
    let thrown = &details["exception"];
    if thrown["type"] != "error" {
        // Something that is no error has no name, and the text says more than it is.
        return javascript("Error", thrown["value"].as_str().unwrap_or(text));
    }
    let (name, message) = text.split_once(": ").unwrap_or(("Error", text));
    javascript(name, message)
}

pub(crate) fn javascript(name: &str, message: &str) -> Error {
    Error::new(ErrorKind::JavascriptError, format!("{name}: {message}"))
        .with_detail(json!({ "name": name, "message": message }))
}
