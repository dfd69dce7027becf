//! [`SessionHandle`]: runs commands on a session, each in its turn, by its deadline, with its errors in context.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tracing::Instrument;

use super::Engine;
use super::registry::{CloseReason, Entry, SessionInfo};
use crate::capability::Capabilities;
use crate::command::capture::Screenshot;
use crate::command::element::{Check, Uncheck};
use crate::command::extract::{Evaluate, GetAttribute, GetText, GetTitle};
use crate::command::keyboard::{PressKey, TypeText};
use crate::command::navigate::{NavigateTo, WaitForNavigation};
use crate::command::pointer::{Click, MouseDown, MouseUp, Scroll};
use crate::command::storage::GetCookies;
use crate::command::upload::{UploadFile, UploadedFile};
use crate::command::wait::{WaitForElement, WaitForFunction};
use crate::command::{AnyCommand, BatchResult, Command, CommandResult, Overlay, Reply};
use crate::context::OpContext;
use crate::cookie::Cookie;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{ActionOutcome, Input};
use crate::navigation::{Navigation, Notes};
use crate::scrape::{Scrape, ScrapeRequest};
use crate::session::{Script, SessionDescriptor, SessionId};
use crate::types::EncodedImage;

/// An open session. Cheap to clone; all clones are the same session.
///
/// Commands run one at a time, in the order in which they were called. Each ends by its deadline, whatever the page
/// does. Dropping the handle does not close the session, since others may find it by
/// [`Engine::session`]; its idle limit does. Close it when you are done.
#[derive(Clone)]
pub struct SessionHandle {
    pub(super) engine: Engine,
    pub(super) entry: Arc<Entry>,
}

impl SessionHandle {
    /// Returns the id.
    pub fn id(&self) -> &SessionId {
        &self.entry.id
    }

    /// Returns what is known of the session.
    pub fn info(&self) -> SessionInfo {
        self.entry.info()
    }

    /// Returns what the session can do natively.
    pub fn capabilities(&self) -> Capabilities {
        self.entry.session.capabilities()
    }

    /// Returns what another process needs to attach to it.
    pub fn descriptor(&self) -> SessionDescriptor {
        self.entry.session.descriptor()
    }

    /// Runs a command, within its own time limit or else [`Limits::command_timeout`](crate::engine::Limits).
    ///
    /// # Errors
    ///
    /// Those of the command, with command, session and backend named;
    /// [`InvalidSessionId`](ErrorKind::InvalidSessionId) once the session has ended, [`Timeout`](ErrorKind::Timeout) at
    /// the deadline, [`SessionLost`](ErrorKind::SessionLost) when the browser went away.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave the browser at work; the next command checks the session first, and frees it if
    /// it hangs.
    pub async fn run<C: Command>(&self, command: C) -> Result<C::Output> {
        let timeout = command.timeout().unwrap_or(self.engine.limits().command_timeout);
        let turn = self.take_turn().await?;
        let cx = OpContext::within(timeout);
        let overlay = command.overlay();
        turn.perform(C::NAME, command.requires(), overlay, &cx, command.run(&*self.entry.session, &cx)).await
    }

