//! When a page has settled: the one rule, for scrapes and observations.
//!
//! A document without scripts that run has. One with scripts has when nothing is requested, and neither requests nor the
//! text that shows have changed for 150 ms, or 250 ms once the page has begun to do something by itself. What goes on for
//! ever does not count: clocks, long polls, open sockets that say nothing. While a skeleton stands where text should be it
//! is waited for longer. A cap ends it, and then it is told what was still moving.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::script::{OBSERVER, script};
use crate::session::{Script, Session};

/// How long a page that is not quiet may take to settle, unless something else is asked for.
pub(crate) const CAP: Duration = Duration::from_secs(5);
/// How long a look may take: a page may be held up, or have no clock of its own.
const LOOK: Duration = Duration::from_secs(5);
/// How long frames are waited for, where a page shows any.
const FRAMES: Duration = Duration::from_millis(200);

/// The network requests of a page, as far as a backend sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NetworkActivity {
    /// How many are under way that count: not those that bring nothing any more, nor those that wait for something to
    /// happen.
    pub pending: u32,
    /// How long ago the last began or ended, if any has.
    pub idle_for: Option<Duration>,
    /// Whether one began after the document had loaded.
    pub active: bool,
    /// The hosts of those that are pending, and how many each.
    pub hosts: Vec<(String, u32)>,
}

impl NetworkActivity {
    /// Nothing.
    pub const fn new() -> Self {
        Self { pending: 0, idle_for: None, active: false, hosts: Vec::new() }
    }

    /// What the scripts of the engine are told of it.
    pub(crate) fn told(this: Option<&Self>, after: Option<Duration>) -> Value {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        json!({
            "pending": this.map_or(0, |this| this.pending),
            "idle_ms": this.and_then(|this| this.idle_for).map(ms),
            "active": this.is_some_and(|this| this.active),
            "after_ms": after.map(ms),
        })
    }
}

/// What a page asks for again and again, for backends to leave out of [`NetworkActivity`]: what is polled goes on for ever.
#[derive(Debug, Default)]
pub struct Repeats(HashMap<u64, u32>);

impl Repeats {
    const FEW: u32 = 3;
    const MAX: usize = 4096;

    /// Notes that something is asked for: a method, a URL, and what is known of the body. Returns whether the document has
    /// asked for the very same three times before.
    pub fn again(&mut self, request: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        request.hash(&mut hasher);
        let key = hasher.finish();
        if self.0.len() >= Self::MAX && !self.0.contains_key(&key) {
            return false;
        }
        let count = self.0.entry(key).or_default();
        *count = count.saturating_add(1);
        *count > Self::FEW
    }

    /// Begins anew, with another document.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// How a wait for a page to settle ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Settled {
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Why it ended.
    pub reason: SettledReason,
    /// What was still moving, where the cap or the deadline ended it.
    #[serde(skip)]
    pub moving: Option<String>,
}

/// Why a wait for a page to settle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SettledReason {
    /// Nothing runs in the page.
    Static,
    /// The page stood still.
    Quiet,
    /// The cap was reached.
    Cap,
    /// The deadline was near.
    Deadline,
    /// It was not waited for.
    Off,
}

impl Settled {
    pub(crate) fn new(began: Instant, reason: SettledReason) -> Self {
        Self { ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), reason, moving: None }
    }

    /// What to warn of, if anything.
    pub(crate) fn warning(&self) -> Option<String> {
        let moving = self.moving.as_deref()?;
        Some(format!("the page had not settled after {} ms: {moving}", self.ms))
    }
}

