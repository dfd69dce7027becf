//! [`Router`]: brings the events of a connection to the sessions that they belong to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use chromiumoxide::cdp::browser_protocol::target;
use chromiumoxide::cdp::js_protocol::runtime;

use crate::connection::{Connection, EventSink, SessionKey, params};
use crate::events;
use crate::state::SessionState;

/// Knows which of our sessions has which flat session, browser context and target.
#[derive(Default)]
pub(crate) struct Router {
    tables: Mutex<Tables>,
    connection: OnceLock<Connection>,
}

#[derive(Default)]
struct Tables {
    sessions: HashMap<SessionKey, Weak<SessionState>>,
    /// Contexts of our own, whose pages come to us by themselves.
    contexts: HashMap<String, Weak<SessionState>>,
    /// Targets of a browser that is not ours, to which we attach one by one.
    targets: HashMap<String, Weak<SessionState>>,
}

impl Router {
    /// Tells the router where to send what it sends by itself.
    pub(crate) fn set_connection(&self, connection: &Connection) {
        // Set once, right after the connection is made.
        let _ = self.connection.set(connection.clone());
    }

    pub(crate) fn add(&self, session: &SessionKey, state: &Arc<SessionState>) {
        self.tables().sessions.insert(Arc::clone(session), Arc::downgrade(state));
    }

    pub(crate) fn remove(&self, session: &str) {
        self.tables().sessions.remove(session);
    }

    pub(crate) fn add_context(&self, context: &str, state: &Arc<SessionState>) {
        self.tables().contexts.insert(context.to_owned(), Arc::downgrade(state));
    }

    pub(crate) fn add_target(&self, target: &str, state: &Arc<SessionState>) {
        self.tables().targets.insert(target.to_owned(), Arc::downgrade(state));
    }

    /// Forgets a session altogether.
    pub(crate) fn forget(&self, state: &SessionState) {
        let is_other = |other: &Weak<SessionState>| !std::ptr::eq(other.as_ptr(), state);
        let mut tables = self.tables();
        tables.sessions.retain(|_, other| is_other(other));
        tables.contexts.retain(|_, other| is_other(other));
        tables.targets.retain(|_, other| is_other(other));
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Nothing is left half done where the lock is held.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn root_event(&self, method: &'static str, message: &Bytes) -> Result<(), serde_json::Error> {
        match method {
            "Target.attachedToTarget" => {
                let attached: events::AttachedToTarget = params(message)?;
                let info = &attached.target_info;
                let owner = {
                    let tables = self.tables();
                    let context = info.browser_context_id.as_ref().and_then(|id| tables.contexts.get(id));
                    context.or_else(|| tables.targets.get(&info.target_id)).and_then(Weak::upgrade)
                };
                match owner {
                    Some(state) => state.attached(&attached),
                    None => self.let_go(&attached, None),
                }
            }
            "Target.detachedFromTarget" => {
                let detached: events::DetachedFromTarget = params(message)?;
                let _ = self.forward(method, &detached.session_id, message);
            }
            "Target.targetCreated" => {
                let created: events::TargetCreated = params(message)?;
                let info = created.target_info;
                let opener = info.opener_id.filter(|_| info.kind == "page");
                let owner = opener.and_then(|opener| self.tables().targets.get(&opener).and_then(Weak::upgrade));
                if let (Some(state), Some(connection)) = (owner, self.connection.get()) {
                    self.add_target(&info.target_id, &state);
                    let attach = target::AttachToTargetParams {
                        flatten: Some(true),
                        ..target::AttachToTargetParams::new(info.target_id)
                    };
                    connection.post_command(None, &attach);
                }
            }
            "Target.targetDestroyed" => {
                let destroyed: events::TargetDestroyed = params(message)?;
                self.tables().targets.remove(&destroyed.target_id);
            }
            _ => {}
        }
        Ok(())
    }

    /// Hands an event to the session that it belongs to. Returns whether there is one.
    fn forward(&self, method: &'static str, session: &str, message: &Bytes) -> bool {
        let owner = self.tables().sessions.get(session).and_then(Weak::upgrade);
        owner.inspect(|state| state.event(method, session, message)).is_some()
    }

    /// Lets a target run on that is of no use to us; the parent is the session that attached us to it.
    pub(crate) fn let_go(&self, attached: &events::AttachedToTarget, parent: Option<&SessionKey>) {
        let Some(connection) = self.connection.get() else { return };
        if attached.waiting_for_debugger {
            let session = attached.session_id.as_str().into();
            connection.post_command(Some(&session), &runtime::RunIfWaitingForDebuggerParams::default());
        }
        let detach = target::DetachFromTargetParams { session_id: Some(attached.session_id.clone().into()) };
        connection.post_command(parent, &detach);
    }
}

impl EventSink for Router {
    fn wants(&self, method: &str) -> Option<&'static str> {
        events::wanted(method)
    }

    fn event(&self, method: &'static str, session: Option<&str>, message: &Bytes) {
        let result = match session {
            None => self.root_event(method, message),
            // A child of a page that is no longer ours waits for us all the same.
            Some(session) if !self.forward(method, session, message) && method == "Target.attachedToTarget" => {
                params(message).map(|attached| self.let_go(&attached, Some(&session.into())))
            }
            Some(_) => Ok(()),
        };
        if let Err(error) = result {
            tracing::debug!(method, %error, "cannot read an event");
        }
    }

    fn gone(&self) {
        let tables = std::mem::take(&mut *self.tables());
        let all =
            tables.sessions.into_values().chain(tables.contexts.into_values()).chain(tables.targets.into_values());
        for state in all.filter_map(|state| state.upgrade()) {
            state.gone();
        }
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").field("sessions", &self.tables().sessions.len()).finish_non_exhaustive()
    }
}
