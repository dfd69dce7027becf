//! [`Session`]: the primitives that a backend implements, about a dozen, and the values that they take and give.
//!
//! Commands are not here: they live once, in [`command`](crate::command), over these primitives. Users drive sessions
//! through [`SessionHandle`](crate::SessionHandle), which adds turns, deadlines and error context.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::cookie::{Cookie, CookieFilter, OriginState};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{ActionOutcome, Input};
use crate::navigation::{NavigateTo, Navigation, Notes, Refresh};
use crate::scrape::settle::NetworkActivity;
use crate::types::{EncodedImage, ImageFormat, Rect, Viewport};

/// A live page context in a browser, as a backend provides it: primitives only.
///
/// Every call carries its deadline in an [`OpContext`] and must end by it. No call may wait without being raced
/// against dialogs, crashes and the loss of the browser. All calls take `&self`; the engine runs one command at a
/// time, but [`ping`](Self::ping), [`interrupt`](Self::interrupt) and [`close`](Self::close) may come at any time.
///
/// "The page" is the session's current page: with [`PopupPolicy::Follow`](crate::PopupPolicy::Follow) a page that the
/// page opened during input takes its place until it closes.
#[async_trait]
pub trait Session: fmt::Debug + Send + Sync + 'static {
    /// Returns what another process needs to [`attach`](crate::BrowserBackend::attach).
    fn descriptor(&self) -> SessionDescriptor;

    /// Returns what this session can do natively.
    fn capabilities(&self) -> Capabilities;

    /// Returns whether the browser or its connection is known to be gone. Cheap; asked every second or so.
    fn is_lost(&self) -> bool;

    /// Goes somewhere and waits until the new document has loaded.
    ///
    /// A fragment returns at once with `same_document: true`, a `204` answer and a download with `committed: false`. A
    /// network error is [`NavigationFailed`](ErrorKind::NavigationFailed), never success on an error page; an HTTP error
    /// status is success, with or without a body, and so is a document whose body breaks off, with `incomplete: true`. At
    /// the deadline the load is stopped and the error is [`Timeout`](ErrorKind::Timeout); what had been loaded stays.
    ///
    /// CDP [`Page.navigate`](https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-navigate); W3C
    /// [Navigate To](https://www.w3.org/TR/webdriver2/#navigate-to).
    async fn navigate(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation>;

    /// Waits for a navigation that input has started, by these rules:
    ///
    /// 1. One is pending or loading: waits for load, abort or download (the last two give `committed: false`). An error
    ///    page is [`NavigationFailed`](ErrorKind::NavigationFailed).
    /// 2. One has happened since the last input: returns at once.
    /// 3. Input was the last thing done: gives a navigation up to 500 ms after the input to begin, then returns with
    ///    `committed: false`.
    /// 4. Otherwise returns at once.
    async fn wait_for_navigation(&self, cx: &OpContext) -> Result<Navigation>;

    /// Runs a script in the page and returns its result as JSON; promises are awaited.
    ///
    /// A script that throws is [`JavascriptError`](ErrorKind::JavascriptError) with `name` and `message` in the
    /// detail. Where the document is replaced meanwhile, an idempotent script runs once more in the new one; any other
    /// is [`StaleElementReference`](ErrorKind::StaleElementReference).
    ///
    /// CDP [`Runtime.callFunctionOn`](https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#method-callFunctionOn);
    /// W3C [Execute Script](https://www.w3.org/TR/webdriver2/#execute-script).
    async fn evaluate(&self, script: &Script, cx: &OpContext) -> Result<Value>;

    /// Returns a reference to the frame whose `<iframe>` or `<frame>` element the script returns.
    ///
    /// Anything else is [`NoSuchFrame`](ErrorKind::NoSuchFrame); so is using a reference after the frame went away.
    async fn frame(&self, locate: &Script, cx: &OpContext) -> Result<FrameRef>;

    /// Dispatches trusted input in order, and returns when it has been dispatched and its immediate consequences are
    /// known. Never waits for a page to load. On any error held buttons and keys are released.
    ///
    /// CDP [`Input`](https://chromedevtools.github.io/devtools-protocol/tot/Input/); W3C
    /// [Perform Actions](https://www.w3.org/TR/webdriver2/#perform-actions).
    async fn perform_actions(&self, input: &Input, cx: &OpContext) -> Result<ActionOutcome>;

    /// Takes an image of the viewport, the whole document, or a rectangle of the document. Scroll position and
    /// viewport are afterwards as before. PNG always works; the other formats need [`Capabilities::jpeg`] or
    /// [`Capabilities::webp`].
    async fn screenshot(&self, options: &ScreenshotOptions, cx: &OpContext) -> Result<EncodedImage>;

    /// Gives the page exactly this viewport, popups included, or fails naming what was got.
    async fn set_viewport(&self, viewport: Viewport, cx: &OpContext) -> Result<()>;

    /// Returns the cookies: of all domains with [`Capabilities::all_cookies`], else of the current document.
    async fn cookies(&self, cx: &OpContext) -> Result<Vec<Cookie>>;

    /// Sets cookies. A cookie without domain and URL belongs to the current document.
    async fn set_cookies(&self, cookies: &[Cookie], cx: &OpContext) -> Result<()>;

    /// Deletes the cookies that the filter selects.
    async fn delete_cookies(&self, filter: &CookieFilter, cx: &OpContext) -> Result<()>;

    /// Checks that the page answers. Not queued behind a command. A page with an open dialog or a pending navigation
    /// is alive.
    async fn ping(&self, cx: &OpContext) -> Result<()>;

    /// Closes what this session opened, and releases the browser. Idempotent, best effort, asks no `beforeunload`.
    async fn close(&self, cx: &OpContext) -> Result<()>;

    /// Streams frames as the page changes. Needs [`Capabilities::screencast`].
    async fn screencast(&self, options: &ScreencastOptions, cx: &OpContext) -> Result<FrameStream> {
        let _ = (options, cx);
        Err(Error::unsupported("this backend has no native screencast; take screenshots, or use the cdp backend"))
    }

    /// Sends a raw DevTools command to the page and returns its result. Needs [`Capabilities::raw_cdp`].
    async fn send_cdp(&self, method: &str, params: Value, cx: &OpContext) -> Result<Value> {
        let _ = (method, params, cx);
        Err(Error::unsupported("this backend speaks no DevTools protocol; use the cdp backend"))
    }

    /// Adds a script that runs in every new document before those of the page. Needs [`Capabilities::init_script`].
    async fn add_init_script(&self, source: &str, cx: &OpContext) -> Result<()> {
        let _ = (source, cx);
        Err(Error::unsupported("this backend has no init scripts; use the cdp backend"))
    }

    /// Gives files to the `<input type=file>` that the script returns. Needs [`Capabilities::file_upload`].
    async fn set_files(&self, locate: &Script, paths: &[PathBuf], cx: &OpContext) -> Result<()> {
        let _ = (locate, paths, cx);
        Err(Error::unsupported("this backend cannot upload files; use the cdp backend"))
    }

    /// Writes `localStorage` of origins without touching the network. Needs [`Capabilities::origin_restore`].
    async fn restore_origins(&self, origins: &[OriginState], cx: &OpContext) -> Result<()> {
        let _ = (origins, cx);
        Err(Error::unsupported("this backend cannot write storage of origins that are not open"))
    }

    /// Frees a page that hangs: dismisses dialogs, stops the load and the running script. Needs
    /// [`Capabilities::interrupt`].
    async fn interrupt(&self, cx: &OpContext) -> Result<()> {
        let _ = cx;
        Err(Error::unsupported("this backend cannot interrupt a page; close the session"))
    }

    /// Returns what is known of the network requests of the page, where [`Capabilities::network_activity`] is declared.
    fn network_activity(&self) -> Option<NetworkActivity> {
        None
    }

    /// Returns the refresh that the document has announced and that has not begun, by `<meta http-equiv=refresh>` or by
    /// the header `Refresh`, as soon as that is known of a document that has loaded. By default none is seen.
    ///
    /// HTML [shared declarative refresh](https://html.spec.whatwg.org/multipage/document-lifecycle.html#shared-declarative-refresh-steps).
    async fn pending_refresh(&self, cx: &OpContext) -> Result<Option<Refresh>> {
        let _ = cx;
        Ok(None)
    }

    /// Takes what has happened since the last time beside the results of calls. Cheap. By default nothing is noted.
    fn take_notes(&self) -> Notes {
        Notes::default()
    }
}