#[derive(Debug, Deserialize)]
struct Look {
    settled: Option<SettledWord>,
    quiet_ms: f64,
    skeleton: bool,
    #[serde(rename = "where")]
    place: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SettledWord {
    Static,
    Quiet,
}

const STATE: &str = script!("wait", "page_state" => "settled");
const TWO_FRAMES: &str = script!("wait" => "async () => { await nextFrame(); await nextFrame(); }");

/// Makes sure that the observer watches the document.
pub(crate) async fn watch(session: &dyn Session, cx: &OpContext) -> Result<()> {
    let install = Script::function(format!("() => {{ {OBSERVER} }}")).idempotent();
    session.evaluate(&install, cx).await.map(drop)
}

/// Waits until the page has settled, `cap` at most. `after` is when input ended that it may still act upon.
pub(crate) async fn settle(
    session: &dyn Session,
    cap: Duration,
    after: Option<Instant>,
    cx: &OpContext,
) -> Result<Settled> {
    let began = Instant::now();
    if cap.is_zero() {
        return Ok(Settled::new(began, SettledReason::Off));
    }
    // Some of the time is for reading the page.
    let left = cx.remaining() * 3 / 4;
    let end = began + cap.min(left);
    let mut framed = false;
    watched(session, cx).await?;
    loop {
        let network = session.network_activity();
        let told = NetworkActivity::told(network.as_ref(), after.map(|after| after.elapsed()));
        let ask = Script::function(STATE).arg(told).idempotent();
        let look: Look = match session.evaluate(&ask, &cx.capped(LOOK)).await {
            Ok(look) => crate::command::decode(look)?,
            // The page moves on by itself, as a redirect by script does.
            Err(error) if error.kind() == ErrorKind::StaleElementReference && Instant::now() < end => {
                let patience = cx.capped(end.saturating_duration_since(Instant::now()));
                match session.wait_for_navigation(&patience).await {
                    Err(error) if error.kind() != ErrorKind::Timeout => return Err(error),
                    _ => {}
                }
                watched(session, cx).await?;
                continue;
            }
            // A script of the page holds it up; what it does then may be waited for.
            Err(error) if is_late(&error) && cx.remaining() > LOOK => {
                if Instant::now() < end {
                    continue;
                }
                let mut settled = Settled::new(began, SettledReason::Cap);
                settled.moving = Some("a script held the page up".to_owned());
                return Ok(settled);
            }
            Err(error) => return Err(error),
        };
        match look.settled {
            Some(SettledWord::Static) => return Ok(Settled::new(began, SettledReason::Static)),
            Some(SettledWord::Quiet) if framed => return Ok(Settled::new(began, SettledReason::Quiet)),
            _ => {}
        }
        if !framed {
            // What a page draws with its first frames is part of it.
            framed = true;
            let frames = Script::function(TWO_FRAMES).idempotent();
            let _ = session.evaluate(&frames, &cx.capped(FRAMES)).await;
            continue;
        }
        if Instant::now() >= end {
            let reason = if cap <= left { SettledReason::Cap } else { SettledReason::Deadline };
            let mut settled = Settled::new(began, reason);
            settled.moving = Some(moving(network.as_ref(), &look));
            return Ok(settled);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats saturates")]
        let missing = Duration::from_millis((250.0 - look.quiet_ms).max(0.0) as u64);
        let pause = missing.clamp(Duration::from_millis(15), Duration::from_millis(50));
        tokio::time::sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
    }
}

/// Waits until nothing has been requested for half a second, `cap` at most.
pub(crate) async fn network_idle(session: &dyn Session, cap: Duration, cx: &OpContext) {
    const IDLE: Duration = Duration::from_millis(500);
    let began = Instant::now();
    let end = began + cap.min(cx.remaining() * 3 / 4);
    while Instant::now() < end {
        let network = session.network_activity().unwrap_or_default();
        let idle = network.idle_for.unwrap_or_else(|| began.elapsed());
        if network.pending == 0 && idle >= IDLE {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// As [`watch`], in a document that may be replaced meanwhile.
async fn watched(session: &dyn Session, cx: &OpContext) -> Result<()> {
    match watch(session, &cx.capped(LOOK)).await {
        Err(error) if error.kind() == ErrorKind::StaleElementReference || is_late(&error) => Ok(()),
        result => result,
    }
}

fn is_late(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Timeout | ErrorKind::ScriptTimeout)
}

/// Says what keeps a page from being quiet; hosts, never URLs.
fn moving(network: Option<&NetworkActivity>, look: &Look) -> String {
    let mut parts = Vec::new();
    for (host, count) in network.into_iter().flat_map(|network| &network.hosts) {
        parts.push(format!("{count} request{} to {host}", if *count == 1 { "" } else { "s" }));
    }
    if look.skeleton {
        parts.push("something stands where text is to come".to_owned());
    }
    if parts.is_empty() {
        parts.push(format!("text still changing in {}", look.place.as_deref().unwrap_or("the page")));
    }
    parts.join(", ")
}
