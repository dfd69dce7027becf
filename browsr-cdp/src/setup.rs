//! [`PageSetup`]: what every page is given before it runs, in one burst of commands.

use browsr_core::{DialogPolicy, PopupPolicy, SessionOptions, UserAgent};
use chromiumoxide::cdp::browser_protocol::emulation::{
    SetDeviceMetricsOverrideParams, SetFocusEmulationEnabledParams, SetUserAgentOverrideParams, UserAgentBrandVersion,
    UserAgentMetadata,
};
use chromiumoxide::cdp::browser_protocol::{network, page, target};
use chromiumoxide::cdp::js_protocol::runtime;
use serde_json::json;

use crate::connection::{Connection, SessionKey};

/// The name of the engine's world.
pub(crate) const WORLD: &str = "browsr";

/// Counts changes of the DOM, for the engine to read; runs in the engine's world.
const OBSERVER: &str = include_str!("observer.js");

/// How the pages of a session are set up.
#[derive(Debug)]
pub(crate) struct PageSetup {
    pub(crate) user_agent: Option<SetUserAgentOverrideParams>,
    pub(crate) dialogs: DialogPolicy,
    pub(crate) popups: PopupPolicy,
}

impl PageSetup {
    pub(crate) fn new(options: &SessionOptions, browser_user_agent: &str) -> Self {
        Self {
            user_agent: user_agent(&options.user_agent, browser_user_agent),
            dialogs: options.dialogs,
            popups: options.popups,
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
        Self::frame(connection, session, init_scripts);
        connection.post_command(session, &SetFocusEmulationEnabledParams::new(true));
        connection.post_command(session, viewport);
        if let Some(user_agent) = &self.user_agent {
            connection.post_command(session, user_agent);
        }
    }

    /// Sends to a page, or to a frame in another process, what both need.
    pub(crate) fn frame(connection: &Connection, session: Option<&SessionKey>, init_scripts: &[String]) {
        connection.post_command(session, &page::EnableParams::default());
        connection.post_command(session, &page::SetLifecycleEventsEnabledParams::new(true));
        connection.post_command(session, &add_script(OBSERVER, Some(WORLD)));
        for source in init_scripts {
            connection.post_command(session, &add_script(source, None));
        }
        connection.post_command(session, &runtime::EnableParams::default());
        // Bodies are not kept: nobody asks for them, and they cost the browser memory.
        let buffers = network::EnableParams {
            max_total_buffer_size: Some(0),
            max_resource_buffer_size: Some(0),
            ..network::EnableParams::default()
        };
        connection.post_command(session, &buffers);
        connection.post_command(session, &auto_attach("iframe"));
    }
}

/// Makes the command that has a script run in every new document.
pub(crate) fn add_script(source: &str, world: Option<&str>) -> page::AddScriptToEvaluateOnNewDocumentParams {
    page::AddScriptToEvaluateOnNewDocumentParams {
        world_name: world.map(str::to_owned),
        run_immediately: world.map(|_| true),
        ..page::AddScriptToEvaluateOnNewDocumentParams::new(source)
    }
}

/// Makes the command that attaches to new targets of a type and lets them wait for us.
pub(crate) fn auto_attach(kind: &str) -> target::SetAutoAttachParams {
    let filter = target::FilterEntry { exclude: None, r#type: Some(kind.to_owned()) };
    target::SetAutoAttachParams {
        flatten: Some(true),
        filter: Some(target::TargetFilter::new(vec![filter])),
        ..target::SetAutoAttachParams::new(true, true)
    }
}

/// Makes the command that gives a page its size.
pub(crate) fn metrics(viewport: browsr_core::Viewport) -> SetDeviceMetricsOverrideParams {
    let (width, height) = (i64::from(viewport.width), i64::from(viewport.height));
    SetDeviceMetricsOverrideParams {
        screen_width: Some(width),
        screen_height: Some(height),
        ..SetDeviceMetricsOverrideParams::new(width, height, viewport.device_scale_factor, false)
    }
}

/// The desktop systems that [`UserAgent::Random`] chooses from.
const SYSTEMS: [&str; 3] = ["Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"];

/// Makes the command that changes what the browser calls itself, if anything is to change.
fn user_agent(wanted: &UserAgent, own: &str) -> Option<SetUserAgentOverrideParams> {
    let text = match wanted {
        UserAgent::Custom(text) => text.clone(),
        UserAgent::Random => {
            let [pick, ..] = uuid::Uuid::new_v4().into_bytes();
            let system = SYSTEMS[usize::from(pick) % SYSTEMS.len()];
            let major = chrome_version(own).and_then(|version| version.split('.').next()).unwrap_or("140");
            format!("Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36")
        }
        _ if own.contains("Headless") => own.replace("HeadlessChrome", "Chrome"),
        _ => return None,
    };
    let metadata = chrome_version(&text).map(|version| client_hints(&text, version, chrome_version(own)));
    let platform = if text.contains("Windows") {
        "Win32"
    } else if text.contains("Macintosh") {
        "MacIntel"
    } else {
        "Linux x86_64"
    };
    Some(SetUserAgentOverrideParams {
        platform: Some(platform.to_owned()),
        user_agent_metadata: metadata,
        ..SetUserAgentOverrideParams::new(text)
    })
}

fn chrome_version(user_agent: &str) -> Option<&str> {
    let (_, rest) = user_agent.split_once("Chrome/")?;
    rest.split(|character: char| !(character.is_ascii_digit() || character == '.')).next()
}

/// Makes the client hints that go with a name: they must tell the same story.
fn client_hints(user_agent: &str, version: &str, own_version: Option<&str>) -> UserAgentMetadata {
    let major = version.split('.').next().unwrap_or(version);
    let full = own_version.filter(|own| own.split('.').next() == Some(major)).unwrap_or(version);
    let brands = |version: &str, other: &str| {
        vec![UserAgentBrandVersion::new("Chromium", version), UserAgentBrandVersion::new("Not)A;Brand", other)]
    };
    let is_mobile = user_agent.contains("Mobile");
    let (platform, platform_version) = if user_agent.contains("Windows") {
        ("Windows", "10.0.0")
    } else if user_agent.contains("Android") {
        ("Android", "10.0.0")
    } else if user_agent.contains("Macintosh") {
        ("macOS", "10.15.7")
    } else {
        ("Linux", "")
    };
    UserAgentMetadata {
        brands: Some(brands(major, "8")),
        full_version_list: Some(brands(full, "8.0.0.0")),
        bitness: Some(if is_mobile { "" } else { "64" }.to_owned()),
        wow64: Some(false),
        platform: platform.to_owned(),
        platform_version: platform_version.to_owned(),
        architecture: if is_mobile { "" } else { "x86" }.to_owned(),
        model: String::new(),
        mobile: is_mobile,
        form_factors: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADLESS: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0.1.2 Safari/537.36";

    #[test]
    fn the_word_headless_is_left_out_and_the_hints_agree() {
        let params = user_agent(&UserAgent::Default, HEADLESS).unwrap();
        assert!(!params.user_agent.contains("Headless"));
        let hints = params.user_agent_metadata.unwrap();
        assert_eq!(hints.brands.unwrap()[0].version, "150");
        assert_eq!(hints.platform, "Linux");
        assert_eq!(user_agent(&UserAgent::Default, "Mozilla/5.0 Chrome/150.0.0.0"), None);
    }

    #[test]
    fn a_name_that_is_not_chrome_sends_no_hints() {
        let firefox = UserAgent::Custom("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0".into());
        let params = user_agent(&firefox, HEADLESS).unwrap();
        assert!(params.user_agent_metadata.is_none());
        assert_eq!(params.platform.as_deref(), Some("Win32"));
    }
}
