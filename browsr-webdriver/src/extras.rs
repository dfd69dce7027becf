//! What only some drivers can: raw DevTools commands, files for an upload.

use std::path::PathBuf;

use browsr_core::{Error, ErrorKind, OpContext, Result, Script};
use serde_json::{Value, json};

use crate::bidi_script::no_file_input;
use crate::error::CallError;
use crate::line::ELEMENT;
use crate::session::WebDriverSession;

impl WebDriverSession {
    pub(crate) async fn send_devtools(&self, method: &str, params: Value, cx: &OpContext) -> Result<Value> {
        if !self.abilities.raw_cdp {
            return Err(Error::unsupported(
                "this driver hands over no DevTools protocol; use Chrome or the cdp backend",
            ));
        }
        let mut line = self.line(cx).await?;
        line.top(cx).await.map_err(|error| error.into_error("a DevTools command"))?;
        let params = if params.is_null() { json!({}) } else { params };
        if method.starts_with("Network.") && method != "Network.disable" {
            // The driver's own connection to the page has the domain off, where its settings do nothing, without a word.
            let little = json!({ "maxTotalBufferSize": 0, "maxResourceBufferSize": 0 });
            let _ = line.wire().cdp("Network.enable", &little, cx).await;
        }
        match line.wire().cdp(method, &params, cx).await {
            Ok(result) => Ok(result),
            Err(CallError::Refused(refusal)) => {
                let kind = if refusal.message.contains("-32602") || refusal.message.contains("invalid argument") {
                    ErrorKind::InvalidArgument
                } else {
                    ErrorKind::Unexpected
                };
                let line = refusal.message.lines().next().unwrap_or_default();
                Err(Error::new(kind, format!("the browser refused {method}: {line}"))
                    .with_detail(json!({ "cdp_message": line })))
            }
            Err(error) => Err(error.into_error("a DevTools command")),
        }
    }

    pub(crate) async fn choose_files(&self, locate: &Script, paths: &[PathBuf], cx: &OpContext) -> Result<()> {
        let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        let given = if let Some(bidi) = &self.bidi {
            self.files_by_bidi(bidi, locate, &names, cx).await?
        } else {
            let element = self.element_of(locate, cx).await?;
            let line = self.line(cx).await?;
            let path = format!("element/{element}/value");
            line.wire().post(&path, &json!({ "text": names.join("\n") }), cx).await
        };
        match given {
            Ok(_) => Ok(()),
            Err(CallError::Refused(refusal)) => Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the browser took no files: {}", refusal.message.lines().next().unwrap_or_default()),
            )),
            Err(error) => Err(error.into_error("choosing files")),
        }
    }

    /// Returns the driver's reference to the file input that a script returns; the driver then looks at its frame.
    async fn element_of(&self, locate: &Script, cx: &OpContext) -> Result<String> {
        let found = self.find_element(locate, "element.localName === 'input' && element.type === 'file'", cx).await?;
        found.get(ELEMENT).and_then(Value::as_str).map(ToOwned::to_owned).ok_or_else(no_file_input)
    }
}
