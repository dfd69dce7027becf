//! A page must not drive the driver: whoever can open a session there starts programs.

use std::time::Duration;

use browsr_core::SessionOptions;
use browsr_webdriver::driver::{Driver, DriverBrowser, DriverOptions};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::support::{Raw, Site, request, run, wanted, within};

/// Names that lead to this machine.
const SPELLINGS: &[&str] = &[
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "x.localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.2",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
];

/// Tries a port by every spelling, by what a page has, and returns what got through.
fn attack(port: u16) -> String {
    // The driver would run this program; nothing may come so far.
    let evil = json!({ "capabilities": { "alwaysMatch": {
        "goog:chromeOptions": { "binary": "/usr/bin/touch", "args": ["--x"] },
        "moz:firefoxOptions": { "binary": "/usr/bin/touch", "args": ["x"] } } } });
    format!(
        "(async () => {{
            const through = [], patience = 2500, port = {port}, evil = {evil};
            const late = new Promise(resolve => setTimeout(resolve, patience, false));
            const tries = {spellings}.flatMap(host => {{
                const base = 'http://' + host + ':' + port;
                return [
                    ['fetch', () => fetch(base + '/status', {{ mode: 'no-cors' }}).then(() => true)],
                    ['post', () => fetch(base + '/session', {{ method: 'POST', mode: 'no-cors', body: JSON.stringify(evil) }}).then(() => true)],
                    ['socket', () => new Promise(resolve => {{
                        const socket = new WebSocket('ws://' + host + ':' + port + '/session');
                        socket.onopen = () => resolve(true);
                        socket.onerror = () => resolve(false);
                    }})],
                    ['script', () => new Promise(resolve => {{
                        const script = document.createElement('script');
                        script.onload = () => resolve(true);
                        script.onerror = () => resolve(false);
                        script.src = base + '/status';
                        document.head.append(script);
                    }})],
                    ['worker', () => new Promise(resolve => {{
                        const source = 'fetch(' + JSON.stringify(base + '/status') + ', {{ mode: `no-cors` }})' +
                            '.then(() => postMessage(true), () => postMessage(false))';
                        const worker = new Worker(URL.createObjectURL(new Blob([source])));
                        worker.onmessage = event => resolve(event.data);
                    }})],
                    ['beacon', async () => {{ navigator.sendBeacon(base + '/session', JSON.stringify(evil)); return false; }}],
                ].map(async ([by, go]) => {{
                    let reached = false;
                    try {{ reached = await Promise.race([go(), late]); }} catch (error) {{}}
                    if (reached) through.push(by + ' ' + host);
                }});
            }});
            await Promise.all(tries);
            return through;
        }})()",
        spellings = json!(SPELLINGS),
    )
}

/// Opens a frame on the driver, once by its address and once by a form, and returns what is in it.
async fn framed(session: &Raw, port: u16, host: &str, form: bool) -> String {
    let script = if form {
        format!(
            "document.body.innerHTML = '<iframe name=f id=f></iframe><form target=f method=post enctype=\"text/plain\" \
             action=\"http://{host}:{port}/session\"><input name=a value=b></form>'; document.forms[0].submit();"
        )
    } else {
        format!("document.body.innerHTML = '<iframe id=f src=\"http://{host}:{port}/status\"></iframe>'")
    };
    session.script(&script).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    session.post("frame", json!({ "id": 0 })).await;
    let text = session.script("return document.documentElement ? document.documentElement.innerText : ''").await;
    session.post("frame", json!({ "id": null })).await;
    text.as_str().unwrap_or_default().to_owned()
}

fn cannot_reach_the_driver(browser: DriverBrowser) {
    if !wanted(browser) {
        return;
    }
    run(async {
        let site = Site::start().await;
        let blocked = Site::start().await;
        let options = DriverOptions::new(browser).with_blocked_ports([blocked.port]);
        let driver = Driver::start(&options, &TaskTracker::new(), &within(20)).await.unwrap();
        let port = driver.url().port().unwrap();
        let session = Raw::open(&driver).await;
        session.post("timeouts", json!({ "script": 20000, "pageLoad": 10000 })).await;
        session.post("url", json!({ "url": site.url("/page") })).await;
        // The attack as such works: other ports of this machine are reached.
        let through = session.promise(&attack(site.port)).await;
        let through = through.as_array().unwrap_or_else(|| panic!("{through}"));
        for needed in ["fetch 127.0.0.1", "post localhost", "script 127.0.0.1", "worker 127.0.0.1"] {
            assert!(through.contains(&json!(needed)), "{through:?}");
        }
        assert!(site.has_seen("/session"), "the attack by beacon and socket does not work at all");
        assert_eq!(session.promise(&attack(port)).await, json!([]));
        assert_eq!(session.promise(&attack(blocked.port)).await, json!([]));
        for host in SPELLINGS {
            let shown = framed(&session, port, host, false).await;
            assert!(!shown.contains("ready"), "{host}: {shown}");
        }
        let answered = framed(&session, port, "localhost", true).await;
        assert!(!answered.contains("error\""), "{answered}");
        session.post("url", json!({ "url": site.url("/page") })).await;
        for host in SPELLINGS {
            let error = session.post("url", json!({ "url": format!("http://{host}:{port}/status") })).await;
            assert!(error["error"].is_string(), "{host}: {error}");
            session.post("url", json!({ "url": site.url("/page") })).await;
        }
        assert!(!blocked.has_seen("/"), "a blocked port was reached");
        if browser == DriverBrowser::Chrome {
            let sessions = request(port, "GET", "/sessions", &Value::Null).await;
            assert_eq!(sessions["value"].as_array().map(Vec::len), Some(1), "{sessions}");
        }
        driver.end(&within(5)).await.unwrap();
    });
}

#[test]
fn pages_of_chrome_cannot_reach_its_driver() {
    cannot_reach_the_driver(DriverBrowser::Chrome);
}

#[test]
fn pages_of_firefox_cannot_reach_its_driver() {
    cannot_reach_the_driver(DriverBrowser::Firefox);
}

/// Chrome has no port of its own that a page, or another user of this machine, could try.
#[test]
fn chrome_is_driven_by_a_pipe() {
    if !wanted(DriverBrowser::Chrome) {
        return;
    }
    run(async {
        let options = DriverOptions::new(DriverBrowser::Chrome);
        let driver = Driver::start(&options, &TaskTracker::new(), &within(20)).await.unwrap();
        let mut capabilities = driver.setup(&SessionOptions::new()).capabilities;
        capabilities.insert("webSocketUrl".to_owned(), json!(true));
        let session = Raw::open_with(driver.url().port().unwrap(), &Value::Object(capabilities)).await;
        assert!(session.capabilities["goog:chromeOptions"]["debuggerAddress"].is_null());
        assert!(session.capabilities["webSocketUrl"].is_string());
        let agent = session.script("return navigator.userAgent").await;
        assert!(
            agent.as_str().is_some_and(|agent| agent.contains("Chrome/") && !agent.contains("Headless")),
            "{agent}"
        );
        let cdp = session.post("goog/cdp/execute", json!({ "cmd": "Browser.getVersion", "params": {} })).await;
        assert!(cdp["product"].is_string(), "{cdp}");
        driver.end(&within(5)).await.unwrap();
    });
}
