//! [`Pool`]: the browsers of a backend, which of them are shared and by whom, and how many there may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use browsr_core::process;
use browsr_core::{Error, ErrorKind, OpContext, Result};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::browser::Browser;
use crate::launch::{HOMES, Kind};
use crate::lock;
use crate::options::LaunchOptions;

/// How long a browser of an owner who has no session is kept.
const IDLE: Duration = Duration::from_secs(60);

/// How often is looked whether an owner has sessions.
const LOOK: Duration = Duration::from_secs(5);

/// How much memory a browser with a few pages takes, for how many there are by default.
const MEMORY_OF_ONE: u64 = 512 << 20;

/// When to try again where all browsers are in use.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Who shares a browser: the sessions of one owner, or those that have none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) owner: Option<String>,
    pub(crate) kind: Kind,
}

/// A place for a shared browser. It is locked while one starts, so that only one does.
type Place = Arc<tokio::sync::Mutex<Option<Arc<Browser>>>>;

#[derive(Debug)]
pub(crate) struct Pool {
    options: LaunchOptions,
    shared: Mutex<HashMap<Key, Place>>,
    /// Browsers of one session each.
    own: Mutex<Vec<Weak<Browser>>>,
    max_browsers: usize,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
    swept: OnceLock<()>,
}

impl Pool {
    pub(crate) fn new(options: LaunchOptions, tasks: TaskTracker) -> Self {
        let max_browsers = options.max_browsers.unwrap_or_else(by_memory).max(1);
        Self {
            options,
            shared: Mutex::default(),
            own: Mutex::default(),
            max_browsers,
            room: Arc::new(Semaphore::new(max_browsers)),
            tasks,
            swept: OnceLock::new(),
        }
    }

    pub(crate) const fn options(&self) -> &LaunchOptions {
        &self.options
    }

    /// The browsers that answer; without any that is just starting.
    pub(crate) fn living(&self) -> Vec<Arc<Browser>> {
        let shared =
            self.places().into_iter().filter_map(|place| place.try_lock().ok().and_then(|place| place.clone()));
        let mut all: Vec<_> = shared.collect();
        let mut own = lock(&self.own);
        own.retain(|browser| browser.strong_count() > 0);
        all.extend(own.iter().filter_map(Weak::upgrade));
        all.retain(|browser| !browser.is_gone());
        all
    }

    fn places(&self) -> Vec<Place> {
        lock(&self.shared).values().cloned().collect()
    }

    /// Returns a browser for one session alone.
    pub(crate) async fn own(self: &Arc<Self>, kind: &Kind, cx: &OpContext) -> Result<Arc<Browser>> {
        let room = self.room(cx).await?;
        let browser = Arc::new(self.start(kind, room, cx).await?);
        lock(&self.own).push(Arc::downgrade(&browser));
        Ok(browser)
    }