    /// Runs a command within a deadline of the caller, waiting for its turn included.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn run_within<C: Command>(&self, command: C, cx: &OpContext) -> Result<C::Output> {
        let turn = cx.bound("waiting for the commands before it", self.take_turn()).await?;
        let overlay = command.overlay();
        turn.perform(C::NAME, command.requires(), overlay, cx, command.run(&*self.entry.session, cx)).await
    }

    /// Runs commands one after the other until the first failure; nobody else's command comes between.
    ///
    /// # Errors
    ///
    /// Only those of the session as a whole: [`InvalidSessionId`](ErrorKind::InvalidSessionId) once it has ended. The
    /// failure of a command is told in the result.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run); commands not begun do not run.
    pub async fn batch(&self, commands: &[AnyCommand]) -> Result<BatchResult> {
        let turn = self.take_turn().await?;
        Ok(turn.batch(commands).await)
    }

    /// Scrapes a page in this session, within [`Limits::scrape_timeout`](crate::engine::Limits).
    ///
    /// # Errors
    ///
    /// [`NavigationFailed`](ErrorKind::NavigationFailed) when the page cannot be loaded, and those of
    /// [`run`](Self::run). An HTTP error status is no error; it is in the metadata.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn scrape(&self, request: &ScrapeRequest) -> Result<Scrape> {
        self.scrape_within(request, &OpContext::within(self.engine.limits().scrape_timeout)).await
    }

    /// Scrapes a page in this session, within a deadline of the caller.
    ///
    /// # Errors
    ///
    /// As [`scrape`](Self::scrape).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn scrape_within(&self, request: &ScrapeRequest, cx: &OpContext) -> Result<Scrape> {
        let turn = cx.bound("waiting for the commands before it", self.take_turn()).await?;
        drop(self.take_notes());
        let work = Box::pin(crate::scrape::run(&*self.entry.session, request, cx));
        let mut scrape = turn.perform("scrape", Capabilities::DOM, None, cx, work).await?;
        scrape.notes.extend(self.take_notes());
        Ok(scrape)
    }

    /// Takes what the commands on this session have met beside their results since the last time: the last navigation
    /// and what it came to, dialogs, pages that were refused. [`batch`](Self::batch) and [`scrape`](Self::scrape) give
    /// theirs with their results; this is for the other methods.
    pub fn take_notes(&self) -> Notes {
        self.entry.take_notes()
    }

    /// Closes the session. Closing one that has ended already is success.
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Cancel safety
    ///
    /// Safe: once begun, closing goes on.
    pub async fn close(&self) -> Result<()> {
        self.engine.0.close_entry(&self.entry, CloseReason::Requested).await;
        Ok(())
    }

    /// Goes to a URL and waits until the document has loaded. A bare host gets `https://`. Says what it came to: an
    /// answer that is no document, such as a download, is no error but `committed: false`.
    ///
    /// # Errors
    ///
    /// [`NavigationFailed`](ErrorKind::NavigationFailed), and those of [`run`](Self::run).
    pub async fn navigate(&self, url: impl Into<String>) -> Result<Navigation> {
        self.run(NavigateTo::new(url)).await
    }

    /// Waits for the navigation that the input before it has started, and says what it came to.
    ///
    /// # Errors
    ///
    /// [`NavigationFailed`](ErrorKind::NavigationFailed) where it ends on an error page, and those of
    /// [`run`](Self::run).
    pub async fn wait_for_navigation(&self) -> Result<Navigation> {
        self.run(WaitForNavigation::new()).await
    }

    /// Waits until an element is visible.
    ///
    /// # Errors
    ///
    /// [`NoSuchElement`](ErrorKind::NoSuchElement) or
    /// [`ElementNotInteractable`](ErrorKind::ElementNotInteractable) at the deadline, and those of [`run`](Self::run).
    pub async fn wait_for(&self, selector: impl Into<String>) -> Result<()> {
        self.run(WaitForElement::new(selector).visible()).await.map(drop)
    }

    /// Clicks an element.
    ///
    /// # Errors
    ///
    /// At the deadline what stood in the way, and those of [`run`](Self::run).
    pub async fn click(&self, selector: impl Into<String>) -> Result<ActionOutcome> {
        self.run(Click::new(selector)).await
    }

    /// Empties an element and types text into it.
    ///
    /// # Errors
    ///
    /// At the deadline what stood in the way, and those of [`run`](Self::run).
    pub async fn fill(&self, selector: impl Into<String>, text: impl Into<String>) -> Result<ActionOutcome> {
        self.run(TypeText::new(selector, text).clearing()).await
    }

    /// Types text into whatever has the focus.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn type_text(&self, text: impl Into<String>) -> Result<ActionOutcome> {
        self.run(TypeText::into_focus(text)).await
    }

    /// Checks a checkbox or chooses a radio button, unless it is checked already.
    ///
    /// # Errors
    ///
    /// At the deadline what stood in the way, and those of [`run`](Self::run).
    pub async fn check(&self, selector: impl Into<String>) -> Result<ActionOutcome> {
        self.run(Check::new(selector)).await
    }

    /// Unchecks a checkbox, unless it is unchecked already.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub async fn uncheck(&self, selector: impl Into<String>) -> Result<ActionOutcome> {
        self.run(Uncheck::new(selector)).await
    }

    /// Turns the wheel in the middle of the viewport, by CSS pixels to the right and down.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn scroll(&self, dx: f64, dy: f64) -> Result<ActionOutcome> {
        self.run(Scroll::by(dx, dy)).await
    }

    /// Presses the left mouse button where the pointer is, and keeps it down.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn mouse_down(&self) -> Result<ActionOutcome> {
        self.run(MouseDown::new()).await
    }

    /// Releases the left mouse button.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn mouse_up(&self) -> Result<ActionOutcome> {
        self.run(MouseUp::new()).await
    }

    /// Waits until an expression, or a function, gives something truthy in the page, and returns that as JSON.
    ///
    /// # Errors
    ///
    /// [`JavascriptError`](ErrorKind::JavascriptError) where it throws, and those of [`run`](Self::run).
    pub async fn wait_for_function(&self, expression: impl Into<String>) -> Result<Value> {
        self.run(WaitForFunction::new(expression)).await.map(crate::command::extract::Evaluated::into_value)
    }

    /// Gives files to a file input, by their content.
    ///
    /// # Errors
    ///
    /// [`ElementNotInteractable`](ErrorKind::ElementNotInteractable) where it does not take them, and those of
    /// [`run`](Self::run).
    pub async fn upload_file(
        &self,
        selector: impl Into<String>,
        files: impl IntoIterator<Item = UploadedFile>,
    ) -> Result<()> {
        self.run(UploadFile::new(selector, files)).await
    }

    /// Presses a key, such as `Enter` or `Control+A`, for whatever has the focus.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn press_key(&self, key: impl Into<String>) -> Result<ActionOutcome> {
        self.run(PressKey::new(key)).await
    }

    /// Reads the title of the document.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn title(&self) -> Result<String> {
        self.run(GetTitle::new()).await
    }

    /// Reads the text of an element.
    ///
    /// # Errors
    ///
    /// [`NoSuchElement`](ErrorKind::NoSuchElement) at the deadline, and those of [`run`](Self::run).
    pub async fn text(&self, selector: impl Into<String>) -> Result<String> {
        self.run(GetText::new(selector)).await
    }

    /// Reads an attribute of an element.
    ///
    /// # Errors
    ///
    /// [`NoSuchElement`](ErrorKind::NoSuchElement) at the deadline, and those of [`run`](Self::run).
    pub async fn attribute(&self, selector: impl Into<String>, name: impl Into<String>) -> Result<Option<String>> {
        self.run(GetAttribute::new(selector, name)).await
    }

    /// Runs an expression in the page and returns its value as JSON; `null` for what JSON cannot say.
    ///
    /// # Errors
    ///
    /// [`JavascriptError`](ErrorKind::JavascriptError) where it throws, and those of [`run`](Self::run).
    pub async fn evaluate(&self, expression: impl Into<String>) -> Result<Value> {
        self.run(Evaluate::new(expression)).await.map(crate::command::extract::Evaluated::into_value)
    }

    /// Takes a picture of the viewport, as PNG.
    ///
    /// # Errors
    ///
    /// [`UnableToCaptureScreen`](ErrorKind::UnableToCaptureScreen), and those of [`run`](Self::run).
    pub async fn screenshot(&self) -> Result<EncodedImage> {
        self.run(Screenshot::new()).await
    }

    /// Reads the cookies of the session.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn cookies(&self) -> Result<Vec<Cookie>> {
        self.run(GetCookies::new()).await
    }

    /// Waits for this caller's turn, and makes sure that the session is usable.
    pub(super) async fn take_turn(&self) -> Result<Turn<'_>> {
        let entry = &self.entry;
        if entry.is_closing() {
            return Err(entry.ended());
        }
        // In use from the moment of asking: a session that somebody waits for is not idle.
        let used = entry.begin_use();
        let held = tokio::select! {
            held = entry.turn.lock() => held,
            () = entry.closing() => return Err(entry.ended()),
        };
        if entry.is_closing() {
            return Err(entry.ended());
        }
        let turn = Turn { handle: self, _held: held, _used: Used { handle: self, used: Some(used) } };
        self.recover().await?;
        Ok(turn)
    }

    /// Frees a session that an abandoned or overdue command has left in doubt. Called with the turn held.
    async fn recover(&self) -> Result<()> {
        let entry = &self.entry;
        if !entry.suspect.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        // A caller who goes away midway leaves the doubt to the next one.
        let mut doubt = Doubt { entry, ended: false };
        let alive = async |patience| {
            let cx = OpContext::within(patience);
            match cx.bound("checking the session", entry.session.ping(&cx)).await {
                // A crashed page is recovered by navigating, so the session is of use.
                Ok(()) => true,
                Err(error) => error.kind() == ErrorKind::PageCrashed,
            }
        };
        if alive(Duration::from_millis(500)).await {
            doubt.ended = true;
            return Ok(());
        }
        // Some browsers are freed by replacing their page, which takes a while.
        let cx = OpContext::within(Duration::from_secs(2));
        let interrupted = cx.bound("freeing the page", entry.session.interrupt(&cx)).await;
        tracing::info!(session_id = %entry.id, ok = interrupted.is_ok(), "page did not answer and was interrupted");
        doubt.ended = true;
        if alive(Duration::from_secs(1)).await {
            return Ok(());
        }
        self.engine.0.close_entry(&self.entry, CloseReason::Lost).await;
        Err(Error::new(ErrorKind::SessionLost, "the page hung and could not be freed; its session was closed")
            .with_session_id(&entry.id)
            .with_backend(entry.backend))
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHandle").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// The right to run commands, until dropped.
pub(super) struct Turn<'a> {
    handle: &'a SessionHandle,
    _held: tokio::sync::MutexGuard<'a, ()>,
    _used: Used<'a>,
}