/// The name of a session, unique and hard to guess.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Makes a new id: `session-` and a random UUID.
    pub fn random() -> Self {
        Self(format!("session-{}", uuid::Uuid::new_v4()).into())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SessionId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for SessionId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Enough to find a session again from another process. Contains no secret but an endpoint that may hold one, so
/// `Debug` leaves the endpoint's query and user info out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionDescriptor {
    /// The backend, as [`BackendInfo::name`](crate::BackendInfo::name).
    pub backend: String,
    /// The remote endpoint; none for a browser that this process launched, which ends with it.
    pub endpoint: Option<Url>,
    /// The backend's own key: a target or WebDriver session id.
    pub key: String,
}

impl SessionDescriptor {
    /// Makes a descriptor.
    pub fn new(backend: impl Into<String>, endpoint: Option<Url>, key: impl Into<String>) -> Self {
        Self { backend: backend.into(), endpoint, key: key.into() }
    }
}

impl fmt::Debug for SessionDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionDescriptor")
            .field("backend", &self.backend)
            .field("endpoint", &self.endpoint.as_ref().map(crate::policy::redact_url))
            .field("key", &self.key)
            .finish()
    }
}

/// A script and where to run it.
///
/// `Debug` leaves the arguments out: they may hold typed text.
#[derive(Clone)]
#[non_exhaustive]
pub struct Script {
    /// JavaScript source, read as `form` says.
    pub source: Cow<'static, str>,
    /// JSON arguments of the function.
    pub args: Vec<Value>,
    /// The frame to run in.
    pub frame: FrameRef,
    /// The world to run in.
    pub world: World,
    /// What the source is.
    pub form: ScriptForm,
    /// Whether running it twice does no harm.
    pub idempotent: bool,
}

