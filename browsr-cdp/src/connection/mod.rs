//! [`Connection`]: one multiplexed DevTools connection, over a pipe or a websocket.
//!
//! Calls carry flat session ids, so that every page, frame and worker is addressed on the one connection. A reader task
//! sorts what comes in: answers go to their callers, who parse them; events go to the [`EventSink`], which handles
//! them at once, so that no queue of events can grow. A writer task puts out whole messages, so that a caller who
//! gives up never leaves half of one.

mod message;
mod pipe;
mod websocket;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use browsr_core::OpContext;
use bytes::Bytes;
use chromiumoxide::types::Command;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub(crate) use message::params;
#[cfg(unix)]
pub(crate) use pipe::connect as connect_pipe;
pub(crate) use websocket::connect as connect_websocket;

use crate::error::CallError;
use message::Peeked;

/// The largest answer that is taken.
pub(crate) const MAX_REPLY: usize = 256 << 20;
/// The largest event that is taken whole.
const MAX_EVENT: usize = 16 << 20;
/// How much may wait to be written before the browser counts as gone: it reads no more.
const MAX_UNSENT: usize = 128 << 20;

/// The id of a flat session: a page, a frame of another process, a worker.
pub(crate) type SessionKey = Arc<str>;

/// Gets the events of a connection, on the reader task: must not block.
pub(crate) trait EventSink: Send + Sync + 'static {
    /// Returns the method as a static name if it is to be handled.
    fn wants(&self, method: &str) -> Option<&'static str>;
    /// Handles an event.
    fn event(&self, method: &'static str, session: Option<&str>, message: &Bytes);
    /// Hears that there will be no more.
    fn gone(&self);
}

/// A connection; cheap to clone.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Inner>);

struct Inner {
    next_id: AtomicU64,
    unsent: AtomicUsize,
    outbox: mpsc::UnboundedSender<Vec<u8>>,
    state: Mutex<State>,
    /// Cancelled when the connection is gone, or is to go.
    stop: CancellationToken,
}

#[derive(Default)]
struct State {
    pending: HashMap<u64, Pending>,
    gone: Option<Arc<str>>,
}

struct Pending {
    session: Option<SessionKey>,
    reply: oneshot::Sender<Result<Bytes, CallError>>,
}

/// What the two tasks of a connection work with.
pub(crate) struct Ends {
    connection: Connection,
    outbox: mpsc::UnboundedReceiver<Vec<u8>>,
    sink: Arc<dyn EventSink>,
}

impl Connection {
    /// Makes a connection and the ends that a transport serves.
    fn new(sink: Arc<dyn EventSink>, stop: CancellationToken) -> (Self, Ends) {
        let (sender, outbox) = mpsc::unbounded_channel();
        let connection = Self(Arc::new(Inner {
            next_id: AtomicU64::new(1),
            unsent: AtomicUsize::new(0),
            outbox: sender,
            state: Mutex::default(),
            stop,
        }));
        (connection.clone(), Ends { connection, outbox, sink })
    }

    /// Returns whether the browser or the connection is gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.state().gone.is_some()
    }

    /// Sends a typed command and waits for its typed answer.
    pub(crate) async fn call<C: Command + Sync>(
        &self,
        session: Option<&SessionKey>,
        command: &C,
        cx: &OpContext,
    ) -> Result<C::Response, CallError> {
        self.start(session, &command.identifier(), command).wait(cx).await?.result()
    }

    /// Sends a command by name and waits for the answer, read as any type.
    pub(crate) async fn call_as<T: DeserializeOwned>(
        &self,
        session: Option<&SessionKey>,
        method: &str,
        params: &(impl Serialize + Sync),
        cx: &OpContext,
    ) -> Result<T, CallError> {
        self.start(session, method, params).wait(cx).await?.result()
    }

    /// Sends a typed command now, to be waited for later: commands sent one after the other are handled in order.
    pub(crate) fn start_command<C: Command>(&self, session: Option<&SessionKey>, command: &C) -> StartedCall {
        self.start(session, &command.identifier(), command)
    }

    /// Sends a command now, to be waited for later.
    pub(crate) fn start(&self, session: Option<&SessionKey>, method: &str, params: &impl Serialize) -> StartedCall {
        let id = self.next_id();
        let (sender, reply) = oneshot::channel();
        let text = message::encode(id, session.map(AsRef::as_ref), method, params);
        {
            let mut state = self.state();
            if let Some(reason) = &state.gone {
                // The receiver is at hand.
                let _ = sender.send(Err(CallError::Gone(Arc::clone(reason))));
            } else {
                state.pending.insert(id, Pending { session: session.cloned(), reply: sender });
            }
        }
        self.send(text);
        StartedCall { connection: self.clone(), id, reply, answered: false }
    }

    /// Sends a typed command whose answer does not matter.
    pub(crate) fn post_command<C: Command>(&self, session: Option<&SessionKey>, command: &C) {
        self.post(session, &command.identifier(), command);
    }

    /// Sends a command whose answer does not matter.
    pub(crate) fn post(&self, session: Option<&SessionKey>, method: &str, params: &impl Serialize) {
        self.send(message::encode(self.next_id(), session.map(AsRef::as_ref), method, params));
    }

    /// Ends the calls that wait for a session.
    pub(crate) fn fail_session(&self, session: &str, error: &CallError) {
        let ended: Vec<_> = {
            let mut state = self.state();
            state
                .pending
                .extract_if(|_, pending| pending.session.as_deref() == Some(session))
                .map(|(_, pending)| pending)
                .collect()
        };
        for pending in ended {
            let _ = pending.reply.send(Err(error.clone()));
        }
    }

    fn next_id(&self) -> u64 {
        self.0.next_id.fetch_add(1, Ordering::Relaxed)
    }

    fn send(&self, text: Vec<u8>) {
        let unsent = self.0.unsent.fetch_add(text.len(), Ordering::Relaxed) + text.len();
        if unsent > MAX_UNSENT {
            self.0.stop.cancel();
        }
        // A closed outbox means that the connection is gone, which ends the pending call.
        let _ = self.0.outbox.send(text);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done where the lock is held.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, id: u64) {
        self.state().pending.remove(&id);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("gone", &self.is_gone()).finish_non_exhaustive()
    }
}