/// A use of the session; when it ends, a session made on the fly may have to give way.
struct Used<'a> {
    handle: &'a SessionHandle,
    used: Option<super::registry::InUse>,
}

impl Drop for Used<'_> {
    fn drop(&mut self) {
        drop(self.used.take());
        let shared = &self.handle.engine.0;
        if self.handle.entry.is_auto_created() && shared.slots.waiting() > 0 {
            shared.make_room();
        }
    }
}

/// Leaves the session in doubt unless the command has ended by itself.
struct Doubt<'a> {
    entry: &'a Entry,
    ended: bool,
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.entry.suspect.store(true, Ordering::Release);
        }
    }
}

/// Whether a command ran out of time, so that the page may still be at work on it.
fn overdue(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Timeout | ErrorKind::ScriptTimeout)
}

/// How long after its deadline a command is cut off, in case a backend does not keep to it.
const GRACE: Duration = Duration::from_millis(250);

/// How long the page may take to show a frame between two inputs, and to take the release of buttons.
const FRAME: Duration = Duration::from_millis(50);
const RELEASING: Duration = Duration::from_millis(500);
const NEXT_FRAME: &str = "() => new Promise(done => requestAnimationFrame(() => done(true)))";

/// How long drawing overlays anew may take: a page that is on its way to another document answers no sooner than there.
const DRAWING: Duration = Duration::from_secs(1);

