//! Waiting: `wait_for_element`, `wait_for_function`, `wait`.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::extract::{Evaluate, Evaluated};
use super::locate::{Need, Selector, budget, reader};
use super::{Command, CommandKind, Reply};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::script::script;
use crate::session::{Script, Session};

/// What an element is waited to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ElementState {
    /// In the document.
    Attached,
    /// Not in the document, nor any frame on the way to it.
    Detached,
    /// In the document, and to be seen.
    Visible,
    /// Not to be seen, or not in the document.
    Hidden,
}

/// Waits until an element is attached, visible, hidden or detached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitForElement {
    /// The element.
    pub selector: String,
    /// How long, in milliseconds. Default 30,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Whether it must be visible: the older word for `state: visible`. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible_only: Option<bool>,
    /// `attached` (default), `detached`, `visible` or `hidden`. `hidden` is absent or not to be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ElementState>,
}

impl WaitForElement {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), timeout_ms: None, visible_only: None, state: None }
    }

    /// Sets how long to wait.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout_ms = u64::try_from(timeout.as_millis()).ok();
        self
    }

    /// Waits until it is visible.
    #[must_use]
    pub const fn visible(mut self) -> Self {
        self.state = Some(ElementState::Visible);
        self
    }

    /// Waits until it is in that state.
    #[must_use]
    pub const fn with_state(mut self, state: ElementState) -> Self {
        self.state = Some(state);
        self
    }

    fn wanted(&self) -> Result<ElementState> {
        match (self.state, self.visible_only == Some(true)) {
            (None, true) | (Some(ElementState::Visible), _) => Ok(ElementState::Visible),
            (Some(_), true) => Err(Error::invalid("visible_only", "visible_only goes with state visible only")),
            (state, false) => Ok(state.unwrap_or(ElementState::Attached)),
        }
    }

    /// Waits until the element is gone, or not to be seen.
    async fn vanished(&self, session: &dyn Session, hidden: bool, cx: &OpContext) -> Result<ElementFound> {
        const GONE: &str = script!("locate", "element", "wait" => "async (selector, hidden, budget) => {
            const until = performance.now() + budget;
            for (;;) {
                const element = query(selector);
                if (!element || (hidden && !visible(element))) return true;
                const left = until - performance.now();
                if (left <= 0) return false;
                await nextChange(Math.min(left, 50));
            }
        }");
        let selector = Selector::parse(&self.selector)?;
        // A frame that is not there holds nothing.
        let place = match selector.enter(session, &cx.capped(FRAME.min(cx.remaining() / 4))).await {
            Ok(place) => place,
            Err(error) if matches!(error.kind(), ErrorKind::NoSuchElement | ErrorKind::NoSuchFrame) => {
                return Ok(ElementFound { found: false, visible: false });
            }
            Err(error) => return Err(error),
        };
        let look = |budget| {
            Script::function(GONE).arg(selector.element.clone()).arg(hidden).arg(budget).in_frame(&place.frame)
        };
        match selector.evaluate(session, cx, look).await {
            Ok(gone) if gone == false => {
                let what = if hidden { "visible" } else { "in the document" };
                let message = format!("the element {:?} is still {what}", self.selector);
                Err(Error::new(ErrorKind::Timeout, message).with_field("selector"))
            }
            // The frame went away, and the element with it.
            Err(error)
                if !place.frame.is_main()
                    && matches!(error.kind(), ErrorKind::NoSuchFrame | ErrorKind::StaleElementReference) =>
            {
                Ok(ElementFound { found: false, visible: false })
            }
            Err(error) => Err(error),
            Ok(_) => Ok(ElementFound { found: false, visible: false }),
        }
    }
}

/// How long a frame may take to be there before it counts as absent.
const FRAME: Duration = Duration::from_millis(200);

/// What [`WaitForElement`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ElementFound {
    /// Whether there is such an element, as was waited for. `false` for `detached` and `hidden`.
    pub found: bool,
    /// Whether it is visible.
    pub visible: bool,
}

