//! Reading from the page: title, text, attributes, content, scripts.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::locate::{InVain, Selector, decode, reader};
use super::{Command, CommandKind, Content, Reply};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::markdown;
use crate::script::script;
use crate::session::{Script, ScriptForm, Session, World};

/// Reads the title of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetTitle {}

impl GetTitle {
    /// Makes the command.
    pub const fn new() -> Self {
        Self {}
    }
}

#[async_trait]
impl Command for GetTitle {
    type Output = String;
    const NAME: &'static str = "get_title";
    const KIND: CommandKind = CommandKind::Extraction;

    fn reply(&self, output: String) -> Result<Reply> {
        Ok(Reply::remote_object(output))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<String> {
        decode(session.evaluate(&Script::function(script!(=> "() => doc.title")).idempotent(), cx).await?)
    }
}

/// Reads the text of an element as it is shown; of a text field, its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetText {
    /// The element.
    pub selector: String,
}

impl GetText {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

#[async_trait]
impl Command for GetText {
    type Output = String;
    const NAME: &'static str = "get_text";
    const KIND: CommandKind = CommandKind::Extraction;

    fn reply(&self, output: String) -> Result<Reply> {
        Ok(Reply::remote_object(output))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<String> {
        Selector::parse(&self.selector)?.read(session, reader!(=> "textOf"), (), cx).await
    }
}

/// Reads an attribute of an element: `None`, which is `null` on the wire, where it has none of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetAttribute {
    /// The element.
    pub selector: String,
    /// The name of the attribute.
    pub attribute: String,
}

impl GetAttribute {
    /// Makes the command.
    pub fn new(selector: impl Into<String>, attribute: impl Into<String>) -> Self {
        Self { selector: selector.into(), attribute: attribute.into() }
    }
}

#[async_trait]
impl Command for GetAttribute {
    type Output = Option<String>;
    const NAME: &'static str = "get_attribute";
    const KIND: CommandKind = CommandKind::Extraction;

    fn reply(&self, output: Option<String>) -> Result<Reply> {
        Ok(Reply::remote_object(output))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Option<String>> {
        let attribute = reader!(=> "(element, name) => $(element).getAttribute(name)");
        Selector::parse(&self.selector)?.read(session, attribute, self.attribute.as_str(), cx).await
    }
}

/// Reads the content of the document or of one element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetContent {
    /// The element; none for the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The form. Default Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ContentKind>,
}

/// The form in which [`GetContent`] gives content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ContentKind {
    /// Markdown of everything, navigation included; a scrape can leave that out.
    #[default]
    Markdown,
    /// HTML as it is now.
    Html,
    /// An object: `url`, `title`, `text`, `links` (each `text` and `href`).
    Json,
}

impl GetContent {
    /// Makes the command: the document as Markdown.
    pub const fn new() -> Self {
        Self { selector: None, kind: None }
    }

    /// Chooses the form.
    #[must_use]
    pub const fn with_kind(mut self, kind: ContentKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Narrows to an element.
    #[must_use]
    pub fn of(mut self, selector: impl Into<String>) -> Self {
        self.selector = Some(selector.into());
        self
    }
}

/// What [`GetContent`] gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum PageContent {
    /// Markdown or HTML text.
    Text(String),
    /// The object of [`ContentKind::Json`].
    Object(Value),
}

const CONTENT: &str = reader!("flat", "page_state", "inspect" => "(element, kind) => {
    const whole = element === doc.documentElement;
    if (kind === 'markdown') return { html: shownSource(element), base: doc.baseURI };
    if (kind === 'html') return { html: whole ? htmlOf() : sourceOf(element), base: doc.baseURI };
    const links = [...$(element).querySelectorAll('a[href]')].map(a => ({ text: squash(textOf(a)), href: a.href }));
    return { object: { url: location.href, title: doc.title, text: textOf(whole ? doc.body ?? element : element), links } };
}");

#[async_trait]
impl Command for GetContent {
    type Output = PageContent;
    const NAME: &'static str = "get_content";
    const KIND: CommandKind = CommandKind::Extraction;