    /// Returns the browser that is shared by this key, starting one if there is none that lives.
    pub(crate) async fn shared(self: &Arc<Self>, key: &Key, cx: &OpContext) -> Result<Arc<Browser>> {
        let mut place = self.enter(key, cx).await?;
        if let Some(browser) = place.as_ref().filter(|browser| !browser.is_gone()) {
            return Ok(Arc::clone(browser));
        }
        *place = None;
        let room = self.room(cx).await?;
        // In a task of its own: who waits may give up, and the next finds the browser started.
        let (pool, key) = (Arc::clone(self), key.clone());
        let (sender, started) = oneshot::channel();
        self.tasks.spawn(async move {
            let cx = OpContext::within(pool.options.timeout);
            let result = pool.start(&key.kind, room, &cx).await.map(Arc::new);
            if let Ok(browser) = &result {
                *place = Some(Arc::clone(browser));
                if key.owner.is_some() {
                    pool.tasks.spawn(end_if_idle(Arc::downgrade(&pool), key, Arc::downgrade(browser)));
                }
            }
            drop(place);
            let _ = sender.send(result);
        });
        cx.bound("starting the browser", async {
            started.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::ProvisionFailed, "the browser did not start")))
        })
        .await
    }

    /// Ends a shared browser that does not work, so that the next is a new one.
    pub(crate) async fn discard(&self, key: &Key, browser: &Arc<Browser>, cx: &OpContext) -> Result<()> {
        let mut place = self.enter(key, cx).await?;
        if place.as_ref().is_some_and(|now| Arc::ptr_eq(now, browser)) {
            *place = None;
        }
        browser.begin_end();
        Ok(())
    }

    /// Waits for the place of a key. One that was given up meanwhile is not it any more.
    async fn enter(&self, key: &Key, cx: &OpContext) -> Result<OwnedMutexGuard<Option<Arc<Browser>>>> {
        loop {
            let place = Arc::clone(lock(&self.shared).entry(key.clone()).or_default());
            let waiting = async { Ok(Arc::clone(&place).lock_owned().await) };
            let entered = cx.bound("waiting for the browser to start", waiting).await;
            let entered = entered.map_err(|error| if self.is_full() { self.exhausted() } else { error })?;
            if lock(&self.shared).get(key).is_some_and(|now| Arc::ptr_eq(now, &place)) {
                return Ok(entered);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.room.available_permits() == 0 && !self.room.is_closed()
    }

    fn exhausted(&self) -> Error {
        let message = format!("all {} browsers are in use; close a session or try again later", self.max_browsers);
        Error::new(ErrorKind::PoolExhausted, message).with_retry_after(TRY_AGAIN)
    }

    /// Waits until there may be one browser more; those that nobody uses give way.
    async fn room(&self, cx: &OpContext) -> Result<OwnedSemaphorePermit> {
        // The rest of the time is for its start.
        let patience = cx.capped(cx.remaining() * 3 / 4);
        loop {
            if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
                return Ok(permit);
            }
            let keys: Vec<_> = lock(&self.shared).keys().cloned().collect();
            if let Some(ended) = keys.iter().find_map(|key| self.give_up(key)) {
                // Its room is free when it has ended, and no other needs to.
                let _ = tokio::time::timeout(patience.remaining().min(LOOK), ended.cancelled()).await;
            }
            // Not for long at a time: one may fall idle while we wait.
            let soon = patience.remaining().min(LOOK / 20);
            match tokio::time::timeout(soon, Arc::clone(&self.room).acquire_owned()).await {
                Ok(permit) => return permit.map_err(|_| Error::new(ErrorKind::Closed, "the backend is shut down")),
                Err(_) if patience.is_expired() => return Err(self.exhausted()),
                Err(_) => {}
            }
        }
    }

    /// Ends the browser of a key if no session uses it, and returns what tells of its end.
    fn give_up(&self, key: &Key) -> Option<CancellationToken> {
        let mut shared = lock(&self.shared);
        let idle = {
            let mut place = shared.get(key)?.try_lock().ok()?;
            if place.as_ref().is_some_and(|browser| !is_idle(browser) && !browser.is_gone()) {
                return None;
            }
            place.take()
        };
        shared.remove(key);
        idle.filter(|browser| !browser.is_gone()).map(|browser| browser.ended())
    }

    /// Forgets the place of a key whose browser has ended, unless another has taken it.
    fn forget(&self, key: &Key) {
        let mut shared = lock(&self.shared);
        let is_over =
            |place: &Place| place.try_lock().is_ok_and(|now| now.as_ref().is_none_or(|browser| browser.is_gone()));
        if shared.get(key).is_some_and(is_over) {
            shared.remove(key);
        }
    }

    async fn start(&self, kind: &Kind, room: OwnedSemaphorePermit, cx: &OpContext) -> Result<Browser> {
        if self.tasks.is_closed() {
            return Err(Error::new(ErrorKind::Closed, "the backend is shut down"));
        }
        if self.swept.set(()).is_ok() {
            // Beside the start, which does not depend on it.
            self.tasks.spawn_blocking(sweep);
        }
        let browser = Browser::launch(kind, &self.options, room, &self.tasks, cx).await?;
        tracing::info!(browser = browser.product, pid = browser.pid, "browser started");
        Ok(browser)
    }

    /// Takes all browsers, also one that is just starting.
    pub(crate) async fn take_all(&self, cx: &OpContext) -> Result<Vec<Arc<Browser>>> {
        self.room.close();
        let places: Vec<_> = lock(&self.shared).drain().map(|(_, place)| place).collect();
        let mut all: Vec<_> = lock(&self.own).drain(..).filter_map(|browser| browser.upgrade()).collect();
        for place in places {
            let taking = async { Ok(place.lock().await.take()) };
            all.extend(cx.bound("waiting for a browser that is starting", taking).await?);
        }
        Ok(all)
    }
}

/// How many browsers the memory of this machine, or what we may have of it, is enough for.
fn by_memory() -> usize {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let all = read("/proc/meminfo").split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok());
    let ours = read("/sys/fs/cgroup/memory.max").trim().parse().ok();
    let bytes = all.map(|kilobytes| kilobytes << 10).into_iter().chain(ours).min();
    bytes.map_or(16, |bytes| usize::try_from(bytes / MEMORY_OF_ONE).unwrap_or(usize::MAX).clamp(4, 64))
}

/// Removes what browsers of dead processes have left, and ends such browsers.
pub(crate) fn sweep() -> usize {
    process::sweep(HOMES)
}

/// Whether its place is all that holds it.
fn is_idle(browser: &Arc<Browser>) -> bool {
    Arc::strong_count(browser) == 1
}

/// Ends a shared browser when no session has used it for a while.
async fn end_if_idle(pool: Weak<Pool>, key: Key, browser: Weak<Browser>) {
    let Some(ended) = browser.upgrade().map(|browser| browser.ended()) else { return };
    let mut idle_since = None;
    loop {
        tokio::select! {
            () = ended.cancelled() => {
                if let Some(pool) = pool.upgrade() {
                    pool.forget(&key);
                }
                return;
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        if browser.strong_count() != 1 {
            idle_since = None;
        } else if idle_since.get_or_insert_with(Instant::now).elapsed() >= IDLE {
            let Some(pool) = pool.upgrade() else { return };
            let _ = pool.give_up(&key);
        }
    }
}
