//! What goes over the wire, both ways, as types; the API description is made of them.

pub(crate) mod agent;

use browsr_core::SessionInfo;
use browsr_core::command::BatchResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::ToSchema;

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong, for people.
    pub(crate) error: String,
    /// What went wrong, for programs: a kind in `snake_case`.
    #[schema(example = "invalid_session_id")]
    pub(crate) code: String,
    /// The field at fault, such as `commands[2].data.selector`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The command that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    /// The session that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_id: Option<String>,
    /// Whether trying again can help: `never`, `same_session` or `new_session`.
    #[schema(example = "never")]
    pub(crate) retry: String,
    /// How long to wait before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
}

/// How a session is wanted. Nothing, `null` and `{}` mean the defaults. Of the documented fields, `proxy`, `locale`,
/// `timezone` and `extra_headers` are not built yet and answer 501.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CreateSession {
    /// Whether the browser has no window. Default `false`; without a display it has none in any case, with a warning.
    pub(crate) headless: Option<bool>,
    /// A label for people, shown as `name`.
    #[schema(max_length = 256)]
    pub(crate) requested_name: Option<String>,
    /// Where to go before the session is handed out.
    pub(crate) start_url: Option<String>,
    /// A browser that runs already: `http://host:port`, `ws://` or `wss://`.
    pub(crate) cdp_url: Option<String>,
    /// Whether to call the browser by a common name chosen at random; goes before `user_agent`. Default `false`.
    pub(crate) use_random_user_agent: Option<bool>,
    /// Whether to hide the plain signs of automation. Default `false`.
    pub(crate) disable_automation_detection: Option<bool>,
    /// What the browser calls itself.
    #[schema(min_length = 1, max_length = 1024)]
    pub(crate) user_agent: Option<String>,
    /// A profile that was saved: a UUID.
    pub(crate) profile_id: Option<String>,
    /// How long the session may stand idle.
    #[schema(minimum = 1)]
    pub(crate) idle_timeout_ms: Option<u64>,
    /// How long the session may live.
    #[schema(minimum = 1)]
    pub(crate) max_lifetime_ms: Option<u64>,
    /// What the session shares with others.
    pub(crate) isolation: Option<WireIsolation>,
    /// How many pages the session may have open, popups included; what goes beyond is closed, and counted in `debug`.
    /// Default 32.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) max_pages: Option<u32>,
    /// The size of the page's visible area. Default 1280 by 720.
    pub(crate) viewport: Option<WireViewport>,
    /// How the browser is driven, by a name that `/health` lists under `backends`. Default: the first of these.
    #[schema(example = "cdp")]
    pub(crate) backend: Option<String>,
    /// The browser, such as `chrome` or `firefox`. Default: that of the backend; without a `backend`, the first that
    /// serves it is taken.
    #[schema(example = "chrome")]
    pub(crate) browser: Option<String>,
    #[schema(ignore)]
    pub(crate) proxy: Option<Value>,
    #[schema(ignore)]
    pub(crate) locale: Option<Value>,
    #[schema(ignore)]
    pub(crate) timezone: Option<Value>,
    #[schema(ignore)]
    pub(crate) extra_headers: Option<Value>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Isolation)]
pub(crate) enum WireIsolation {
    /// A browser process; cookies, storage and cache are its own.
    Context,
    /// Nothing: a browser process of its own.
    Process,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Viewport)]
pub(crate) struct WireViewport {
    /// Width in CSS pixels.
    #[schema(minimum = 1, maximum = 10000)]
    pub(crate) width: u32,
    /// Height in CSS pixels.
    #[schema(minimum = 1, maximum = 10000)]
    pub(crate) height: u32,
    /// Device pixels per CSS pixel. Default 1.
    #[schema(exclusive_minimum = 0, maximum = 10)]
    pub(crate) device_scale_factor: Option<f64>,
}

/// A session that is ready.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedSession {
    /// `ready`.
    #[schema(example = "ready")]
    pub(crate) status: &'static str,
    /// The id to use from now on.
    #[schema(example = "session-2f6c0f9e-6a0e-4f0e-9b0a-1c2d3e4f5a6b")]
    pub(crate) session_id: String,
    /// What lets a viewer watch this session, and nothing else.
    pub(crate) frame_token: String,
    /// Where to watch it; the token goes into `?token=`.
    pub(crate) sse_url: String,
    /// What is not quite as asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) warning: Option<String>,
    /// What `start_url` came to, where that is no whole document: a download, an empty answer, half a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) navigation: Option<Value>,
}

