//! [`FakeBackend`]: sessions without a browser, for tests of what the engine does with sessions.
//!
//! It has no DOM, a declared capability gap: commands that need one are refused. With [`FakeBackend::with_html`] scrapes,
//! and no more, find one document everywhere. What a navigation does is chosen by the URL's path, so that a test reads
//! as what happens:
//!
//! | path | the navigation |
//! |---|---|
//! | `/slow/MS` | takes so many milliseconds |
//! | `/hang` | does not end before its deadline, and leaves the page hung until it is interrupted |
//! | `/stuck` | as `/hang`, but no interrupt helps |
//! | `/crash` | crashes the page |
//! | `/lost` | loses the browser |
//! | `/refused` | fails as a refused connection does |
//! | anything else | succeeds |

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use crate::backend::{BackendInfo, BrowserBackend, Endpoint};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::cookie::{Cookie, CookieFilter};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{ActionOutcome, Input};
use crate::navigation::{NavigateTo, Navigation};
use crate::options::SessionOptions;
use crate::session::{FrameRef, ScreenshotOptions, Script, Session, SessionDescriptor, SessionId};
use crate::types::{EncodedImage, ImageFormat, Viewport};

/// A backend without browsers. Clones share their counts, so a test keeps one to look at.
#[derive(Debug, Clone, Default)]
pub struct FakeBackend {
    counts: Arc<Counts>,
    create_latency: Duration,
    close_latency: Duration,
    fail_creation: bool,
    html: Option<Arc<str>>,
    serves: Option<&'static str>,
}

#[derive(Debug, Default)]
struct Counts {
    created: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
    interrupts: AtomicUsize,
    log: Mutex<Vec<String>>,
}

impl FakeBackend {
    /// A backend whose sessions open and close at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes opening a session take time.
    #[must_use]
    pub const fn with_create_latency(mut self, latency: Duration) -> Self {
        self.create_latency = latency;
        self
    }

    /// Makes closing a session take time.
    #[must_use]
    pub const fn with_close_latency(mut self, latency: Duration) -> Self {
        self.close_latency = latency;
        self
    }

    /// Makes opening a session fail.
    #[must_use]
    pub const fn failing(mut self) -> Self {
        self.fail_creation = true;
        self
    }

    /// Names the browser that it stands in for.
    #[must_use]
    pub const fn with_serves(mut self, browser: &'static str) -> Self {
        self.serves = Some(browser);
        self
    }

