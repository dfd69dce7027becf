//! Scripts of Chrome by the DevTools protocol, which [its driver](https://github.com/GoogleChromeLabs/chromium-bidi) hands
//! on by BiDi: the engine's own in an isolated world, which no page sees.
//!
//! Why not by `script.evaluate` of BiDi itself: the driver never answers it in a page that `window.open` has opened, nor
//! where the result holds half a surrogate pair.

use std::borrow::Cow;

use browsr_core::script::{WRITER, envelope};
use browsr_core::session::open_envelope;
use browsr_core::{Error, FrameRef, OpContext, Result, Script, ScriptForm, World};
use serde_json::{Value, json};

use crate::bidi::Bidi;
use crate::bidi_script::{javascript, no_file_input};
use crate::error::{CallError, no_frame};
use crate::evaluate::{DESCRIBE, EXPRESSION};
use crate::session::WebDriverSession;

/// The name of the engine's world.
const WORLD: &str = "browsr";

impl Bidi {
    /// Sends a DevTools command to the target of a page or frame.
    async fn devtools(&self, context: &str, method: &str, params: Value, cx: &OpContext) -> Result<Value, CallError> {
        let known = self.target_sessions().get(context).cloned();
        let session = if let Some(session) = known {
            session
        } else {
            let answer = self.call("goog:cdp.getSession", &json!({ "context": context }), cx).await?;
            let session = answer["session"].as_str().unwrap_or_default().to_owned();
            self.target_sessions().insert(context.to_owned(), session.clone());
            session
        };
        let command = json!({ "session": session, "method": method, "params": params });
        let answer = self.call("goog:cdp.sendCommand", &command, cx).await;
        if matches!(&answer, Err(error) if error.never_started()) {
            // A frame that moves to another process has another one there.
            self.target_sessions().remove(context);
        }
        answer.map(|mut answer| answer["result"].take())
    }

    /// Runs a function in the engine's world of a page or frame.
    async fn in_engine_world(
        &self,
        context: &str,
        function: &str,
        args: &[Value],
        by_value: bool,
        cx: &OpContext,
    ) -> Result<Value, CallError> {
        let make = json!({ "frameId": context, "worldName": WORLD });
        let world = self.devtools(context, "Page.createIsolatedWorld", make, cx).await?;
        let call = json!({
            "functionDeclaration": function, "arguments": values(args), "awaitPromise": true, "returnByValue": by_value,
            "executionContextId": world["executionContextId"],
        });
        self.devtools(context, "Runtime.callFunctionOn", call, cx).await
    }