/// The open sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionList {
    /// Their ids, oldest first.
    pub(crate) sessions: Vec<String>,
    /// What is known of each.
    pub(crate) session_details: Vec<SessionDetails>,
}

/// What is known of a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionDetails {
    /// The id.
    pub(crate) session_id: String,
    /// Always `browser` here.
    pub(crate) session_type: &'static str,
    /// The label that was asked for.
    pub(crate) name: Option<String>,
    /// The backend that it runs on.
    pub(crate) backend: &'static str,
    /// Always `null` here.
    pub(crate) worker_id: Option<String>,
    /// Always `null` here.
    pub(crate) user_email: Option<String>,
    /// When it was opened, in milliseconds since 1970.
    pub(crate) created_at: u64,
    /// When it was last used, in milliseconds since 1970.
    pub(crate) last_activity: u64,
    /// How long it has stood idle, in seconds.
    pub(crate) idle_secs: u64,
    /// How long it will live if nobody uses it, in milliseconds.
    pub(crate) expires_in_ms: u64,
    /// Whether it was made on the fly.
    pub(crate) auto_created: bool,
    /// Always `null` here: only relay sessions connect.
    pub(crate) connected: Option<bool>,
}

impl From<SessionInfo> for SessionDetails {
    fn from(info: SessionInfo) -> Self {
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let since_1970 = |time: SystemTime| millis(time.duration_since(UNIX_EPOCH).unwrap_or_default());
        Self {
            session_id: info.id.to_string(),
            session_type: "browser",
            name: info.name,
            backend: info.backend,
            worker_id: None,
            user_email: None,
            created_at: since_1970(info.created_at),
            last_activity: since_1970(info.last_activity),
            idle_secs: info.idle.as_secs(),
            expires_in_ms: millis(info.time_left),
            auto_created: info.auto_created,
            connected: None,
        }
    }
}

/// Commands to run one after the other until the first failure.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is read by hand, so that errors name the index of a command")]
pub(crate) struct RunCommands {
    /// At most 256.
    #[schema(max_items = 256)]
    pub(crate) commands: Vec<CommandRequest>,
    /// The session; without one, a session is made on the fly and returned.
    pub(crate) session_id: Option<String>,
    /// Whether a session made on the fly has no window. Default `true`.
    pub(crate) headless: Option<bool>,
    /// For extraction by a model; not used yet.
    pub(crate) context: Option<std::collections::HashMap<String, Value>>,
}

/// A command.
#[derive(Debug, ToSchema)]
#[schema(as = Command)]
#[expect(dead_code, reason = "describes what is read by hand, so that errors name the index of a command")]
pub(crate) struct CommandRequest {
    /// The name.
    #[schema(schema_with = crate::openapi::command_names)]
    pub(crate) command: String,
    /// Its arguments, which depend on the name; may be missing where none is required.
    pub(crate) data: Option<std::collections::HashMap<String, Value>>,
}

/// What the commands came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandsDone {
    /// The session that they ran in.
    pub(crate) session_id: String,
    #[serde(flatten)]
    #[schema(value_type = BatchShape)]
    pub(crate) batch: BatchResult,
}

/// What a batch of commands came to. The first failure ends it.
#[derive(Debug, ToSchema)]
#[schema(as = Batch)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct BatchShape {
    /// Whether every command succeeded.
    success: bool,
    /// How many succeeded.
    steps_completed: usize,
    /// How many there were.
    total_steps: usize,
    /// An entry for each that ran, the failed one last.
    results: Vec<ResultShape>,
    /// The message of the one that failed.
    error: Option<String>,
}

/// What a command came to.
#[derive(Debug, ToSchema)]
#[schema(as = CommandResult)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct ResultShape {
    /// Whether it succeeded.
    success: bool,
    /// `action` or `extraction`.
    command_type: String,
    /// `markdown`, `html`, `string` or `data`; only beside `data`.
    content_type: Option<String>,
    /// A string for the first three types, any JSON for `data`.
    data: Option<Value>,
    /// Why it failed.
    error: Option<String>,
    /// Facts for a program: of a failure its `code`, `retry` and more.
    debug: Option<Value>,
}