    /// Lets scrapes find this document wherever they go.
    #[must_use]
    pub fn with_html(mut self, html: impl Into<Arc<str>>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Returns how many sessions were ever opened.
    pub fn created(&self) -> usize {
        self.counts.created.load(Ordering::Acquire)
    }

    /// Returns how many sessions are open.
    pub fn open(&self) -> usize {
        self.counts.open.load(Ordering::Acquire)
    }

    /// Returns how many sessions were open at once at most.
    pub fn most_open(&self) -> usize {
        self.counts.most_open.load(Ordering::Acquire)
    }

    /// Returns how often a page was interrupted.
    pub fn interrupts(&self) -> usize {
        self.counts.interrupts.load(Ordering::Acquire)
    }

    /// Returns the navigations so far, each as `begin PATH` and `end PATH`.
    pub fn log(&self) -> Vec<String> {
        self.counts.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl BrowserBackend for FakeBackend {
    fn info(&self) -> BackendInfo {
        let info = BackendInfo::new("fake");
        self.serves.map_or(info.clone(), |browser| info.with_serves(browser))
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(self.html.as_ref())
    }

    async fn create_session(
        &self,
        _endpoint: &Endpoint,
        _options: &SessionOptions,
        cx: &OpContext,
    ) -> Result<Arc<dyn Session>> {
        cx.bound("opening a fake session", async {
            tokio::time::sleep(self.create_latency).await;
            Ok(())
        })
        .await?;
        if self.fail_creation {
            return Err(Error::new(ErrorKind::SessionNotCreated, "this fake gives no sessions"));
        }
        self.counts.created.fetch_add(1, Ordering::AcqRel);
        let open = self.counts.open.fetch_add(1, Ordering::AcqRel) + 1;
        self.counts.most_open.fetch_max(open, Ordering::AcqRel);
        Ok(Arc::new(FakeSession {
            key: SessionId::random(),
            counts: Arc::clone(&self.counts),
            close_latency: self.close_latency,
            page: Mutex::new(Page::default()),
            closed: AtomicBool::new(false),
            html: self.html.clone(),
        }))
    }

    async fn attach(&self, _descriptor: &SessionDescriptor, _cx: &OpContext) -> Result<Arc<dyn Session>> {
        Err(Error::unsupported("a fake session ends with its process"))
    }

    async fn shutdown(&self, _cx: &OpContext) -> Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct FakeSession {
    key: SessionId,
    counts: Arc<Counts>,
    close_latency: Duration,
    page: Mutex<Page>,
    closed: AtomicBool,
    html: Option<Arc<str>>,
}

/// Where a page is that has gone nowhere yet.
fn blank_unless(url: Option<Url>) -> Result<Url> {
    let blank = || Url::parse("about:blank").map_err(|e| Error::new(ErrorKind::Unexpected, "no URL").with_source(e));
    url.map_or_else(blank, Ok)
}

fn capabilities(html: Option<&Arc<str>>) -> Capabilities {
    let plain = Capabilities::INTERRUPT.union(Capabilities::ALL_COOKIES);
    if html.is_some() { plain.union(Capabilities::DOM) } else { plain }
}

#[derive(Debug, Default)]
struct Page {
    url: Option<Url>,
    state: PageState,
    cookies: Vec<Cookie>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum PageState {
    #[default]
    Well,
    Hung,
    Stuck,
    Crashed,
    Lost,
}

impl FakeSession {
    fn page(&self) -> std::sync::MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, what: &str, url: &Url) {
        self.counts.log.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{what} {}", url.path()));
    }

    /// What every call meets first.
    async fn check(&self, cx: &OpContext) -> Result<()> {
        let state = self.page().state;
        match state {
            PageState::Well => Ok(()),
            PageState::Hung | PageState::Stuck => cx.bound("waiting for a hung page", std::future::pending()).await,
            PageState::Crashed => Err(Error::new(ErrorKind::PageCrashed, "the page crashed")),
            PageState::Lost => Err(Error::new(ErrorKind::SessionLost, "the browser is gone")),
        }
    }

    fn arrive(&self, url: &Url, state: PageState) {
        let mut page = self.page();
        page.url = Some(url.clone());
        page.state = state;
    }
}

#[async_trait]
impl Session for FakeSession {
    fn descriptor(&self) -> SessionDescriptor {
        SessionDescriptor::new("fake", None, self.key.as_str())
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(self.html.as_ref())
    }

    fn is_lost(&self) -> bool {
        self.page().state == PageState::Lost
    }

    async fn navigate(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation> {
        let current = self.page().url.clone();
        let url = match to {
            NavigateTo::Url(url) => url.clone(),
            NavigateTo::Reload | NavigateTo::History(_) => blank_unless(current)?,
        };
        if self.page().state != PageState::Crashed {
            self.check(cx).await?;
        }
        self.log("begin", &url);
        let mut steps = url.path().trim_start_matches('/').split('/');
        let result = match (steps.next(), steps.next().and_then(|ms| ms.parse().ok())) {
            (Some("slow"), Some(ms)) => cx
                .bound("loading a slow page", async {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    Ok(())
                })
                .await
                .map(|()| PageState::Well),
            (Some("hang"), _) => Ok(PageState::Hung),
            (Some("stuck"), _) => Ok(PageState::Stuck),
            (Some("crash"), _) => Ok(PageState::Crashed),
            (Some("lost"), _) => Ok(PageState::Lost),
            (Some("refused"), _) => Err(Error::new(ErrorKind::NavigationFailed, "the connection was refused")),
            _ => Ok(PageState::Well),
        };
        let result = match result {
            Ok(state) => {
                self.arrive(&url, state);
                self.check(cx).await
            }
            Err(error) => Err(error),
        };
        self.log("end", &url);
        result?;
        let mut navigation = Navigation::none(url);
        navigation.committed = true;
        navigation.status = Some(200);
        Ok(navigation)
    }

    async fn wait_for_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        self.check(cx).await?;
        let url = self.page().url.clone();
        blank_unless(url).map(Navigation::none)
    }

    async fn evaluate(&self, _script: &Script, cx: &OpContext) -> Result<Value> {
        self.check(cx).await?;
        let Some(html) = &self.html else {
            return Err(Error::unsupported("a fake session has no document to run scripts in"));
        };
        let url = self.page().url.clone();
        let url = url.as_ref().map_or("about:blank", Url::as_str);
        // What the scripts of a scrape and of an observation answer.
        Ok(serde_json::json!({
            "ready": true, "url": url, "base": url, "title": "Fake", "description": null, "language": null,
            "content_type": "text/html", "status": 200, "html": &**html, "text": null, "selectors": [],
            "viewport": [1280, 720], "total": 0, "elements": [], "frames": [], "parts": ["Fake text"], "above": false,
            "cut": false, "scroll": { "x": 0, "y": 0, "height": 720 },
        }))
    }

    async fn frame(&self, _locate: &Script, _cx: &OpContext) -> Result<FrameRef> {
        Err(Error::unsupported("a fake session has no frames"))
    }

    async fn perform_actions(&self, _input: &Input, cx: &OpContext) -> Result<ActionOutcome> {
        self.check(cx).await?;
        Ok(ActionOutcome::new())
    }

    async fn screenshot(&self, _options: &ScreenshotOptions, cx: &OpContext) -> Result<EncodedImage> {
        self.check(cx).await?;
        Ok(EncodedImage::new(&b"\x89PNG\r\n\x1a\n"[..], ImageFormat::Png))
    }

    async fn set_viewport(&self, viewport: Viewport, cx: &OpContext) -> Result<()> {
        self.check(cx).await?;
        viewport.validate()
    }

    async fn cookies(&self, cx: &OpContext) -> Result<Vec<Cookie>> {
        self.check(cx).await?;
        Ok(self.page().cookies.clone())
    }

    async fn set_cookies(&self, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
        self.check(cx).await?;
        let mut page = self.page();
        for cookie in cookies {
            page.cookies.retain(|old| old.name != cookie.name || old.domain != cookie.domain);
            page.cookies.push(cookie.clone());
        }
        Ok(())
    }

    async fn delete_cookies(&self, filter: &CookieFilter, cx: &OpContext) -> Result<()> {
        self.check(cx).await?;
        self.page().cookies.retain(|cookie| !filter.matches(cookie));
        Ok(())
    }

    async fn ping(&self, cx: &OpContext) -> Result<()> {
        self.check(cx).await
    }

    async fn close(&self, _cx: &OpContext) -> Result<()> {
        if !self.closed.swap(true, Ordering::AcqRel) {
            tokio::time::sleep(self.close_latency).await;
            self.counts.open.fetch_sub(1, Ordering::AcqRel);
        }
        Ok(())
    }

    async fn interrupt(&self, cx: &OpContext) -> Result<()> {
        self.counts.interrupts.fetch_add(1, Ordering::AcqRel);
        let state = self.page().state;
        match state {
            PageState::Hung => {
                self.page().state = PageState::Well;
                Ok(())
            }
            PageState::Stuck => cx.bound("waiting for a stuck page", std::future::pending()).await,
            _ => Ok(()),
        }
    }
}
