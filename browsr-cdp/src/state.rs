//! [`SessionState`]: the pages of a session and what is known of them, kept by the events as they come.
//!
//! The events come in by `observe`; here is what they change, and how others wait for a change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use browsr_core::input::DialogSeen;
use browsr_core::{Error, ErrorKind, OpContext, Result, Viewport};
use tokio::sync::watch;

use crate::connection::Connection;
use crate::error::{crashed, lost};
use crate::page::{GRACE, Page};
use crate::router::Router;
use crate::screencast::Casting;
use crate::setup::PageSetup;

/// The pages of a session.
pub(crate) struct SessionState {
    pub(crate) connection: Connection,
    pub(crate) router: Arc<Router>,
    pub(crate) setup: PageSetup,
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

/// What is behind the lock.
#[derive(Debug)]
pub(crate) struct Inner {
    /// In the order of their opening.
    pub(crate) pages: Vec<Page>,
    /// Pages that became current one after the other; the last that is still there is the current one.
    pub(crate) followed: Vec<Arc<str>>,
    pub(crate) viewport: Viewport,
    pub(crate) init_scripts: Vec<String>,
    /// How many pages were opened since the last look.
    pub(crate) opened: u32,
    /// Dialogs since the last look.
    pub(crate) dialogs: Vec<DialogSeen>,
    /// How many pages were closed since the last look because there were as many as may be.
    pub(crate) refused: u32,
    /// Where a page went that it may not go to, until it is told.
    pub(crate) denied: Option<Error>,
    /// Whether input is being dispatched.
    pub(crate) input_running: bool,
    /// Whether the next page without an opener is ours for a purpose of our own.
    pub(crate) expects_internal: bool,
    pub(crate) input: crate::input::Held,
    pub(crate) casting: Option<Casting>,
    pub(crate) lost: bool,
    pub(crate) closed: bool,
}

impl SessionState {
    pub(crate) fn new(connection: Connection, router: Arc<Router>, setup: PageSetup, viewport: Viewport) -> Arc<Self> {
        Arc::new(Self {
            connection,
            router,
            setup,
            inner: Mutex::new(Inner {
                pages: Vec::new(),
                followed: Vec::new(),
                viewport,
                init_scripts: Vec::new(),
                opened: 0,
                dialogs: Vec::new(),
                refused: 0,
                denied: None,
                input_running: false,
                expects_internal: false,
                input: crate::input::Held::default(),
                casting: None,
                lost: false,
                closed: false,
            }),
            changed: watch::channel(()).0,
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing is left half done where the lock is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those who wait for a change.
    pub(crate) fn wake(&self) {
        self.changed.send_replace(());
    }

    /// Waits until a look at the state gives a result, which is taken anew after each change, and at the time that a
    /// look asks for.
    pub(crate) async fn wait<T>(
        &self,
        what: &str,
        cx: &OpContext,
        mut look: impl FnMut(&mut Inner) -> Look<T>,
    ) -> Result<T> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            let again = match look(&mut self.lock()) {
                Look::Ready(result) => return result,
                Look::Wait => None,
                Look::Until(until) => Some(until),
            };
            let until = again.map_or(cx.deadline(), |until| until.min(cx.deadline()));
            // The sender lives as long as we do.
            if tokio::time::timeout_at(until.into(), changed.changed()).await.is_err() && cx.is_expired() {
                return Err(Error::timeout(what));
            }
        }
    }

    /// Hears that the browser is gone.
    pub(crate) fn gone(&self) {
        self.lock().lost = true;
        self.wake();
    }

    pub(crate) fn is_lost(&self) -> bool {
        // A session is handed out with a page; without one it cannot get another.
        self.connection.is_gone() || {
            let inner = self.lock();
            inner.lost || inner.followed.is_empty()
        }
    }
}

impl std::fmt::Debug for SessionState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionState").field("pages", &self.lock().pages.len()).finish_non_exhaustive()
    }
}

/// What a look at the state came to.
pub(crate) enum Look<T> {
    Ready(Result<T>),
    Wait,
    /// Look again then, or after the next change.
    Until(Instant),
}

impl Inner {
    /// Returns the current page, also one that crashed.
    pub(crate) fn any_page(&mut self) -> Result<&mut Page> {
        if self.closed {
            return Err(Error::new(ErrorKind::Closed, "the session is closed"));
        }
        if self.lost {
            return Err(lost("the browser is gone"));
        }
        let target = self.followed.last().cloned();
        let page = self.pages.iter_mut().find(|page| Some(&page.target) == target.as_ref());
        page.ok_or_else(|| lost("the page of the session was closed"))
    }

    /// Returns the current page.
    pub(crate) fn page(&mut self) -> Result<&mut Page> {
        let page = self.any_page()?;
        if page.crashed { Err(crashed()) } else { Ok(page) }
    }

    /// Returns the page of a target.
    pub(crate) fn page_of(&mut self, target: &str) -> Option<&mut Page> {
        self.pages.iter_mut().find(|page| *page.target == *target)
    }

    pub(crate) fn page_at(&self, session: &str) -> Option<usize> {
        self.pages.iter().position(|page| *page.session == *session || page.children.contains_key(session))
    }

    /// Whether a page that opens now was opened by input.
    pub(crate) fn follows_input(&mut self) -> bool {
        let recent = |page: &mut Page| page.navigation.input_at.is_some_and(|at| at.elapsed() < GRACE);
        self.input_running || self.any_page().is_ok_and(recent)
    }

    /// Takes what is to be told before anything else.
    pub(crate) fn take_denied(&mut self) -> Result<()> {
        self.denied.take().map_or(Ok(()), Err)
    }
}
