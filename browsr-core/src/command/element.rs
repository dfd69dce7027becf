//! Form controls and focus: `focus`, `check`, `select_option`.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keyboard::focus;
use super::locate::{Need, Selector, reader};
use super::pointer::{click, input_command};
use super::{Command, CommandKind, Reply};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{ActionOutcome, Button, Modifiers};
use crate::session::Session;

/// Focuses an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Focus {
    /// The element.
    pub selector: String,
}

impl Focus {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

#[async_trait]
impl Command for Focus {
    type Output = ();
    const NAME: &'static str = "focus";
    const KIND: CommandKind = CommandKind::Action;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        focus(session, &self.selector, cx).await.map(drop)
    }
}

/// Checks a checkbox or chooses a radio button, by a click, unless it is checked already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The checkbox or radio button, its label, or something with such a role.
    pub selector: String,
}

impl Check {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

const CHECKED: &str = reader!(=> "element => {
    const control = element instanceof HTMLLabelElement && element.control ? element.control : element;
    if (control instanceof HTMLInputElement && /^(checkbox|radio)$/.test(control.type)) return control.checked;
    if (/^(checkbox|radio|switch|menuitemcheckbox|menuitemradio|option)$/.test(control.getAttribute('role') ?? ''))
        return control.getAttribute('aria-checked') === 'true';
    return describe(element);
}");

input_command!(Check, "check", |this, session, cx| {
    let selector = Selector::parse(&this.selector)?;
    match selector.read(session, CHECKED, (), cx).await? {
        Value::Bool(true) => return Ok(ActionOutcome::new()),
        Value::Bool(false) => {}
        other => {
            return Err(Error::new(
                ErrorKind::ElementNotInteractable,
                format!("{} is neither a checkbox nor a radio button", other.as_str().unwrap_or("the element")),
            )
            .with_field("selector"));
        }
    }
    let outcome = click(session, &this.selector, Button::Left, 1, Modifiers::NONE, cx).await?;
    match selector.read(session, CHECKED, (), cx).await {
        Ok(Value::Bool(false)) => Err(Error::new(
            ErrorKind::ElementNotInteractable,
            format!("the click did not check the element {:?}", this.selector),
        )
        .with_field("selector")),
        // A click may well have taken the element, or the page, away.
        _ => Ok(outcome),
    }
});

/// Selects options of a `<select>`, by value or else by label. The page sees `input` and `change` events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SelectOption {
    /// The `<select>`, or its label.
    pub selector: String,
    /// Values or labels; empty deselects everything where that is possible.
    pub values: Vec<String>,
}

impl SelectOption {
    /// Makes the command.
    pub fn new<V: Into<String>>(selector: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self { selector: selector.into(), values: values.into_iter().map(Into::into).collect() }
    }
}

#[async_trait]
impl Command for SelectOption {
    type Output = ();
    const NAME: &'static str = "select_option";
    const KIND: CommandKind = CommandKind::Action;

    fn reply(&self, (): ()) -> Result<Reply> {
        Ok(Reply::none())
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let selector = Selector::parse(&self.selector)?;
        selector.actionable(session, &[Need::Visible, Need::Enabled, Need::Stable], None, cx).await?;
        // Options that a script adds later are waited for, as elements are.
        let select = reader!("edit" => "async (element, { values, budget }) => {
            const control = element instanceof HTMLLabelElement && element.control ? element.control : element;
            if (!(control instanceof HTMLSelectElement)) return { wrong: describe(element) };
            if (values.length > 1 && !control.multiple) return { single: true };
            const until = performance.now() + budget;
            let missing, chosen;
            for (;;) {
                const options = [...control.options].filter(option => !option.disabled && !option.closest('optgroup[disabled]'));
                chosen = new Set();
                missing = values.find(value => {
                    const option = options.find(o => o.value === value) ?? options.find(o => squash(o.label) === squash(value));
                    if (option) chosen.add(option);
                    return !option;
                });
                const left = until - performance.now();
                if (missing === undefined || left <= 0) break;
                await nextChange(Math.min(left, 100));
            }
            if (missing !== undefined) return { missing };
            control.focus({ preventScroll: true });
            if (control.multiple) for (const option of control.options) option.selected = chosen.has(option);
            else if (chosen.size) [...chosen][0].selected = true;
            else control.selectedIndex = -1;
            control.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
            control.dispatchEvent(new Event('change', { bubbles: true }));
            return {};
        }");
        let argument = serde_json::json!({ "values": self.values, "budget": super::locate::budget(cx) });
        let result: Value = selector.read(session, select, argument, cx).await?;
        let fail = |message: String| Err(Error::new(ErrorKind::ElementNotInteractable, message).with_field("values"));
        if let Some(tag) = result["wrong"].as_str() {
            return fail(format!("{tag} is no <select>")).map_err(|error: Error| error.with_field("selector"));
        }
        if result["single"] == true {
            return fail(format!("the <select> {:?} takes one value only", self.selector));
        }
        if let Some(value) = result["missing"].as_str() {
            return fail(format!("the <select> {:?} has no enabled option {value:?}", self.selector));
        }
        Ok(())
    }
}