    /// Runs a function among the globals of a page.
    async fn in_page(&self, context: &str, function: &str, args: &[Value], cx: &OpContext) -> Result<Value, CallError> {
        let args: Vec<_> = args.iter().map(ToString::to_string).collect();
        let evaluate = json!({
            "expression": format!("({function})({})", args.join(",")),
            "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        self.devtools(context, "Runtime.evaluate", evaluate, cx).await
    }

    /// Runs a function among the globals of a frame: as a function of its document there.
    async fn in_page_of_frame(
        &self,
        context: &str,
        function: &str,
        args: &[Value],
        cx: &OpContext,
    ) -> Result<Value, CallError> {
        let document = self.in_engine_world(context, "() => document", &[], false, cx).await?;
        let which = json!({ "objectId": document["result"]["objectId"] });
        let node = self.devtools(context, "DOM.describeNode", which, cx).await?;
        let node = json!({ "backendNodeId": node["node"]["backendNodeId"] });
        let document = self.devtools(context, "DOM.resolveNode", node, cx).await?;
        let call = json!({
            "functionDeclaration": function, "arguments": values(args), "awaitPromise": true, "returnByValue": true,
            "userGesture": true, "objectId": document["object"]["objectId"],
        });
        self.devtools(context, "Runtime.callFunctionOn", call, cx).await
    }
}

impl WebDriverSession {
    /// Runs a script, and once more where it certainly did not run or doing it twice does no harm.
    pub(crate) async fn run_by_devtools(&self, bidi: &Bidi, script: &Script, cx: &OpContext) -> Result<Value> {
        let source = match script.form {
            ScriptForm::Function => envelope(&script.source, script.world),
            // While it evaluates, the browser allows `eval` whatever the policy of the page says.
            _ => {
                format!("() => {{ {WRITER}\n{DESCRIBE}\n{EXPRESSION}\nreturn run({}) }}", Value::from(&*script.source))
            }
        };
        let outcome = self.run_for(bidi, script, &source, true, cx).await?;
        match outcome["value"].as_str() {
            Some(text) => open_envelope(text),
            None => Err(javascript("TypeError", "the result is too deep or refers to itself")),
        }
    }

    /// Makes a reference to the frame of the element that a script returns.
    pub(crate) async fn frame_by_devtools(&self, bidi: &Bidi, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        let element = self.element_by_devtools(bidi, locate, cx).await?;
        let context = self.context_of(locate)?;
        let described = bidi.devtools(&context, "DOM.describeNode", json!({ "objectId": element }), cx).await;
        let described = described.map_err(|error| error.into_error("a frame"))?;
        described["node"]["frameId"].as_str().map(FrameRef::new).ok_or_else(no_frame)
    }

    /// Gives files to the element that a script returns.
    pub(crate) async fn files_by_devtools(
        &self,
        bidi: &Bidi,
        locate: &Script,
        files: &[Cow<'_, str>],
        cx: &OpContext,
    ) -> Result<Result<Value, CallError>> {
        let element = self.element_by_devtools(bidi, locate, cx).await?;
        if element.is_null() {
            return Err(no_file_input());
        }
        let set = json!({ "objectId": element, "files": files });
        Ok(bidi.devtools(&self.context_of(locate)?, "DOM.setFileInputFiles", set, cx).await)
    }

    /// Returns the browser's handle of the element that a script returns.
    async fn element_by_devtools(&self, bidi: &Bidi, locate: &Script, cx: &OpContext) -> Result<Value> {
        let mut found = self.run_for(bidi, locate, &locate.source, false, cx).await?;
        Ok(found["objectId"].take())
    }

    /// Runs one of our own functions in the main frame of the page.
    pub(crate) async fn own_by_devtools(
        &self,
        bidi: &Bidi,
        function: &str,
        args: &[Value],
        cx: &OpContext,
    ) -> Result<Value, CallError> {
        let window = self.current().map_err(|error| CallError::Gone(error.message().to_owned()))?;
        let mut answer = bidi.in_engine_world(&window, function, args, true, cx).await?;
        Ok(answer["result"]["value"].take())
    }

    /// Runs a script where it is for, as often as that does no harm, and returns its `RemoteObject`.
    async fn run_for(
        &self,
        bidi: &Bidi,
        script: &Script,
        source: &str,
        by_value: bool,
        cx: &OpContext,
    ) -> Result<Value> {
        let mut retried = false;
        loop {
            let context = self.context_of(script)?;
            let answer = match script.world {
                World::Page if script.frame.is_main() => bidi.in_page(&context, source, &script.args, cx).await,
                World::Page => bidi.in_page_of_frame(&context, source, &script.args, cx).await,
                _ => bidi.in_engine_world(&context, source, &script.args, by_value, cx).await,
            };
            let error = match answer {
                Ok(answer) if answer["exceptionDetails"].is_object() => {
                    return Err(thrown(&answer["exceptionDetails"]));
                }
                Ok(mut answer) => return Ok(answer["result"].take()),
                Err(error) => error,
            };
            retried = self.may_run_again(script, &context, error, retried)?;
        }
    }
}

fn values(args: &[Value]) -> Vec<Value> {
    args.iter().map(|value| json!({ "value": value })).collect()
}

/// Says what a script has thrown that did not catch it itself, such as the error of its syntax.
fn thrown(details: &Value) -> Error {
    let thrown = &details["exception"];
    let name = thrown["className"].as_str().unwrap_or("Error");
    let text = thrown["description"].as_str().or_else(|| details["text"].as_str()).unwrap_or_default();
    let line = text.split("\n    at ").next().unwrap_or_default();
    javascript(name, line.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(line))
}