impl Script {
    /// Makes a script of a function expression: runs in the engine's own world of the main frame, once.
    pub fn function(source: impl Into<Cow<'static, str>>) -> Self {
        Self {
            source: source.into(),
            args: Vec::new(),
            frame: FrameRef::MAIN,
            world: World::Engine,
            form: ScriptForm::Function,
            idempotent: false,
        }
    }

    /// Makes a script of an expression or statements, run among the globals of the page.
    pub fn expression(source: impl Into<Cow<'static, str>>) -> Self {
        Self { world: World::Page, form: ScriptForm::Expression, ..Self::function(source) }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, value: impl Into<Value>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Chooses the frame.
    #[must_use]
    pub fn in_frame(mut self, frame: &FrameRef) -> Self {
        self.frame = frame.clone();
        self
    }

    /// Chooses the world.
    #[must_use]
    pub const fn in_world(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    /// Declares that running it twice does no harm.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("bytes", &self.source.len())
            .field("args", &self.args.len())
            .field("frame", &self.frame)
            .field("world", &self.world)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// What the source of a [`Script`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptForm {
    /// A function expression, called with the arguments. Its result comes back as plain JSON; `undefined` is `null`.
    Function,
    /// An expression or statements, as typed into a console, without arguments. Its completion value comes back in the
    /// form of a DevTools
    /// [`RemoteObject`](https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#type-RemoteObject) by value:
    /// `{"type", "subtype"?, "value"?, "unserializableValue"?, "description"?}`.
    Expression,
}

/// The JavaScript world that a script runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum World {
    /// The engine's own: the same document, but not the globals of the page, where the backend has such a thing.
    Engine,
    /// The page's: its globals are visible and assignable.
    Page,
}

/// A frame of the page. Opaque, made by [`Session::frame`], good until the frame navigates or goes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FrameRef(Option<Arc<str>>);

impl FrameRef {
    /// The main frame.
    pub const MAIN: Self = Self(None);

