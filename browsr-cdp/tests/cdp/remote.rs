use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use browsr_cdp::{CdpBackend, HeadlessBinary};
use browsr_core::{BrowserBackend, Endpoint, ErrorKind, SessionDescriptor, SessionOptions};
use url::Url;

use crate::support::*;

cases! {
    attaching_opens_a_tab_and_closes_only_that
    a_session_is_found_again_from_elsewhere
    an_endpoint_that_is_no_browser_is_refused
}

/// A browser that somebody else runs, with a port.
struct Theirs {
    child: Child,
    profile: std::path::PathBuf,
    websocket: Url,
}

impl Theirs {
    fn start(kind: HeadlessBinary, page: &Url) -> Self {
        let name = if kind == HeadlessBinary::Shell { "chromium-headless-shell" } else { "chromium" };
        let installed = std::path::Path::new("/usr/lib/chromium").join(name);
        let program = if installed.exists() { installed } else { name.into() };
        let profile = std::env::temp_dir().join(format!("browsr-theirs-{name}-{}", uuid()));
        let mut child = Command::new(program)
            .args(["--headless", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(page.as_str())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let websocket = lines.find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned)).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, profile, websocket: websocket.parse().unwrap() }
    }

    fn http(&self) -> Url {
        format!("http://127.0.0.1:{}", self.websocket.port().unwrap()).parse().unwrap()
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for _ in 0..40 {
            if std::fs::remove_dir_all(&self.profile).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn uuid() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

async fn attaching_opens_a_tab_and_closes_only_that(chrome: Chrome) {
    let page = chrome.site.page("/theirs", "<title>theirs</title><script>ticks=0;setInterval(()=>ticks++,50)</script>");
    let theirs = Theirs::start(chrome.kind, &page);
    let backend = CdpBackend::connect(theirs.http());
    let html = "<title>mine</title><a href=/landed target=_blank style='position:absolute;left:0;top:0;width:99px;height:99px'>x</a>";
    chrome.site.page("/mine", html);
    for endpoint in [Endpoint::Local, Endpoint::Remote(theirs.websocket.clone())] {
        let session = backend.create_session(&endpoint, &SessionOptions::new(), &within(10)).await.unwrap();
        let navigation = go(&session, &chrome.site.url("/mine")).await;
        assert_eq!(navigation.status, Some(200));
        assert_eq!(value(&session, "document.title + innerWidth").await, "mine1280");
        // A tab that it opens is followed, and closed with it.
        act(&session, click_at(20.0, 20.0)).await;
        let followed = async || value(&session, "document.title").await == "landed";
        eventually("the popup is the page", Duration::from_secs(3), followed).await;
        session.close(&within(5)).await.unwrap();
    }
    let list = theirs.http().join("/json/list").unwrap();
    let only_theirs = async || {
        let text = reqwest::get(list.clone()).await.unwrap().text().await.unwrap();
        text.contains("/theirs") && !text.contains("/mine") && !text.contains("/landed")
    };
    eventually("only their tab is open", Duration::from_secs(3), only_theirs).await;
}

async fn a_session_is_found_again_from_elsewhere(chrome: Chrome) {
    let theirs = Theirs::start(chrome.kind, &"about:blank".parse().unwrap());
    let first = CdpBackend::connect(theirs.http());
    let session = first.create_session(&Endpoint::Local, &SessionOptions::new(), &within(10)).await.unwrap();
    go(&session, &chrome.site.page("/mine", "<title>mine</title>")).await;
    let descriptor = session.descriptor();
    let second = CdpBackend::connect(theirs.http());
    let again = second.attach(&descriptor, &within(10)).await.unwrap();
    assert_eq!(value(&again, "document.title").await, "mine");
    assert_eq!(call(&again, "() => location.pathname").await, "/mine");
    assert_eq!(go(&again, &chrome.site.url("/landed")).await.status, Some(200));
    // Whoever closes it closes it for both.
    again.close(&within(5)).await.unwrap();
    eventually("the first has lost it", Duration::from_secs(2), async || session.is_lost()).await;
    let error = second.attach(&descriptor, &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSessionId);
    let local = SessionDescriptor::new("cdp", None, "x");
    assert_eq!(second.attach(&local, &within(5)).await.unwrap_err().kind(), ErrorKind::InvalidSessionId);
}

async fn an_endpoint_that_is_no_browser_is_refused(chrome: Chrome) {
    let version = "/json/version";
    let site = &chrome.site;
    let refused = async |url: Url| {
        let started = Instant::now();
        let result =
            CdpBackend::connect(url).create_session(&Endpoint::Local, &SessionOptions::new(), &within(3)).await;
        assert!(started.elapsed() < Duration::from_millis(3500));
        result.unwrap_err()
    };
    let root = site.url("/");
    assert_eq!(refused(root.clone()).await.kind(), ErrorKind::ProvisionFailed);
    for text in [
        "not json".to_owned(),
        "{\"webSocketDebuggerUrl\":\"ws://192.0.2.1:9/x\"}".to_owned(),
        format!("{{\"webSocketDebuggerUrl\":\"ws://127.0.0.1:1/x\",\"a\":\"{}\"}}", "x".repeat(100_000)),
    ] {
        site.page(version, &text);
        let error = refused(root.clone()).await;
        assert_eq!(error.kind(), ErrorKind::ProvisionFailed, "{error}");
    }
    // A page that answers as a browser would, but speaks no websocket.
    site.page(version, &format!("{{\"webSocketDebuggerUrl\":\"ws://127.0.0.1:{}/x\"}}", site.port()));
    assert_eq!(refused(root).await.kind(), ErrorKind::ProvisionFailed);
    let error = refused("ftp://127.0.0.1/".parse().unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
