//! The sessions that are open: their entries, the map by id, and why those that ended did.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::builder::Limits;
use super::slots::Slot;
use crate::command::overlay::{Overlay, Overlays};
use crate::error::{Error, ErrorKind, Result};
use crate::navigation::Notes;
use crate::options::SessionOptions;
use crate::provision::Instance;
use crate::session::{Session, SessionId};

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// Its owner closed it.
    Requested,
    /// It stood idle for too long.
    Idle,
    /// It lived for too long.
    Lifetime,
    /// It was made on the fly, and its slot was needed.
    GaveWay,
    /// Its browser or connection went away, or its page could not be brought back.
    Lost,
    /// Nobody waited for it any more, or its start URL could not be loaded.
    Abandoned,
    /// The engine ended.
    Shutdown,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "it was closed",
            Self::Idle => "it stood idle for too long",
            Self::Lifetime => "it reached its maximum lifetime",
            Self::GaveWay => "it was idle and its slot was needed",
            Self::Lost => "its browser was lost",
            Self::Abandoned => "its creation was abandoned",
            Self::Shutdown => "the engine was shut down",
        })
    }
}

/// What is known of an open session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Id.
    pub id: SessionId,
    /// Label for people.
    pub name: Option<String>,
    /// The backend.
    pub backend: &'static str,
    /// When it was opened.
    pub created_at: SystemTime,
    /// When it was last used.
    pub last_activity: SystemTime,
    /// How long it has stood idle; zero while a command runs.
    pub idle: Duration,
    /// How long it will live if nobody uses it.
    pub time_left: Duration,
    /// Whether it was made on the fly.
    pub auto_created: bool,
    /// Whose it is, as the embedder counts.
    pub owner: Option<String>,
}

/// A session with what the engine keeps about it.
pub(crate) struct Entry {
    pub(crate) id: SessionId,
    pub(crate) session: Arc<dyn Session>,
    pub(crate) backend: &'static str,
    /// Held by the command, or the batch, whose turn it is. Fair: first come, first served.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// Set when a command was abandoned or ran out of time: the next one checks the session first.
    pub(crate) suspect: AtomicBool,
    name: Option<String>,
    auto_created: bool,
    owner: Option<String>,
    created: Instant,
    created_at: SystemTime,
    idle_timeout: Duration,
    max_lifetime: Duration,
    users: AtomicUsize,
    overlays: Mutex<Overlays>,
    /// What the commands so far have met.
    notes: Mutex<Notes>,
    state: Mutex<State>,
    closing: CancellationToken,
    closed: CancellationToken,
}

struct State {
    last_used: Instant,
    reason: Option<CloseReason>,
    /// Given back when the session has closed, and not before.
    held: Option<(Slot, Instance)>,
}

impl Entry {
    pub(super) fn new(
        backend: &'static str,
        session: Arc<dyn Session>,
        options: &SessionOptions,
        limits: &Limits,
        slot: Slot,
        instance: Instance,
    ) -> Self {
        let now = Instant::now();
        Self {
            id: SessionId::random(),
            session,
            backend,
            turn: tokio::sync::Mutex::new(()),
            suspect: AtomicBool::new(false),
            name: options.name.clone(),
            auto_created: options.auto_created,
            owner: options.owner.clone(),
            created: now,
            created_at: SystemTime::now(),
            idle_timeout: options.idle_timeout.unwrap_or(limits.idle_timeout),
            max_lifetime: options.max_lifetime.unwrap_or(limits.max_lifetime),
            users: AtomicUsize::new(0),
            overlays: Mutex::default(),
            notes: Mutex::default(),
            state: Mutex::new(State { last_used: now, reason: None, held: Some((slot, instance)) }),
            closing: CancellationToken::new(),
            closed: CancellationToken::new(),
        }
    }

    /// Returns what is drawn over the documents of the session.
    /// Moves what has happened on the session to what its commands have met, and adds what is known beside it.
    pub(super) fn note(&self, more: Notes) {
        let later = self.session.take_notes();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.extend(later);
        notes.extend(more);
    }