#[async_trait]
impl Command for WaitForElement {
    type Output = ElementFound;
    const NAME: &'static str = "wait_for_element";
    const KIND: CommandKind = CommandKind::Action;

    fn is_idempotent(&self) -> bool {
        true
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    fn reply(&self, output: ElementFound) -> Result<Reply> {
        Reply::data(&output)
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<ElementFound> {
        match self.wanted()? {
            ElementState::Visible => {
                let selector = Selector::parse(&self.selector)?;
                selector.actionable(session, &[Need::Visible], None, cx).await?;
                Ok(ElementFound { found: true, visible: true })
            }
            ElementState::Attached => {
                let selector = Selector::parse(&self.selector)?;
                let visible = selector.read(session, reader!(=> "element => visible(element)"), (), cx).await?;
                Ok(ElementFound { found: true, visible })
            }
            ElementState::Hidden => self.vanished(session, true, cx).await,
            ElementState::Detached => self.vanished(session, false, cx).await,
        }
    }
}

/// Waits until an expression, or a function, gives something truthy in the page; looked at with every frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitForFunction {
    /// An expression, or a function that is called without arguments. Promises are awaited.
    pub expression: String,
    /// How long, in milliseconds. Default 30,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl WaitForFunction {
    /// Makes the command.
    pub fn new(expression: impl Into<String>) -> Self {
        Self { expression: expression.into(), timeout_ms: None }
    }

    /// Sets how long to wait.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout_ms = u64::try_from(timeout.as_millis()).ok();
        self
    }
}

#[async_trait]
impl Command for WaitForFunction {
    type Output = Evaluated;
    const NAME: &'static str = "wait_for_function";
    const KIND: CommandKind = CommandKind::Action;

    fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    fn reply(&self, output: Evaluated) -> Result<Reply> {
        Evaluate::new("").reply(output)
    }

    /// A throw fails at once; a document that is replaced is waited in anew.
    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Evaluated> {
        let late = || Error::timeout("waiting for the expression to be true").with_field("expression");
        loop {
            // The source itself, not a text of it: pages may forbid to run texts.
            let poll = format!(
                "(async () => {{
                    const until = performance.now() + {};
                    while (performance.now() < until) {{
                        const value = await (async () => {{
                            const it = ({}\n);
                            return typeof it === 'function' ? it() : it;
                        }})();
                        if (value) return value;
                        await new Promise(done => {{ requestAnimationFrame(done); setTimeout(done, 100); }});
                    }}
                }})()",
                budget(cx),
                self.expression
            );
            match Evaluate::new(poll).run(session, cx).await {
                Ok(value) if value.result["type"] != "undefined" => return Ok(value),
                Ok(_) => return Err(late()),
                Err(error) if error.kind() == ErrorKind::StaleElementReference && cx.remaining() > MARGIN => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) if matches!(error.kind(), ErrorKind::Timeout | ErrorKind::ScriptTimeout) => {
                    return Err(late().with_source(error));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// What is left of the time when waiting once more is of no use.
const MARGIN: Duration = Duration::from_millis(600);

/// Lets time pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Wait {
    /// How long, in milliseconds; at most 60,000.
    pub ms: u64,
}

/// How long one may wait at most, in milliseconds.
const MAX_WAIT_MS: u64 = 60_000;

impl Wait {
    /// Makes the command.
    pub fn new(time: Duration) -> Self {
        Self { ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }
    }
}

#[async_trait]
impl Command for Wait {
    type Output = ();
    const NAME: &'static str = "wait";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    fn timeout(&self) -> Option<Duration> {
        // It ends by itself.
        Some(Duration::from_millis(self.ms.min(MAX_WAIT_MS)) + Duration::from_secs(5))
    }

    async fn run(&self, _session: &dyn Session, cx: &OpContext) -> Result<()> {
        if self.ms > MAX_WAIT_MS {
            return Err(Error::invalid("ms", format!("ms is {}; it must be at most {MAX_WAIT_MS}", self.ms)));
        }
        crate::scrape::pause(Duration::from_millis(self.ms), cx).await
    }
}
