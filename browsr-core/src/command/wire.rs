//! The commands on the wire: the one list of all, the tagged JSON form, and the result envelope.
//!
//! `{"command": "<name>", "data": {…}}`. `data` may be missing, `null` or `{}` wherever no field is required, and `null`
//! equals absent for every optional field. Keys that a command does not know are ignored.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::capture::{ElementScreenshot, GetBoundingBoxes, GetElementBoundingBox, Screenshot};
use super::element::{Check, Focus, SelectOption, Uncheck};
use super::extract::{
    Evaluate, EvaluateOnElement, ExtractStructuredContent, GetAttribute, GetBasicInfo, GetContent, GetText, GetTitle,
    InspectElement,
};
use super::keyboard::{Clear, PressKey, TypeText};
use super::navigate::{NavigateTo, Refresh, WaitForNavigation};
use super::overlay::{ToggleBoundingBoxes, ToggleClickOverlay};
use super::pointer::{
    Click, ClickAdvanced, ClickAt, Drag, DragTo, Hover, MouseDown, MouseUp, MoveMouseTo, Scroll, ScrollIntoView,
    ScrollTo,
};
use super::storage::{
    CaptureState, ClearLocalStorage, ClearSessionStorage, DeleteCookie, GetCookies, GetLocalStorage, GetSessionStorage,
    SetCookie, SetCookies, SetLocalStorage, SetSessionStorage,
};
use super::upload::UploadFile;
use super::wait::{Wait, WaitForElement, WaitForFunction};
use super::{Command, CommandKind, Content, Reply};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::{Error, Result, without_value};
use crate::navigation::Notes;
use crate::session::Session;

/// Makes the enum of all commands, their names, and the conversion from JSON.
macro_rules! commands {
    ($($command:ident,)*) => {
        /// Any of the commands, for those who take them as data.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant holds the command of its name, which is documented")]
        pub enum AnyCommand { $($command($command),)* }

        /// The wire names of all commands.
        pub const NAMES: &[&str] = &[$($command::NAME),*];

        impl AnyCommand {
            /// Reads a command by its wire name. An unknown name is refused; what `data` may be is told above.
            ///
            /// # Errors
            ///
            /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the field.
            pub fn from_parts(name: &str, data: Option<Value>) -> Result<Self> {
                let data = if name == "fill" { replacing(data) } else { data };
                let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
                match name {
                    $(<$command as Command>::NAME => parse::<$command>(data).map(Self::$command),)*
                    other => Err(Error::invalid("command", format!("unknown command {other:?}"))),
                }
            }

            /// Returns the wire name.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$command(_) => <$command as Command>::NAME,)* }
            }

            /// Returns whether it acts or reads.
            pub const fn kind(&self) -> CommandKind {
                match self { $(Self::$command(_) => <$command as Command>::KIND,)* }
            }

            /// Returns what the session must be able to do.
            pub fn requires(&self) -> Capabilities {
                match self { $(Self::$command(command) => command.requires(),)* }
            }

            /// Returns whether it is input, which the page gets a frame to act on before the next.
            pub(crate) fn is_input(&self) -> bool {
                match self { $(Self::$command(command) => command.is_input(),)* }
            }

            /// Returns its own time limit, if it has one.
            pub fn timeout(&self) -> Option<Duration> {
                match self { $(Self::$command(command) => command.timeout(),)* }
            }

            /// Runs it and turns its output into what the wire carries.
            pub(crate) async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Reply> {
                match self {
                    $(Self::$command(command) => command.reply(command.run(session, cx).await?),)*
                }
            }

            /// Returns what it draws over the documents of the session.
            pub(crate) fn overlay(&self) -> Option<super::Overlay> {
                match self { $(Self::$command(command) => command.overlay(),)* }
            }

            fn data(&self) -> serde_json::Result<Value> {
                match self { $(Self::$command(command) => serde_json::to_value(command),)* }
            }
        }

        $(impl From<$command> for AnyCommand {
            fn from(command: $command) -> Self {
                Self::$command(command)
            }
        })*
    };
}