impl Ends {
    /// Sorts one message.
    fn dispatch(&self, message: &Bytes) {
        match message::peek(message, |method| self.sink.wants(method)) {
            Peeked::Reply(id) => {
                let pending = self.connection.state().pending.remove(&id);
                if let Some(pending) = pending {
                    // The caller may have given up.
                    let _ = pending.reply.send(Ok(message.clone()));
                }
            }
            Peeked::Event(method, session) => self.sink.event(method, session.as_deref(), message),
            Peeked::Ignored => {}
        }
    }

    /// Sorts what was too large to be taken: of this many bytes only the ends are left. A call fails; of an event, such as a
    /// dialog, the long text is shortened, since a page may wait for what it brings about.
    fn dispatch_oversized(&self, head: &[u8], tail: &[u8], bytes: usize) {
        match message::peek(head, |_| None) {
            Peeked::Reply(id) => {
                if let Some(pending) = self.connection.state().pending.remove(&id) {
                    let _ = pending.reply.send(Err(CallError::TooLarge(bytes)));
                }
            }
            _ => self.dispatch(&message::join(head, tail).into()),
        }
    }

    /// Ends every call and tells the sink. The first reason stays.
    fn gone(&self, reason: &str) {
        let pending = {
            let mut state = self.connection.state();
            if state.gone.is_some() {
                return;
            }
            state.gone = Some(reason.into());
            std::mem::take(&mut state.pending)
        };
        for pending in pending.into_values() {
            let _ = pending.reply.send(Err(CallError::Gone(reason.into())));
        }
        self.connection.0.stop.cancel();
        self.sink.gone();
    }

    fn stop(&self) -> CancellationToken {
        self.connection.0.stop.clone()
    }
}

/// Takes the next messages to write, all that are there; `None` when there will be no more.
async fn next_batch(outbox: &mut mpsc::UnboundedReceiver<Vec<u8>>, batch: &mut Vec<Vec<u8>>) -> Option<()> {
    batch.clear();
    (outbox.recv_many(batch, 64).await > 0).then_some(())
}

/// A call that is under way. Dropping it forgets the call.
pub(crate) struct StartedCall {
    connection: Connection,
    id: u64,
    reply: oneshot::Receiver<Result<Bytes, CallError>>,
    answered: bool,
}

impl StartedCall {
    /// Waits for the answer.
    pub(crate) async fn wait(mut self, cx: &OpContext) -> Result<Answer, CallError> {
        let reply = tokio::time::timeout_at(cx.deadline().into(), &mut self.reply).await;
        self.answered = reply.is_ok();
        match reply {
            Ok(Ok(answer)) => answer.map(Answer),
            Ok(Err(_)) => Err(CallError::Gone("the connection ended".into())),
            Err(_) => Err(CallError::Deadline),
        }
    }
}

impl Drop for StartedCall {
    fn drop(&mut self) {
        if !self.answered {
            self.connection.forget(self.id);
        }
    }
}

/// The whole message that answers a call, not parsed yet.
#[derive(Debug)]
pub(crate) struct Answer(Bytes);

impl Answer {
    /// Reads the result, or what the browser says went wrong.
    pub(crate) fn result<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        #[derive(Deserialize)]
        struct Reply<T> {
            result: Option<T>,
            error: Option<Refusal>,
        }
        #[derive(Deserialize)]
        struct Refusal {
            #[serde(default)]
            code: i64,
            #[serde(default)]
            message: Box<str>,
        }
        let malformed = |error| CallError::Malformed(Arc::new(error));
        match message::parse::<Reply<T>>(&self.0).map_err(malformed)? {
            Reply { result: Some(result), .. } => Ok(result),
            Reply { error: Some(Refusal { code, message }), .. } => Err(CallError::Refused { code, message }),
            Reply { .. } => Err(malformed(serde::de::Error::missing_field("result"))),
        }
    }

    /// Returns the bytes of a base64 member of the result without parsing the message, where it is written so.
    pub(crate) fn base64(&self, member: &str) -> Option<&[u8]> {
        base64_member(&self.0, member)
    }
}

/// Finds `"member":"…"` whose text is base64, which needs no escapes.
pub(crate) fn base64_member<'a>(message: &'a [u8], member: &str) -> Option<&'a [u8]> {
    let key = format!("\"{member}\":\"");
    let start = memchr::memmem::find(message, key.as_bytes())? + key.len();
    let length = memchr::memchr(b'"', &message[start..])?;
    Some(&message[start..start + length])
}