    /// Makes a reference out of a backend's token.
    pub fn new(token: impl Into<Arc<str>>) -> Self {
        Self(Some(token.into()))
    }

    /// Returns the backend's token; none for the main frame.
    pub fn token(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Returns whether this is the main frame.
    pub const fn is_main(&self) -> bool {
        self.0.is_none()
    }
}

/// What a screenshot shows, and how it is encoded.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ScreenshotOptions {
    /// The part of the document.
    pub area: ScreenshotArea,
    /// The encoding.
    pub format: ImageFormat,
    /// 0 to 100, for lossy formats; none for the browser's own choice.
    pub quality: Option<u8>,
}

impl ScreenshotOptions {
    /// The viewport, as PNG.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses the part of the document.
    #[must_use]
    pub const fn with_area(mut self, area: ScreenshotArea) -> Self {
        self.area = area;
        self
    }

    /// Chooses the encoding.
    #[must_use]
    pub const fn with_format(mut self, format: ImageFormat) -> Self {
        self.format = format;
        self
    }

    /// Chooses the quality of a lossy format.
    #[must_use]
    pub const fn with_quality(mut self, quality: Option<u8>) -> Self {
        self.quality = quality;
        self
    }
}

/// The part of a document that a screenshot shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum ScreenshotArea {
    /// What the viewport shows.
    #[default]
    Viewport,
    /// The whole document.
    FullPage,
    /// A rectangle in document coordinates of the main frame, in CSS pixels.
    Clip(Rect),
}

/// How frames are wanted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScreencastOptions {
    /// The encoding.
    pub format: ImageFormat,
    /// 0 to 100, for lossy formats.
    pub quality: u8,
    /// The largest width in device pixels; frames are scaled down to it.
    pub max_width: u32,
    /// The largest height in device pixels.
    pub max_height: u32,
}

impl Default for ScreencastOptions {
    /// JPEG at quality 80, at most 1280 by 720.
    fn default() -> Self {
        Self { format: ImageFormat::Jpeg, quality: 80, max_width: 1280, max_height: 720 }
    }
}

/// One image of a screencast.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScreencastFrame {
    /// The image, base64 as the browser sent it.
    pub base64: Bytes,
    /// How it is encoded.
    pub format: ImageFormat,
    /// When it arrived, after the start of the screencast.
    pub at: Duration,
}

impl ScreencastFrame {
    /// Makes a frame.
    pub const fn new(base64: Bytes, format: ImageFormat, at: Duration) -> Self {
        Self { base64, format, at }
    }
}

/// A stream of frames; ends with the page. Dropping it stops the screencast.
pub struct FrameStream(Pin<Box<dyn Stream<Item = Result<ScreencastFrame>> + Send>>);

impl FrameStream {
    /// Wraps a stream.
    pub fn new(stream: impl Stream<Item = Result<ScreencastFrame>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl Stream for FrameStream {
    type Item = Result<ScreencastFrame>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for FrameStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameStream").finish_non_exhaustive()
    }
}

/// Turns the envelope that [`envelope`](crate::script::envelope) makes back into a value or an error.
///
/// # Errors
///
/// [`JavascriptError`](ErrorKind::JavascriptError) where the script threw, with `name` and `message` in the detail;
/// [`Unexpected`](ErrorKind::Unexpected) where the text is no envelope.
pub fn open_envelope(text: &str) -> Result<Value> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(default)]
        v: Value,
        e: Option<Thrown>,
    }
    #[derive(Deserialize)]
    struct Thrown {
        name: String,
        message: String,
    }
    let envelope: Envelope = serde_json::from_str(text).map_err(|source| {
        Error::new(ErrorKind::Unexpected, "the page answered a script with something that is no result")
            .with_source(source)
    })?;
    match envelope.e {
        None => Ok(envelope.v),
        Some(thrown) => Err(Error::new(ErrorKind::JavascriptError, format!("{}: {}", thrown.name, thrown.message))
            .with_detail(serde_json::json!({ "name": thrown.name, "message": thrown.message }))),
    }
}