commands! {
    ToggleClickOverlay, ToggleBoundingBoxes,
    NavigateTo, Refresh, WaitForNavigation, WaitForElement,
    Click, ClickAt, ClickAdvanced, Clear, TypeText, PressKey, Hover, Focus, Check, Uncheck, SelectOption, UploadFile,
    Drag, DragTo, ScrollTo, ScrollIntoView, Scroll, MoveMouseTo, MouseDown, MouseUp, Wait, WaitForFunction,
    GetTitle, GetContent, GetText, GetAttribute, GetBasicInfo, InspectElement, ExtractStructuredContent,
    Evaluate, EvaluateOnElement,
    GetBoundingBoxes, GetElementBoundingBox, Screenshot, ElementScreenshot,
    SetCookie, SetCookies, GetCookies, DeleteCookie,
    GetLocalStorage, SetLocalStorage, ClearLocalStorage,
    GetSessionStorage, SetSessionStorage, ClearSessionStorage,
    CaptureState,
}

/// Names that older clients use.
const ALIASES: &[(&str, &str)] = &[("type", "type_text"), ("fill", "type_text")];

/// `fill` is `type_text` that replaces what is there, unless it is told otherwise.
fn replacing(data: Option<Value>) -> Option<Value> {
    let Some(Value::Object(mut data)) = data else { return data };
    if data.get("clear").is_none_or(Value::is_null) {
        data.insert("clear".to_owned(), true.into());
    }
    Some(Value::Object(data))
}

fn parse<T: DeserializeOwned>(data: Option<Value>) -> Result<T> {
    let data = match data {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(data)) => data.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        Some(other) => {
            let found = match other {
                Value::Array(_) => "an array",
                Value::String(_) => "a string",
                Value::Number(_) => "a number",
                _ => "a boolean",
            };
            return Err(Error::invalid("data", format!("data must be an object, not {found}")));
        }
    };
    serde_path_to_error::deserialize(Value::Object(data)).map_err(|error| {
        let path = error.path().to_string();
        let reason = without_value(&error.inner().to_string());
        // Only "missing field `x`" names its field in the text alone.
        let missing = reason.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let field = match (path.as_str(), missing) {
            (".", Some(missing)) => format!("data.{missing}"),
            (".", None) => "data".to_owned(),
            (path, Some(missing)) => format!("data.{path}.{missing}"),
            (path, None) => format!("data.{path}"),
        };
        Error::invalid(field.clone(), format!("{field}: {reason}"))
    })
}

impl Serialize for AnyCommand {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let data = self.data().map_err(serde::ser::Error::custom)?;
        let empty = data.as_object().is_some_and(Map::is_empty);
        let mut out = serializer.serialize_struct("Command", if empty { 1 } else { 2 })?;
        out.serialize_field("command", self.name())?;
        if !empty {
            out.serialize_field("data", &data)?;
        }
        out.end()
    }
}

impl<'de> Deserialize<'de> for AnyCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            command: String,
            data: Option<Value>,
        }
        let parts = Parts::deserialize(deserializer)?;
        Self::from_parts(&parts.command, parts.data).map_err(serde::de::Error::custom)
    }
}

/// One entry of a batch's results.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CommandResult {
    /// Whether it succeeded.
    pub success: bool,
    /// Whether it acts or reads.
    pub command_type: CommandKind,
    /// The type of `data`: `markdown`, `html`, `string` or `data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<&'static str>,
    /// The content: a string for the first three types, any JSON for `data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Facts for a program: of a failure `code`, `retry` and more, of input the dialogs and pages it raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug: Option<Value>,
}

impl CommandResult {
    /// Makes the entry of a command that ran and met this.
    pub fn new(kind: CommandKind, result: &Result<Reply>, notes: Notes) -> Self {
        let mut entry = Self::of(kind, result);
        let mut debug = match entry.debug.take() {
            Some(Value::Object(debug)) => debug,
            _ => Map::new(),
        };
        notes.write_into(&mut debug);
        entry.debug = (!debug.is_empty()).then_some(Value::Object(debug));
        entry
    }

    fn of(kind: CommandKind, result: &Result<Reply>) -> Self {
        let blank =
            Self { success: true, command_type: kind, content_type: None, data: None, error: None, debug: None };
        match result {
            Ok(reply) => {
                let (content_type, data) = match reply.content.clone() {
                    None => (None, None),
                    Some(Content::Markdown(text)) => (Some("markdown"), Some(text.into())),
                    Some(Content::Html(text)) => (Some("html"), Some(text.into())),
                    Some(Content::String(text)) => (Some("string"), Some(text.into())),
                    Some(Content::Data(value)) => (Some("data"), Some(value)),
                };
                Self { content_type, data, debug: reply.debug.clone(), ..blank }
            }
            Err(error) => Self {
                success: false,
                error: Some(describe(error)),
                debug: Some(Value::Object(error_facts(error))),
                ..blank
            },
        }
    }
}

