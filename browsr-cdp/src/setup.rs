//! [`PageSetup`]: what every page is given before it runs, in one burst of commands.

use std::path::PathBuf;

use browsr_core::process::chromium;
use browsr_core::script::OBSERVER;
use browsr_core::{DialogPolicy, PopupPolicy, SessionOptions, Viewport};
use chromiumoxide::cdp::browser_protocol::emulation::{SetDeviceMetricsOverrideParams, SetFocusEmulationEnabledParams};
use chromiumoxide::cdp::browser_protocol::{network, page, target};
use chromiumoxide::cdp::js_protocol::runtime;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::connection::{Connection, SessionKey};

/// The name of the engine's world.
pub(crate) const WORLD: &str = "browsr";

/// How the pages of a session are set up.
#[derive(Debug)]
pub(crate) struct PageSetup {
    /// What [`Identity::params`](crate::identity::Identity::params) says.
    identity: Option<Value>,
    /// Whether the browser asks for passwords in a window that nobody sees.
    asks_unseen: bool,
    pub(crate) dialogs: DialogPolicy,
    pub(crate) popups: PopupPolicy,
    pub(crate) max_pages: usize,
    /// The context of the session, and where its downloads go until they are given up; of a browser of ours.
    pub(crate) downloads: Option<(String, PathBuf)>,
}

impl PageSetup {
    pub(crate) fn new(options: &SessionOptions, browser: &Browser, context: Option<&str>) -> Self {
        let directory = browser.files.as_ref().map(|files| files.directory.clone());
        Self {
            identity: browser.identity.params(&options.user_agent),
            // The headless shell has no such window.
            asks_unseen: browser.is_ours() && options.headless && !browser.product.starts_with("Headless"),
            dialogs: options.dialogs,
            popups: options.popups,
            max_pages: options.max_pages as usize,
            downloads: context.map(ToOwned::to_owned).zip(directory),
        }
    }

    /// Sends the burst to a page.
    pub(crate) fn page(
        &self,
        connection: &Connection,
        session: &SessionKey,
        viewport: &SetDeviceMetricsOverrideParams,
        init_scripts: &[String],
    ) {
        let session = Some(session);
        connection.post(session, "Inspector.enable", &json!({}));
        self.frame(connection, session, init_scripts);
        connection.post_command(session, &SetFocusEmulationEnabledParams::new(true));
        connection.post_command(session, viewport);
    }

    /// Sends to a page, or to a frame in another process, what both need.
    pub(crate) fn frame(&self, connection: &Connection, session: Option<&SessionKey>, init_scripts: &[String]) {
        self.worker(connection, session);
        connection.post_command(session, &page::EnableParams::default());
        connection.post_command(session, &page::SetLifecycleEventsEnabledParams::new(true));
        connection.post_command(session, &add_script(OBSERVER, Some(WORLD)));
        for source in init_scripts {
            connection.post_command(session, &add_script(source, None));
        }
        // Bodies are not kept: nobody asks for them, and they cost the browser memory.
        let buffers = network::EnableParams {
            max_total_buffer_size: Some(0),
            max_resource_buffer_size: Some(0),
            ..network::EnableParams::default()
        };
        connection.post_command(session, &buffers);
        // Behind it, since a page counts as ready when its contexts are told: whatever a navigation right after asks for or
        // opens is then told, too.
        connection.post_command(session, &runtime::EnableParams::default());
        if self.asks_unseen {
            // It costs each request the way to us and back, and there is no cheaper way to hear of a challenge that keeps
            // passwords in URLs.
            connection.post(session, "Fetch.enable", &json!({ "handleAuthRequests": true }));
        }
        // Chromium pauses every child target of a page, whatever the filter leaves out, but these two, which run by
        // themselves: service workers that somebody is attached to may never end. So all others come to us, to be resumed.
        let left_alone = ["service_worker", "shared_worker"].map(|kind| entry(Some(kind), Some(true)));
        let filter = left_alone.into_iter().chain([entry(None, None)]).collect();
        connection.post_command(session, &auto_attach(filter));
    }

    /// Sends to a dedicated worker what it needs, which it hands on to its own.
    pub(crate) fn worker(&self, connection: &Connection, session: Option<&SessionKey>) {
        if let Some(identity) = &self.identity {
            connection.post(session, "Emulation.setUserAgentOverride", identity);
        }
    }
}

fn entry(kind: Option<&str>, exclude: Option<bool>) -> target::FilterEntry {
    target::FilterEntry { exclude, r#type: kind.map(str::to_owned) }
}

/// Makes the command that attaches to the pages of a browser and lets them wait for us.
pub(crate) fn attach_pages() -> target::SetAutoAttachParams {
    auto_attach(vec![entry(Some("page"), None)])
}

/// Makes the command that has a script run in every new document.
pub(crate) fn add_script(source: &str, world: Option<&str>) -> page::AddScriptToEvaluateOnNewDocumentParams {
    page::AddScriptToEvaluateOnNewDocumentParams {
        world_name: world.map(str::to_owned),
        run_immediately: world.map(|_| true),
        ..page::AddScriptToEvaluateOnNewDocumentParams::new(source)
    }
}

fn auto_attach(filter: Vec<target::FilterEntry>) -> target::SetAutoAttachParams {
    target::SetAutoAttachParams {
        flatten: Some(true),
        filter: Some(target::TargetFilter::new(filter)),
        ..target::SetAutoAttachParams::new(true, true)
    }
}

/// Makes the command that gives a page its size. The screen is the browser's, which frames in other processes see too,
/// unless it is too small.
pub(crate) fn metrics(viewport: Viewport) -> SetDeviceMetricsOverrideParams {
    let (width, height) = (i64::from(viewport.width), i64::from(viewport.height));
    let screen = larger_than(chromium::SCREEN, viewport);
    SetDeviceMetricsOverrideParams {
        screen_width: screen.map(|(width, _)| width),
        screen_height: screen.map(|(_, height)| height),
        ..SetDeviceMetricsOverrideParams::new(width, height, viewport.device_scale_factor, false)
    }
}

/// Returns the size of the window that a viewport needs, if that is larger than the one that every page has.
pub(crate) fn larger_window(viewport: Viewport) -> Option<(i64, i64)> {
    larger_than(chromium::WINDOW, viewport)
}

/// Returns a size that a viewport fits into, if it does not fit into this one.
fn larger_than([width, height]: [u32; 2], viewport: Viewport) -> Option<(i64, i64)> {
    (viewport.width > width || viewport.height > height)
        .then(|| (viewport.width.max(width).into(), viewport.height.max(height).into()))
}