impl Turn<'_> {
    /// Runs commands until the first failure.
    pub(super) async fn batch(&self, commands: &[AnyCommand]) -> BatchResult {
        let entry = &self.handle.entry;
        // What others' commands have met is not told here.
        drop(entry.take_notes());
        let mut results = Vec::with_capacity(commands.len());
        let mut after_input = false;
        for command in commands {
            if after_input && command.is_input() {
                // What input leads to in the page comes with its next frame, at the latest.
                let frame = Script::function(NEXT_FRAME).idempotent();
                let _ = entry.session.evaluate(&frame, &OpContext::within(FRAME)).await;
            }
            after_input = command.is_input();
            let cx = OpContext::within(command.timeout().unwrap_or(self.handle.engine.limits().command_timeout));
            // Boxed: the future of "any command" is as large as the largest of them.
            let work = Box::pin(command.run(&*entry.session, &cx));
            let result: Result<Reply> =
                self.perform(command.name(), command.requires(), command.overlay(), &cx, work).await;
            let failed = result.is_err();
            results.push(CommandResult::new(command.kind(), &result, entry.take_notes()));
            if failed {
                // Whoever sees the failure does not expect a button to be down.
                let release = Input::new(Vec::new()).releasing();
                if let Err(error) = entry.session.perform_actions(&release, &OpContext::within(RELEASING)).await {
                    tracing::debug!(%error, "buttons could not be released");
                }
                break;
            }
        }
        BatchResult::new(commands.len(), results)
    }

    /// Runs one command in the fixed order: gate, deadline, span, run, error context.
    pub(super) async fn perform<T>(
        &self,
        name: &'static str,
        requires: Capabilities,
        overlay: Option<Overlay>,
        cx: &OpContext,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let entry = &self.handle.entry;
        let in_context = |error: Error| error.with_command(name).with_session_id(&entry.id).with_backend(entry.backend);
        entry.session.capabilities().require(requires, entry.backend).map_err(in_context)?;
        let span = tracing::debug_span!("command", name, session_id = %entry.id, backend = entry.backend);
        let mut doubt = Doubt { entry, ended: false };
        let started = std::time::Instant::now();
        let result = tokio::select! {
            result = self.with_overlays(overlay, cx, work).instrument(span.clone()) => result,
            () = tokio::time::sleep_until((cx.deadline() + GRACE).into()) => Err(Error::timeout("running the command")),
            () = entry.closing() => Err(entry.ended()),
        };
        doubt.ended = !matches!(&result, Err(error) if overdue(error));
        drop(doubt);
        entry.note(Notes::new());
        let result = result.map_err(in_context);
        let _entered = span.enter();
        match &result {
            Ok(_) => tracing::debug!(elapsed = ?started.elapsed(), "done"),
            Err(error) => {
                tracing::debug!(elapsed = ?started.elapsed(), kind = %error.kind(), %error, "failed");
                self.after(error);
            }
        }
        result
    }

    /// Runs a command with the overlays of the session drawn before it and after it: the page may have moved on by
    /// itself, and the command may move it on.
    async fn with_overlays<T>(
        &self,
        change: Option<Overlay>,
        cx: &OpContext,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let entry = &self.handle.entry;
        let draws = change.is_some();
        let before = entry.overlays();
        if !before.is_empty() && !draws {
            // They are for people to see; a page that shows none is no reason to fail.
            let _ = before.draw(&*entry.session, &cx.capped(DRAWING)).await;
        }
        let output = work.await?;
        let now = entry.change_overlays(change);
        if draws {
            now.draw(&*entry.session, cx).await?;
        } else if !now.is_empty() {
            let _ = now.draw(&*entry.session, &cx.capped(DRAWING)).await;
        }
        Ok(output)
    }

    /// Follows up on a failure that concerns the session as a whole.
    fn after(&self, error: &Error) {
        let handle = self.handle.clone();
        match error.kind() {
            ErrorKind::SessionLost => {
                self.handle.engine.0.tasks.spawn(async move {
                    handle.engine.0.close_entry(&handle.entry, CloseReason::Lost).await;
                });
            }
            // Freed at once rather than by the next command: a hung page burns a core meanwhile.
            _ if overdue(error) => {
                self.handle.engine.0.tasks.spawn(async move {
                    // Taking a turn is what recovers the session; its error is the next caller's to see.
                    let _ = handle.take_turn().await;
                });
            }
            _ => {}
        }
    }
}
