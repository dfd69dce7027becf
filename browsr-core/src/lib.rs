//! The engine of browsr: traits, sessions, commands, the scrape pipeline and Markdown. It names no browser protocol
//! and no web framework.
//!
//! Most programs link the facade crate `browsr`. Link this one to write a backend: implement [`BrowserBackend`] and
//! [`Session`]. Start reading at [`Session`] for the primitives, and at [`Engine`] for what is built on them.

pub mod backend;
pub mod capability;
pub mod command;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod context;
pub mod cookie;
pub mod engine;
pub mod error;
#[cfg(feature = "testing")]
pub mod fake;
pub mod input;
pub mod markdown;
pub mod navigation;
pub mod observe;
pub mod options;
pub mod policy;
#[cfg(feature = "process")]
pub mod process;
pub mod provision;
pub mod scrape;
pub mod script;
pub mod session;
pub mod types;

pub use backend::{BackendInfo, BrowserBackend, Endpoint};
pub use capability::Capabilities;
pub use command::Command;
pub use context::OpContext;
pub use cookie::{Cookie, CookieFilter, OriginState, SameSite, StorageItem, StorageState};
pub use engine::{Engine, EngineBuilder, SessionHandle, SessionInfo};
pub use error::{Error, ErrorKind, Result, Retry};
pub use navigation::{Download, NavigateTo, Navigation, Notes, Redirect, Refresh};
pub use observe::{InteractiveElement, Observation, ObserveOptions};
pub use options::{DialogPolicy, Isolation, PopupPolicy, SessionOptions, UserAgent};
pub use policy::NavigationPolicy;
pub use scrape::settle::{NetworkActivity, Repeats};
pub use scrape::{Format, Frames, HiddenText, Scrape, ScrapeAction, ScrapeRequest, WaitUntil};
pub use session::{
    FrameRef, ScreenshotArea, ScreenshotOptions, Script, ScriptForm, Session, SessionDescriptor, SessionId, World,
};
pub use types::{EncodedImage, ImageFormat, Point, Rect, Viewport};
