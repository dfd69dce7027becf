//! Files for a file input: `upload_file`.

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::locate::{Selector, reader};
use super::{Command, CommandKind};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

/// A file by its content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadedFile {
    /// Its name, without directories.
    pub name: String,
    /// Its media type. Default: that of the name's extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its bytes, in [base64](https://www.rfc-editor.org/rfc/rfc4648#section-4).
    pub base64: String,
}

impl UploadedFile {
    /// Makes a file of bytes.
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Self {
        let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
        Self { name: name.into(), content_type: None, base64 }
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl fmt::Debug for UploadedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadedFile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Gives files to an `<input type=file>`, which need not be visible. The page sees `input` and `change`.
///
/// The files exist in the page only; nothing is written to a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadFile {
    /// The input, or its label.
    pub selector: String,
    /// The files by their content. Either these or `file_ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<UploadedFile>>,
    /// Files that the session has. Not built yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_ids: Option<Vec<String>>,
}

impl UploadFile {
    /// Makes the command.
    pub fn new(selector: impl Into<String>, files: impl IntoIterator<Item = UploadedFile>) -> Self {
        Self { selector: selector.into(), files: Some(files.into_iter().collect()), file_ids: None }
    }
}

const GIVE: &str = reader!("edit" => "(element, files) => {
    const input = labelled(element);
    if (!(input instanceof HTMLInputElement) || input.type !== 'file') return { wrong: describe(element) };
    if (!enabled(input)) return { disabled: true };
    if (files.length > 1 && !input.multiple) return { several: true };
    const accepted = input.accept.split(',').map(token => token.trim().toLowerCase()).filter(Boolean);
    const fits = ({ name, content_type }) => !accepted.length || accepted.some(token =>
        token.startsWith('.') ? name.toLowerCase().endsWith(token)
        : token.endsWith('/*') ? content_type.startsWith(token.slice(0, -1))
        : content_type === token);
    const outside = files.find(file => !fits(file));
    if (outside) return { outside: outside.name, accept: input.accept };
    const given = new DataTransfer();
    for (const { name, content_type, base64 } of files) {
        const text = atob(base64), bytes = new Uint8Array(text.length);
        for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
        given.items.add(new File([bytes], name, { type: content_type }));
    }
    input.files = given.files;
    input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
    return { given: input.files.length };
}");

#[async_trait]
impl Command for UploadFile {
    type Output = ();
    const NAME: &'static str = "upload_file";
    const KIND: CommandKind = CommandKind::Action;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let files = match (&self.files, &self.file_ids) {
            (Some(files), None) => files,
            (None, Some(_)) => {
                return Err(Error::unsupported("files of a session are not built yet; give the files themselves")
                    .with_field("file_ids"));
            }
            _ => return Err(Error::invalid("files", "upload_file needs either files or file_ids")),
        };
        let mut given = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            given.push(checked(file).map_err(|error| error.with_field(format!("files[{index}]")))?);
        }
        let result: Value = Selector::parse(&self.selector)?.read(session, GIVE, Value::Array(given), cx).await?;
        let fail = |field: &'static str, message: String| {
            Err(Error::new(ErrorKind::ElementNotInteractable, message).with_field(field))
        };
        let selector = &self.selector;
        if let Some(tag) = result["wrong"].as_str() {
            return fail("selector", format!("{tag} is no file input"));
        }
        if result["disabled"] == true {
            return fail("selector", format!("the element {selector:?} is disabled"));
        }
        if result["several"] == true {
            return fail("files", format!("the file input {selector:?} takes one file only"));
        }
        if let Some(name) = result["outside"].as_str() {
            let accept = result["accept"].as_str().unwrap_or_default();
            return fail("files", format!("the file input {selector:?} takes {accept} only, not {name:?}"));
        }
        Ok(())
    }
}

/// Checks a file and writes it for the page.
fn checked(file: &UploadedFile) -> Result<Value> {
    let is_name = !file.name.is_empty() && !file.name.contains(['/', '\\', '\0']);
    if !is_name {
        return Err(Error::invalid("name", format!("{:?} is no name of a file", file.name)));
    }
    if base64::engine::general_purpose::STANDARD.decode(&file.base64).is_err() {
        return Err(Error::invalid("base64", format!("the content of {:?} is no base64", file.name)));
    }
    let guessed = || mime_guess::from_path(&file.name).first_raw().unwrap_or_default().to_owned();
    let content_type = file.content_type.clone().unwrap_or_else(guessed).to_ascii_lowercase();
    Ok(serde_json::json!({ "name": file.name, "content_type": content_type, "base64": file.base64 }))
}
