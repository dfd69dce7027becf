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
use crate::types::Point;

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

/// Checks or unchecks a checkbox, or chooses a radio button, by a click, unless it is as wanted already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The checkbox or radio button, its label, something with such a role, or a component that has one of these in its
    /// open shadow root.
    pub selector: String,
    /// Whether it is to be checked. Default `true`; a radio button cannot be unchecked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<bool>,
}

impl Check {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), checked: None }
    }
}

input_command!(Check, "check", |this, session, cx| {
    check(session, &this.selector, this.checked.unwrap_or(true), cx).await
});

/// Unchecks a checkbox by a click, unless it is unchecked already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Uncheck {
    /// The checkbox, as for [`Check`].
    pub selector: String,
}

impl Uncheck {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

input_command!(Uncheck, "uncheck", |this, session, cx| {
    let wanted = false;
    check(session, &this.selector, wanted, cx).await
});

const CHECKED: &str = reader!(=> "element => {
    const control = element instanceof HTMLLabelElement && element.control ? element.control : element;
    const state = one => {
        if (one instanceof HTMLInputElement && /^(checkbox|radio)$/.test(one.type))
            return { checked: one.checked, radio: one.type === 'radio' };
        const role = one.getAttribute('role') ?? '';
        if (/^(checkbox|radio|switch|menuitemcheckbox|menuitemradio|option)$/.test(role))
            return { checked: one.getAttribute('aria-checked') === 'true', radio: /radio$/.test(role) };
        return null;
    };
    const own = state(control);
    if (own) return own;
    const inside = [];
    for (const root of control.shadowRoot ? [control.shadowRoot, ...shadowRoots(control.shadowRoot)] : [])
        for (const one of root.querySelectorAll('input, [role]')) if (state(one)) inside.push(one);
    const box = inside[0];
    if (inside.length !== 1) return { other: describe(element) };
    const around = [box, box.closest('label'), element].find(one => one && visible(one)) ?? element;
    const [{ x, y, width, height }, outer] = [$(around).getBoundingClientRect(), $(element).getBoundingClientRect()];
    return { ...state(box), at: { x: x + width / 2 - outer.x, y: y + height / 2 - outer.y } };
}");

#[derive(Deserialize)]
#[serde(untagged)]
enum Checked {
    State {
        checked: bool,
        radio: bool,
        /// Where in the element the box is, if it is not the box itself.
        at: Option<Point>,
    },
    Other {
        other: String,
    },
}

/// How long an element may take to be there that a click has changed.
const LOOK: std::time::Duration = std::time::Duration::from_millis(300);

async fn check(session: &dyn Session, source: &str, wanted: bool, cx: &OpContext) -> Result<ActionOutcome> {
    let selector = Selector::parse(source)?;
    let fail = |message: String| Err(Error::new(ErrorKind::ElementNotInteractable, message).with_field("selector"));
    let position = match selector.read(session, CHECKED, (), cx).await? {
        Checked::State { checked, .. } if checked == wanted => return Ok(ActionOutcome::new()),
        Checked::State { radio: true, .. } if !wanted => {
            return fail(format!("{source:?} is a radio button, which is unchecked by choosing another"));
        }
        Checked::State { at, .. } => at,
        Checked::Other { other } => return fail(format!("{other} is neither a checkbox nor a radio button")),
    };
    let outcome = click(session, source, Button::Left, 1, Modifiers::NONE, position, cx).await?;
    // A component may show its new state a moment later.
    for _ in 0..10 {
        match selector.read(session, CHECKED, (), &cx.capped(LOOK)).await {
            Ok(Checked::State { checked, .. }) if checked != wanted => {}
            // A click may well have taken the element, or the page, away.
            _ => return Ok(outcome),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    fail(format!("the click did not {} the element {source:?}", if wanted { "check" } else { "uncheck" }))
}

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
