//! [`EngineBuilder`] and [`Limits`].

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::registry::Registry;
use super::slots::Slots;
use super::{Engine, Shared};
use crate::backend::BrowserBackend;
use crate::error::{Error, Result};
use crate::policy::NavigationPolicy;
use crate::provision::{LocalProvisioner, Provisioner};

/// How much and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many sessions there may be at once. Default 16.
    pub max_sessions: usize,
    /// How long `create_session` waits for a slot. Default 10 s.
    pub slot_timeout: Duration,
    /// How long opening a session may take in all. Default 40 s.
    pub create_timeout: Duration,
    /// How long a command may take unless it says otherwise. Default 30 s.
    pub command_timeout: Duration,
    /// How long a scrape may take. Default 55 s.
    pub scrape_timeout: Duration,
    /// How long a session may stand idle unless it says otherwise. Default 300 s.
    pub idle_timeout: Duration,
    /// How long a session may live unless it says otherwise. Default 3,600 s.
    pub max_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_sessions: 16,
            slot_timeout: Duration::from_secs(10),
            create_timeout: Duration::from_secs(40),
            command_timeout: Duration::from_secs(30),
            scrape_timeout: Duration::from_secs(55),
            idle_timeout: Duration::from_secs(300),
            max_lifetime: Duration::from_secs(3600),
        }
    }
}

/// Configures an [`Engine`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct EngineBuilder {
    backends: Vec<Arc<dyn BrowserBackend>>,
    provisioner: Arc<dyn Provisioner>,
    policy: NavigationPolicy,
    limits: Limits,
}

impl EngineBuilder {
    pub(super) fn new() -> Self {
        Self {
            backends: Vec::new(),
            provisioner: Arc::new(LocalProvisioner::new()),
            policy: NavigationPolicy::new(),
            limits: Limits::default(),
        }
    }

    /// Adds a backend. The first one is the default; others are chosen by
    /// [`SessionOptions::backend`](crate::SessionOptions::backend) and
    /// [`SessionOptions::browser`](crate::SessionOptions::browser).
    pub fn backend(mut self, backend: impl BrowserBackend) -> Self {
        self.backends.push(Arc::new(backend));
        self
    }

    /// Replaces where browsers come from.
    pub fn provisioner(mut self, provisioner: impl Provisioner) -> Self {
        self.provisioner = Arc::new(provisioner);
        self
    }

    /// Replaces the policy on what may be visited.
    pub fn policy(mut self, policy: NavigationPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how many sessions there may be at once.
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.limits.max_sessions = max;
        self
    }

    /// Sets how long `create_session` waits for a slot.
    pub fn slot_timeout(mut self, timeout: Duration) -> Self {
        self.limits.slot_timeout = timeout;
        self
    }

    /// Sets how long opening a session may take in all.
    pub fn create_timeout(mut self, timeout: Duration) -> Self {
        self.limits.create_timeout = timeout;
        self
    }

    /// Sets how long a command may take unless it says otherwise.
    pub fn command_timeout(mut self, timeout: Duration) -> Self {
        self.limits.command_timeout = timeout;
        self
    }

    /// Sets how long a scrape may take.
    pub fn scrape_timeout(mut self, timeout: Duration) -> Self {
        self.limits.scrape_timeout = timeout;
        self
    }

    /// Sets how long a session may stand idle unless it says otherwise.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.limits.idle_timeout = timeout;
        self
    }

    /// Sets how long a session may live unless it says otherwise.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.limits.max_lifetime = lifetime;
        self
    }

    /// Makes the engine. Starts no browser and needs no runtime yet.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) without a backend, with two of one name and browser, or
    /// with a limit of zero.
    pub fn build(self) -> Result<Engine> {
        if self.backends.is_empty() {
            return Err(Error::invalid("backend", "an engine needs a backend, such as CdpBackend::launch(..)"));
        }
        for (index, backend) in self.backends.iter().enumerate() {
            let info = backend.info();
            let same = |other: &Arc<dyn BrowserBackend>| {
                let other = other.info();
                other.name == info.name
                    && (other.serves == info.serves || other.serves.is_none() || info.serves.is_none())
            };
            if self.backends[..index].iter().any(same) {
                return Err(Error::invalid("backend", format!("there are two backends of the name {}", info.name)));
            }
        }
        let Limits {
            max_sessions, command_timeout, scrape_timeout, create_timeout, idle_timeout, max_lifetime, ..
        } = &self.limits;
        if *max_sessions == 0 || *max_sessions > 10_000 {
            return Err(Error::invalid("max_sessions", "max_sessions must be 1 to 10000"));
        }
        for (field, limit) in [
            ("command_timeout", command_timeout),
            ("scrape_timeout", scrape_timeout),
            ("create_timeout", create_timeout),
            ("idle_timeout", idle_timeout),
            ("max_lifetime", max_lifetime),
        ] {
            if limit.is_zero() {
                return Err(Error::invalid(field, format!("{field} must be above zero")));
            }
        }
        Ok(Engine(Arc::new(Shared {
            backends: self.backends,
            provisioner: self.provisioner,
            policy: self.policy,
            registry: Registry::default(),
            slots: Slots::new(*max_sessions),
            tasks: TaskTracker::new(),
            closing: AtomicBool::new(false),
            reaping: AtomicBool::new(false),
            limits: self.limits,
        })))
    }
}
