//! [`Bidi`]: a connection by [WebDriver BiDi](https://w3c.github.io/webdriver-bidi/) beside the classic one, for events
//! and for what classic lacks.
//!
//! Events are handled in the reader, at once: nothing queues up. Prompts are answered there, never by a command.

mod events;
mod failure;
mod moves;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use browsr_core::OpContext;
use browsr_core::options::{DialogPolicy, SessionOptions};
use fantoccini::error::ErrorStatus;
use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::error::{CallError, Refusal};

pub(crate) use events::Events;
pub(crate) use failure::in_words_of_chrome;
pub(crate) use moves::{Ending, Moves, error_page};

/// The largest frame and message that a driver may send.
const MAX_FRAME: usize = 64 << 20;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Answer = Result<Value, CallError>;

/// A BiDi connection of a session. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Bidi {
    shared: Arc<Shared>,
    url: Url,
    _guard: DropGuard,
}

#[derive(Debug)]
struct Shared {
    outbox: mpsc::UnboundedSender<String>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    next: AtomicU64,
    events: Mutex<Events>,
    /// The DevTools sessions of pages and frames, by their context.
    target_sessions: Mutex<HashMap<String, String>>,
    dialogs: DialogPolicy,
    /// Cancelled when the connection is gone.
    gone: CancellationToken,
}

#[derive(Deserialize)]
struct Incoming<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<&'a str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<String>,
    message: Option<String>,
}

impl Bidi {
    /// Connects, and subscribes to what a session needs to hear.
    pub(crate) async fn connect(url: &Url, options: &SessionOptions, cx: &OpContext) -> Result<Self, CallError> {
        let config = WebSocketConfig::default().max_frame_size(Some(MAX_FRAME)).max_message_size(Some(MAX_FRAME));
        let connector =
            if url.scheme() == "wss" { Connector::Rustls(crate::wire::tls_config()) } else { Connector::Plain };
        let opening =
            tokio_tungstenite::connect_async_tls_with_config(url.as_str(), Some(config), true, Some(connector));
        let (socket, _) = tokio::time::timeout_at(cx.deadline().into(), opening)
            .await
            .map_err(|_| CallError::Deadline)?
            .map_err(|error| CallError::Gone(error.to_string()))?;
        let stop = CancellationToken::new();
        let (outbox, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            outbox,
            waiting: Mutex::default(),
            next: AtomicU64::new(1),
            events: Mutex::new(Events::new(options.max_pages as usize)),
            target_sessions: Mutex::default(),
            dialogs: options.dialogs,
            gone: CancellationToken::new(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(converse(socket, inbox, Arc::clone(&shared), stop.clone()));
        let bidi = Self { shared, url: url.clone(), _guard: stop.drop_guard() };
        let events = [
            "browsingContext",
            "network.authRequired",
            "network.beforeRequestSent",
            "network.responseStarted",
            "network.responseCompleted",
            "network.fetchError",
        ];
        // The windows that are there are told of in the same way, and stay, however many they are.
        bidi.events().expected = usize::MAX;
        bidi.call("session.subscribe", &json!({ "events": events }), cx).await?;
        bidi.events().expected = 0;
        // The browser would ask for a password in a window that nobody sees, and the page would wait for it.
        bidi.call("network.addIntercept", &json!({ "phases": ["authRequired"] }), cx).await?;
        Ok(bidi)
    }

    /// Returns where it is connected to.
    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the signal that the connection is gone.
    pub(crate) fn gone(&self) -> &CancellationToken {
        &self.shared.gone
    }

    /// Returns what has been heard.
    pub(crate) fn events(&self) -> MutexGuard<'_, Events> {
        lock(&self.shared.events)
    }

    /// Returns the DevTools sessions that are known.
    pub(crate) fn target_sessions(&self) -> MutexGuard<'_, HashMap<String, String>> {
        lock(&self.shared.target_sessions)
    }

    /// Sends a command whose answer nobody needs.
    pub(crate) fn post(&self, method: &str, params: &Value) {
        self.shared.post(method, params);
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn call(&self, method: &str, params: &Value, cx: &OpContext) -> Answer {
        if cx.is_expired() {
            return Err(CallError::Deadline);
        }
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        lock(&self.shared.waiting).insert(id, sender);
        let _forget = Forget { shared: &self.shared, id };
        self.shared.send(id, method, params);
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(gone())),
            () = self.shared.gone.cancelled() => Err(gone()),
            () = tokio::time::sleep_until(cx.deadline().into()) => Err(CallError::Deadline),
        }
    }
}

/// Reads a result, in which a page may have put half a surrogate pair.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let mended = browsr_core::script::mend_surrogates(text.as_bytes());
        mended.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    })
}

/// Stops waiting for an answer, however that ends.
struct Forget<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(&self.shared.waiting).remove(&self.id);
    }
}

impl Shared {
    fn send(&self, id: u64, method: &str, params: &Value) {
        // Where nobody takes it any more, the waiting ends by `gone`.
        let _ = self.outbox.send(json!({ "id": id, "method": method, "params": params }).to_string());
    }

    /// Sends a command whose answer nobody needs.
    fn post(&self, method: &str, params: &Value) {
        self.send(self.next.fetch_add(1, Ordering::Relaxed), method, params);
    }

    fn hear(&self, text: &str) {
        let Ok(incoming) = serde_json::from_str::<Incoming<'_>>(text) else {
            tracing::debug!(bytes = text.len(), "a BiDi message could not be read");
            return;
        };
        if let Some(id) = incoming.id {
            let Some(sender) = lock(&self.waiting).remove(&id) else { return };
            let answer = match (incoming.error, incoming.result) {
                (None, Some(result)) => Ok(value(result.get())),
                (error, _) => Err(refusal(error.as_deref(), incoming.message)),
            };
            let _ = sender.send(answer);
        } else if let (Some(method), Some(params)) = (incoming.method, incoming.params) {
            let answer = lock(&self.events).hear(method, params, self.dialogs);
            if let Some((method, params)) = answer {
                self.post(method, &params);
            }
        }
    }
}

async fn converse(
    socket: Socket,
    mut inbox: mpsc::UnboundedReceiver<String>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let _gone = shared.gone.clone().drop_guard();
    let (mut to_driver, mut from_driver): (_, SplitStream<Socket>) = socket.split();
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                let _ = to_driver.close().await;
                return;
            }
            text = inbox.recv() => {
                let Some(text) = text else { return };
                if to_driver.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            message = from_driver.next() => match message {
                Some(Ok(Message::Text(text))) => shared.hear(&text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

fn refusal(error: Option<&str>, message: Option<String>) -> CallError {
    let status = error.and_then(|error| error.parse().ok()).unwrap_or(ErrorStatus::UnknownError);
    let status = match error {
        Some("no such frame") => ErrorStatus::NoSuchWindow,
        _ => status,
    };
    CallError::Refused(Refusal { status, message: message.unwrap_or_default(), prompt: None })
}

fn gone() -> CallError {
    CallError::Gone("the driver has closed the connection".to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where a lock is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