/// The message of an error, with the command in front.
fn describe(error: &Error) -> String {
    match error.command() {
        Some(command) => format!("{command}: {error}"),
        None => error.to_string(),
    }
}

/// What a program may want to know of an error: `code`, `retry`, and where they are known `field`, `command`,
/// `session_id`, `backend`, `retry_after_ms`, `detail`.
pub fn error_facts(error: &Error) -> Map<String, Value> {
    let mut facts = Map::new();
    facts.insert("code".into(), error.kind().code().into());
    facts.insert("retry".into(), error.retry().code().into());
    let optional = [
        ("field", error.field().map(Value::from)),
        ("command", error.command().map(Value::from)),
        ("session_id", error.session_id().map(|id| id.as_str().into())),
        ("backend", error.backend().map(Value::from)),
        (
            "retry_after_ms",
            error.retry_after().map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX).into()),
        ),
        ("detail", error.detail().cloned()),
    ];
    facts.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    facts
}

/// What a batch of commands came to. The first failure ends it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BatchResult {
    /// Whether every command succeeded.
    pub success: bool,
    /// How many succeeded.
    pub steps_completed: usize,
    /// How many there were.
    pub total_steps: usize,
    /// An entry for each that ran, the failed one last.
    pub results: Vec<CommandResult>,
    /// The message of the one that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl BatchResult {
    /// Makes the result of a batch of so many commands, of which these ran.
    pub fn new(total_steps: usize, results: Vec<CommandResult>) -> Self {
        let steps_completed = results.iter().filter(|entry| entry.success).count();
        let error = results.iter().find_map(|entry| entry.error.clone());
        Self { success: steps_completed == total_steps, steps_completed, total_steps, results, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_52_commands_17_of_which_read() {
        assert_eq!(NAMES.len(), 52);
        let minimal = serde_json::json!({
            "enabled": true, "url": "a.test", "selector": "a", "x": 1, "y": 2, "text": "t", "key": "a", "values": [],
            "from": {"x": 0, "y": 0}, "to": {"x": 0, "y": 0}, "attribute": "href", "query": "q", "expression": "1",
            "name": "n", "value": "v", "cookies": "a=1", "domain": "d", "items": [], "ms": 1
        });
        let extractions = NAMES
            .iter()
            .map(|name| AnyCommand::from_parts(name, Some(minimal.clone())).unwrap())
            .filter(|command| command.kind() == CommandKind::Extraction)
            .count();
        assert_eq!(extractions, 17);
    }

    #[test]
    fn null_equals_absent_and_data_may_be_missing() {
        let absent = AnyCommand::from_parts("wait_for_navigation", None).unwrap();
        for data in ["null", "{}", r#"{"timeout_ms":null}"#, r#"{"unknown":1}"#] {
            let data = serde_json::from_str(data).unwrap();
            assert_eq!(AnyCommand::from_parts("wait_for_navigation", Some(data)).unwrap(), absent);
        }
    }

    #[test]
    fn aliases_are_understood() {
        let data = serde_json::json!({ "selector": "#a", "text": "x" });
        for name in ["type", "fill", "type_text"] {
            assert_eq!(AnyCommand::from_parts(name, Some(data.clone())).unwrap().name(), "type_text");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_shown() {
        let data = serde_json::json!({ "selector": "#pin", "text": 123_456 });
        let error = AnyCommand::from_parts("type_text", Some(data)).unwrap_err();
        assert_eq!(error.to_string(), "data.text: expected a string");
    }

    #[test]
    fn a_bad_field_is_named() {
        for (name, data, field) in [
            ("click", serde_json::json!({}), "data.selector"),
            ("click", serde_json::json!({ "selector": 1 }), "data.selector"),
            ("click", serde_json::json!([]), "data"),
            ("click_advanced", serde_json::json!({ "selector": "a", "click_count": 256 }), "data.click_count"),
            ("set_local_storage", serde_json::json!({ "items": [{ "key": "a" }] }), "data.items[0].value"),
            ("get_content", serde_json::json!({ "kind": "pdf" }), "data.kind"),
            ("nope", serde_json::json!({}), "command"),
        ] {
            let error = AnyCommand::from_parts(name, Some(data)).unwrap_err();
            assert_eq!(error.field(), Some(field), "{name}: {error}");
        }
    }
}
