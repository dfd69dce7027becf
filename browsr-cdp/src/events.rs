//! The events that are handled, with the members that are used. Everything else in them may change its shape freely.

use serde::Deserialize;

macro_rules! wanted {
    ($($name:literal),* $(,)?) => {
        /// Returns the name of an event that is handled.
        pub(crate) fn wanted(method: &str) -> Option<&'static str> {
            match method {
                $($name => Some($name),)*
                _ => None,
            }
        }
    };
}

wanted! {
    "Fetch.authRequired",
    "Fetch.requestPaused",
    "Inspector.targetCrashed",
    "Inspector.targetReloadedAfterCrash",
    "Network.dataReceived",
    "Network.eventSourceMessageReceived",
    "Network.loadingFailed",
    "Network.loadingFinished",
    "Network.requestWillBeSent",
    "Network.responseReceived",
    "Network.responseReceivedExtraInfo",
    "Network.webSocketClosed",
    "Network.webSocketCreated",
    "Network.webSocketFrameReceived",
    "Page.downloadProgress",
    "Page.downloadWillBegin",
    "Page.frameClearedScheduledNavigation",
    "Page.frameDetached",
    "Page.frameNavigated",
    "Page.frameRequestedNavigation",
    "Page.frameScheduledNavigation",
    "Page.frameStartedNavigating",
    "Page.frameStoppedLoading",
    "Page.javascriptDialogClosed",
    "Page.javascriptDialogOpening",
    "Page.lifecycleEvent",
    "Page.navigatedWithinDocument",
    "Page.screencastFrame",
    "Runtime.executionContextCreated",
    "Runtime.executionContextDestroyed",
    "Runtime.executionContextsCleared",
    "Target.attachedToTarget",
    "Target.detachedFromTarget",
    "Target.targetCreated",
    "Target.targetDestroyed",
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachedToTarget {
    pub(crate) session_id: String,
    /// Whatever becomes of its shape, a target that waits must be resumed.
    #[serde(default)]
    pub(crate) target_info: TargetInfo,
    #[serde(default)]
    pub(crate) waiting_for_debugger: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TargetCreated {
    pub(crate) target_info: TargetInfo,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TargetInfo {
    pub(crate) target_id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) url: String,
    pub(crate) opener_id: Option<String>,
    pub(crate) browser_context_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DetachedFromTarget {
    pub(crate) session_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TargetDestroyed {
    pub(crate) target_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FrameDetached {
    pub(crate) frame_id: String,
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FrameNavigated {
    pub(crate) frame: FrameInfo,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FrameInfo {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) loader_id: String,
    #[serde(default)]
    pub(crate) url: String,
    pub(crate) url_fragment: Option<String>,
    pub(crate) mime_type: Option<String>,
    pub(crate) unreachable_url: Option<String>,
}

/// Several events about one frame.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FrameEvent {
    pub(crate) frame_id: String,
    #[serde(default)]
    pub(crate) loader_id: String,
    #[serde(default)]
    pub(crate) url: String,
    /// Of a lifecycle event.
    #[serde(default)]
    pub(crate) name: String,
    /// Of a requested navigation: where the new document goes.
    pub(crate) disposition: Option<String>,
    /// Of a started navigation: whether the document stays.
    pub(crate) navigation_type: Option<String>,
    /// Of a scheduled navigation, in seconds.
    #[serde(default)]
    pub(crate) delay: f64,
    /// Of a scheduled navigation: what makes it.
    #[serde(default)]
    pub(crate) reason: String,
    /// Of a download.
    pub(crate) suggested_filename: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DownloadProgress {
    pub(crate) guid: String,
    #[serde(default)]
    pub(crate) total_bytes: f64,
    #[serde(default)]
    pub(crate) received_bytes: f64,
    pub(crate) state: String,
}

/// Several events about one request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestEvent {
    pub(crate) request_id: Box<str>,
    /// Of a socket.
    #[serde(default)]
    pub(crate) url: Box<str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DialogOpening {
    #[serde(default)]
    pub(crate) message: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) default_prompt: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ContextCreated {
    pub(crate) context: Context,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Context {
    #[serde(default)]
    pub(crate) name: Box<str>,
    pub(crate) unique_id: Box<str>,
    #[serde(default)]
    pub(crate) aux_data: ContextData,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContextData {
    pub(crate) is_default: bool,
    pub(crate) frame_id: Box<str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextDestroyed {
    #[serde(default)]
    pub(crate) execution_context_unique_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestWillBeSent {
    pub(crate) request_id: Box<str>,
    #[serde(default)]
    pub(crate) loader_id: Box<str>,
    pub(crate) request: Request,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Box<str>>,
    pub(crate) redirect_response: Option<Response>,
    pub(crate) frame_id: Option<Box<str>>,
    #[serde(default)]
    pub(crate) initiator: Initiator,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) url: Box<str>,
    #[serde(default)]
    pub(crate) method: Box<str>,
    pub(crate) post_data: Option<Box<str>>,
}

/// Who asks for something.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Initiator {
    #[serde(rename = "type", default)]
    pub(crate) kind: Box<str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResponseReceived {
    pub(crate) request_id: Box<str>,
    #[serde(default)]
    pub(crate) loader_id: Box<str>,
    pub(crate) response: Response,
    pub(crate) frame_id: Option<Box<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    #[serde(default)]
    pub(crate) url: Box<str>,
    #[serde(default)]
    pub(crate) status: i64,
    #[serde(default)]
    pub(crate) mime_type: Box<str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoadingEnded {
    pub(crate) request_id: Box<str>,
    #[serde(default)]
    pub(crate) error_text: Box<str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResponseExtra {
    pub(crate) request_id: Box<str>,
    #[serde(default)]
    pub(crate) status_code: i64,
    #[serde(default)]
    pub(crate) headers: std::collections::HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestPaused {
    pub(crate) request_id: String,
}