    fn reply(&self, output: PageContent) -> Result<Reply> {
        let content = match (output, self.kind.unwrap_or_default()) {
            (PageContent::Object(value), _) => Content::Data(value),
            (PageContent::Text(html), ContentKind::Html) => Content::Html(html),
            (PageContent::Text(markdown), _) => Content::Markdown(markdown),
        };
        Ok(Reply { content: Some(content), debug: None })
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<PageContent> {
        #[derive(Deserialize)]
        struct Read {
            html: Option<String>,
            base: Option<Url>,
            object: Option<Value>,
        }
        let kind = self.kind.unwrap_or_default();
        let selector = Selector::parse(self.selector.as_deref().unwrap_or(":root"))?;
        let read: Read = selector.read(session, CONTENT, json!(kind), cx).await?;
        if let Some(object) = read.object {
            return Ok(PageContent::Object(object));
        }
        let html = read.html.unwrap_or_default();
        if kind == ContentKind::Html {
            return Ok(PageContent::Text(html));
        }
        let options = markdown::Options::new().with_only_main_content(false).with_base_url(read.base);
        Ok(PageContent::Text(crate::scrape::convert_off_thread(html, options).await?.text))
    }
}

/// Runs an expression, or statements, among the globals of the page. A promise is awaited, and `await` may stand at the top
/// level; statements that await give no value.
///
/// `Debug` leaves the source out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluate {
    /// JavaScript source.
    pub expression: String,
}

impl Evaluate {
    /// Makes the command.
    pub fn new(expression: impl Into<String>) -> Self {
        Self { expression: expression.into() }
    }
}

impl fmt::Debug for Evaluate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluate").field("bytes", &self.expression.len()).finish()
    }
}

/// The result of an expression, in the form of a DevTools
/// [`RemoteObject`](https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#type-RemoteObject).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluated {
    /// The object: `type`, and where they apply `subtype`, `value`, `unserializableValue`, `description`.
    pub result: Value,
}

impl Evaluated {
    /// Returns the value as JSON; `null` for what JSON cannot say.
    pub fn value(&self) -> &Value {
        &self.result["value"]
    }

    /// Takes the value as JSON.
    pub fn into_value(mut self) -> Value {
        self.result["value"].take()
    }
}

#[async_trait]
impl Command for Evaluate {
    type Output = Evaluated;
    const NAME: &'static str = "evaluate";
    const KIND: CommandKind = CommandKind::Extraction;

    fn is_idempotent(&self) -> bool {
        false
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Evaluated> {
        let run = async |source: String| session.evaluate(&Script::expression(source), cx).await;
        let mut result = run(self.expression.clone()).await;
        if result.as_ref().is_err_and(awaits_in_vain) {
            // A console awaits at the top level, the language only within functions; nothing has run. Of statements there
            // is no value then.
            let source = &self.expression;
            let body = if is_statements(source) { format!("{{ {source}\n}}") } else { format!("({source}\n)") };
            result = run(format!("(async () => {body})()")).await;
        }
        result.map(|result| Evaluated { result })
    }
}

/// Whether a source could not be read because it awaits where no function is.
fn awaits_in_vain(error: &Error) -> bool {
    let said = |name: &str| error.detail().and_then(|detail| detail[name].as_str()).unwrap_or_default();
    said("name") == "SyntaxError" && said("message").contains("await is only valid")
}

/// Whether a source is statements rather than one expression, by how it begins and whether one ends in it.
fn is_statements(source: &str) -> bool {
    const WORDS: &[&str] = &["const", "let", "var", "if", "for", "while", "do", "try", "throw", "switch", "return"];
    let source = source.trim_start();
    let first = source.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    WORDS.contains(&first) || source.trim_end().trim_end_matches(';').contains(';')
}

/// Runs an expression with an element as `this`, `el` and `element`, among the globals of the page.
///
/// `Debug` leaves the source out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvaluateOnElement {
    /// The element.
    pub selector: String,
    /// JavaScript source: an expression, or a function of the element.
    pub expression: String,
}