/// What to scrape, and how. Options are taken in `camelCase` as well.
#[derive(Debug, ToSchema)]
#[schema(as = ScrapeRequest)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct ScrapeShape {
    /// The page.
    #[schema(example = "https://example.com")]
    url: String,
    /// The session; without one, a session is made on the fly and returned.
    session_id: Option<String>,
    /// `markdown`, `html`, `screenshot`. Default `["markdown"]`. `structured` and `agent` answer 501.
    formats: Option<Vec<String>>,
    /// How long to wait after the page has settled, in milliseconds.
    #[schema(minimum = 0)]
    wait_for: Option<u64>,
    /// `inline` (default): the text of frames stands in its place in the Markdown; or `skip`.
    #[schema(example = "inline")]
    frames: Option<String>,
    /// `skip` (default): text that nobody sees is no part of the main content; or `keep`.
    #[schema(example = "skip")]
    hidden_text: Option<String>,
    /// CSS selectors: Markdown is of these elements only.
    include_selectors: Option<Vec<String>>,
    /// CSS selectors: Markdown is without these elements.
    exclude_selectors: Option<Vec<String>>,
    /// What to wait for: `settled` (default), `load`, `domcontentloaded` or `network_idle`.
    #[schema(example = "settled")]
    wait_until: Option<String>,
    /// How long the page may take to settle, in milliseconds. Default 5,000.
    #[schema(minimum = 0, maximum = 30000)]
    settle_ms: Option<u64>,
    /// What to do with the page before it is read.
    actions: Option<Vec<ActionShape>>,
    /// Whether Markdown is of the main content only. Default `true`.
    only_main_content: Option<bool>,
    /// Whether images written into the page are left out of Markdown. Default `true`.
    remove_base64_images: Option<bool>,
    /// Whether the blocks that are left out of the main content are listed, in `data.explain`. Default `false`.
    explain: Option<bool>,
    /// Selectors of elements whose HTML is wanted beside the whole.
    selectors: Option<Vec<String>>,
}

/// Something to do with a page before it is read.
#[derive(Debug, ToSchema)]
#[schema(as = ScrapeAction)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct ActionShape {
    /// `wait`, `click`, `type`, `press`, `scroll`, `hover`, `evaluate` or `screenshot`.
    #[schema(example = "click")]
    r#type: String,
    /// The element.
    selector: Option<String>,
    /// What to type, or the key to press.
    text: Option<String>,
    /// How long to wait.
    #[schema(minimum = 0)]
    milliseconds: Option<u64>,
    /// What to evaluate.
    expression: Option<String>,
}

/// A scraped page; or, with `success: false`, why it could not be had.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scraped {
    /// Whether the page was scraped.
    pub(crate) success: bool,
    /// The session that it was scraped in.
    pub(crate) session_id: String,
    /// What was asked for, each format under its name; and `metadata`, always.
    #[schema(value_type = DataShape)]
    pub(crate) data: Value,
    /// Why it could not be scraped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The same for programs: `code`, `retry` and more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) debug: Option<Value>,
}

/// What was read of a page.
#[derive(Debug, ToSchema)]
#[schema(as = ScrapeData)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct DataShape {
    /// Markdown.
    markdown: Option<String>,
    /// With `explain`, the blocks that were left out of the main content: `reason`, `characters`, `text` (its first
    /// words), and `warning` where nothing but the choice of the main content speaks against a long text.
    explain: Option<Vec<Value>>,
    /// HTML: `full`, and `selectors` where some were asked for.
    html: Option<Value>,
    /// A PNG as base64.
    screenshot: Option<String>,
    /// `title`, `description`, `sourceURL`, `url`, `statusCode`, `status_code`, `contentType`, `language`.
    metadata: Value,
    /// What went not quite as asked.
    warning: Option<String>,
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ready`, or `draining` once it is shutting down.
    pub(crate) state: &'static str,
    /// How many browser processes run.
    pub(crate) browsers: usize,
    /// Slots for sessions.
    pub(crate) slots: HealthSlots,
    /// How many callers wait for a slot.
    pub(crate) queue: usize,
    /// The backends, the default one first.
    pub(crate) backends: Vec<HealthBackend>,
    /// The version of the server.
    pub(crate) version: &'static str,
}

/// Slots for sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthSlots {
    /// How many there are.
    pub(crate) total: usize,
    /// How many are taken.
    pub(crate) used: usize,
}

/// A backend.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBackend {
    /// Its name.
    pub(crate) name: &'static str,
    /// The browser that `POST /sessions` may ask it for.
    pub(crate) serves: Option<&'static str>,
    /// The browser and its version, once one has been seen.
    pub(crate) browser: Option<String>,
    /// How many browser processes it runs.
    pub(crate) browsers: usize,
    /// How many of them did not answer in time when they were last used: asked, and replaced, with the next session.
    pub(crate) suspect: usize,
}

/// The relay sessions, of which there are none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RelayList {
    /// Always empty.
    pub(crate) sessions: Vec<String>,
}