    /// Takes what the commands so far have met.
    pub(super) fn take_notes(&self) -> Notes {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn overlays(&self) -> Overlays {
        self.overlays.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of what a command has changed about that, and returns what is drawn now.
    pub(super) fn change_overlays(&self, change: Option<Overlay>) -> Overlays {
        let mut overlays = self.overlays.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = change {
            overlays.apply(change);
        }
        overlays.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the start of a use; the session is not idle until the guard is dropped.
    pub(super) fn begin_use(self: &Arc<Self>) -> InUse {
        // Under the lock, so that nobody decides meanwhile that it is idle.
        let _state = self.state();
        self.users.fetch_add(1, Ordering::AcqRel);
        InUse(Arc::clone(self))
    }

    pub(super) fn is_in_use(&self) -> bool {
        self.users.load(Ordering::Acquire) > 0
    }

    pub(super) fn is_auto_created(&self) -> bool {
        self.auto_created
    }

    pub(super) fn gives_way(&self) -> bool {
        self.auto_created && !self.is_in_use() && !self.is_closing()
    }

    pub(super) fn last_used(&self) -> Instant {
        self.state().last_used
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Completes when closing begins.
    pub(super) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Completes when the session is gone.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Returns true for the one caller that is to close it.
    pub(super) fn begin_closing(&self, reason: CloseReason) -> bool {
        let mut state = self.state();
        let only_if_idle = matches!(reason, CloseReason::GaveWay | CloseReason::Idle);
        if state.reason.is_some() || only_if_idle && self.is_in_use() {
            return false;
        }
        state.reason = Some(reason);
        self.closing.cancel();
        true
    }

    pub(super) fn finish_closing(&self) {
        let held = self.state().held.take();
        drop(held);
        self.closed.cancel();
    }

    pub(super) fn reason(&self) -> Option<CloseReason> {
        self.state().reason
    }

    /// The error of using it after its end.
    pub(super) fn ended(&self) -> Error {
        ended(&self.id, self.reason().unwrap_or(CloseReason::Requested))
    }

    fn idle(&self) -> Duration {
        if self.is_in_use() { Duration::ZERO } else { self.last_used().elapsed() }
    }

    /// How long it will live if nobody uses it.
    pub(super) fn time_left(&self) -> Duration {
        let idle = self.idle_timeout.saturating_sub(self.idle());
        idle.min(self.max_lifetime.saturating_sub(self.created.elapsed()))
    }

    /// Whether, and why, its time is up.
    pub(super) fn overdue(&self) -> Option<CloseReason> {
        if self.is_closing() {
            None
        } else if self.session.is_lost() {
            Some(CloseReason::Lost)
        } else if self.created.elapsed() >= self.max_lifetime {
            Some(CloseReason::Lifetime)
        } else if self.idle() >= self.idle_timeout {
            Some(CloseReason::Idle)
        } else {
            None
        }
    }

    pub(super) fn info(&self) -> SessionInfo {
        let idle = self.idle();
        SessionInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            backend: self.backend,
            created_at: self.created_at,
            last_activity: SystemTime::now() - idle,
            idle,
            time_left: self.time_left(),
            auto_created: self.auto_created,
            owner: self.owner.clone(),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("id", &self.id).field("backend", &self.backend).finish_non_exhaustive()
    }
}

/// A use of a session, from the call until its result.
pub(super) struct InUse(Arc<Entry>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.state().last_used = Instant::now();
        self.0.users.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How many ended sessions are remembered, so that a late caller learns why.
const REMEMBERED: usize = 256;

/// The open sessions by id, and the last ones that ended.
#[derive(Default)]
pub(super) struct Registry(Mutex<Sessions>);

#[derive(Default)]
struct Sessions {
    open: HashMap<SessionId, Arc<Entry>>,
    ended: VecDeque<(SessionId, CloseReason)>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn insert(&self, entry: &Arc<Entry>) {
        self.lock().open.insert(entry.id.clone(), Arc::clone(entry));
    }

    pub(super) fn remove(&self, entry: &Entry) {
        let mut sessions = self.lock();
        sessions.open.remove(&entry.id);
        if sessions.ended.len() == REMEMBERED {
            sessions.ended.pop_front();
        }
        sessions.ended.push_back((entry.id.clone(), entry.reason().unwrap_or(CloseReason::Requested)));
    }

    pub(super) fn find(&self, id: &SessionId) -> Result<Arc<Entry>> {
        let sessions = self.lock();
        match sessions.open.get(id) {
            Some(entry) if !entry.is_closing() => Ok(Arc::clone(entry)),
            Some(entry) => Err(entry.ended()),
            None => match sessions.ended.iter().find(|(ended, _)| ended == id) {
                Some((id, reason)) => Err(ended(id, *reason)),
                None => Err(Error::new(ErrorKind::InvalidSessionId, format!("there is no session {id}"))
                    .with_session_id(id)
                    .with_field("session_id")),
            },
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// Returns the open sessions, oldest first.
    pub(super) fn entries(&self) -> Vec<Arc<Entry>> {
        let mut entries: Vec<_> = self.lock().open.values().map(Arc::clone).collect();
        entries.sort_by_key(|entry| entry.created);
        entries
    }
}

fn ended(id: &SessionId, reason: CloseReason) -> Error {
    // Nobody asked for its end, and a new one may do.
    let kind = if reason == CloseReason::Lost { ErrorKind::SessionLost } else { ErrorKind::InvalidSessionId };
    Error::new(kind, format!("the session {id} has ended: {reason}")).with_session_id(id).with_field("session_id")
}