impl EvaluateOnElement {
    /// Makes the command.
    pub fn new(selector: impl Into<String>, expression: impl Into<String>) -> Self {
        Self { selector: selector.into(), expression: expression.into() }
    }
}

impl fmt::Debug for EvaluateOnElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvaluateOnElement").field("selector", &self.selector).finish_non_exhaustive()
    }
}

#[async_trait]
impl Command for EvaluateOnElement {
    type Output = Evaluated;
    const NAME: &'static str = "evaluate_on_element";
    const KIND: CommandKind = CommandKind::Extraction;

    fn is_idempotent(&self) -> bool {
        false
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Evaluated> {
        let selector = Selector::parse(&self.selector)?;
        // Waited for first, in the engine's world, so that the expression of the caller runs exactly once.
        let _: bool = selector.read(session, reader!(=> "() => true"), (), cx).await?;
        let place = selector.enter(session, cx).await?;
        let locate = script!("locate" => "query");
        let literal = serde_json::to_string(&selector.element).unwrap_or_default();
        // The caller's text stands in the source, not in an `eval`, which the page's CSP may forbid.
        let source = format!(
            "() => {{ const element = ({locate})({literal}); if (!element) return {{ missing: true }};\
             const run = function (el, element) {{ const value = (\n{}\n); \
             return typeof value === 'function' ? value.call(el, el) : value; }};\
             return Promise.resolve(run.call(element, element, element)).then(value => ({{ value, type: typeof value }})); }}",
            self.expression
        );
        let script = Script { form: ScriptForm::Function, ..Script::function(source) }
            .in_world(World::Page)
            .in_frame(&place.frame);
        let answer = session.evaluate(&script, cx).await?;
        if answer["missing"] == true {
            return Err(selector.missing(&InVain::default()));
        }
        let value = answer["value"].clone();
        let result = match answer["type"].as_str() {
            Some("undefined") => serde_json::json!({ "type": "undefined" }),
            Some(kind) if !matches!(kind, "object") => serde_json::json!({ "type": kind, "value": value }),
            _ => super::remote_object(value),
        };
        Ok(Evaluated { result })
    }
}

/// Reads tag, text, attributes and state of an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetBasicInfo {
    /// The element.
    pub selector: String,
}

impl GetBasicInfo {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

#[async_trait]
impl Command for GetBasicInfo {
    type Output = Value;
    const NAME: &'static str = "get_basic_info";
    const KIND: CommandKind = CommandKind::Extraction;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Value> {
        let info = reader!("inspect" => "element => ({ tag: $(element).localName, text: textOf(element),
            attributes: attributesOf(element), visible: visible(element), enabled: enabled(element), bounding_box: boxOf(element) })");
        Selector::parse(&self.selector)?.read(session, info, (), cx).await
    }
}

/// Reads everything about an element: box, HTML, role and accessible name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InspectElement {
    /// The element.
    pub selector: String,
}

impl InspectElement {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

#[async_trait]
impl Command for InspectElement {
    type Output = Value;
    const NAME: &'static str = "inspect_element";
    const KIND: CommandKind = CommandKind::Extraction;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Value> {
        let inspect = reader!("accessibility", "inspect" => "element => ({ ...boxElement(element, 0, true), role: roleOf(element), name: nameOf(element) })");
        Selector::parse(&self.selector)?.read(session, inspect, (), cx).await
    }
}

/// Extracts structured content by a language model. None is configured yet, so it fails and says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExtractStructuredContent {
    /// What to extract, in words.
    pub query: String,
    /// A JSON schema, or a string that holds one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// How much of the page to read at most, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
}

#[async_trait]
impl Command for ExtractStructuredContent {
    type Output = Value;
    const NAME: &'static str = "extract_structured_content";
    const KIND: CommandKind = CommandKind::Extraction;

    async fn run(&self, _session: &dyn Session, _cx: &OpContext) -> Result<Value> {
        Err(Error::new(
            ErrorKind::Unsupported,
            "no language model is configured; read the page with get_content and extract outside",
        ))
    }
}
