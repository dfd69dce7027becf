use std::sync::Arc;
use std::time::{Duration, Instant};

use browsr_cdp::HeadlessBinary;
use browsr_core::input::NavigationSeen;
use browsr_core::{DialogPolicy, ErrorKind, PopupPolicy, Script, SessionOptions, Viewport};
use serde_json::json;

use crate::support::*;

cases! {
    dialogs_are_dismissed_and_told
    dialogs_are_accepted_on_request
    dialogs_during_a_load_or_a_script_do_not_hang
    a_popup_is_followed_until_it_closes
    a_popup_may_stay_in_the_background
    a_popup_that_nobody_clicked_for_is_not_followed
    more_pages_than_allowed_are_closed
    a_page_that_closes_itself_ends_the_session
    a_crash_ends_what_waits_and_navigating_recovers
    what_is_too_large_hurts_only_its_call
    a_page_may_not_show_files
    a_popup_may_not_show_files
    raw_commands_reach_the_page
}

const BIG: &str = "style='position:absolute;left:0;top:0;width:200px;height:100px'";

async fn dialogs_are_dismissed_and_told(chrome: Chrome) {
    let session = chrome
        .on(&format!("<button {BIG} onclick=\"alert('one'); r = [confirm('two'), prompt('three', 'x')]\">b</button>"))
        .await;
    let started = Instant::now();
    let outcome = click(&session).await;
    assert!(started.elapsed() < Duration::from_secs(4));
    let seen: Vec<_> =
        outcome.dialogs.iter().map(|dialog| (dialog.kind.as_str(), dialog.message.as_str(), dialog.accepted)).collect();
    assert_eq!(seen, [("alert", "one", false), ("confirm", "two", false), ("prompt", "three", false)]);
    assert!(outcome.completed);
    assert_eq!(value(&session, "JSON.stringify(r)").await, "[false,null]");
    assert_eq!(click(&session).await.dialogs.len(), 3);
}

async fn dialogs_are_accepted_on_request(chrome: Chrome) {
    let session = chrome.session_with(&SessionOptions::new().with_dialogs(DialogPolicy::Accept)).await;
    go(&session, &chrome.site.page("/page", "<p>x")).await;
    assert_eq!(value(&session, "JSON.stringify([confirm('two'), prompt('three', 'x')])").await, "[true,\"x\"]");
}

async fn dialogs_during_a_load_or_a_script_do_not_hang(chrome: Chrome) {
    let session = chrome.session().await;
    let url = chrome.site.page("/page", "<script>alert(1); for (let i = 0; i < 30; i++) confirm(i)</script><p>x");
    let started = Instant::now();
    go(&session, &url).await;
    value(&session, "alert('again'); 1").await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

async fn a_popup_is_followed_until_it_closes(chrome: Chrome) {
    let inner = "<title>popup</title><script>first = [window.early, innerWidth].join()</script><p>p";
    chrome.site.page("/popup", inner);
    for link in [
        "<a href=/popup target=_blank",
        "<a href=/popup target=_blank rel=noopener",
        "<button onclick=\"window.open('/popup')\"",
    ] {
        let session = chrome.session_with(&SessionOptions::new().with_viewport(Viewport::new(900, 500))).await;
        session.add_init_script("window.early = 1", &within(5)).await.unwrap();
        go(&session, &chrome.site.page("/page", &format!("<title>opener</title>{link} {BIG}>x"))).await;
        let outcome = click(&session).await;
        assert_eq!((outcome.opened, outcome.navigation), (1, NavigationSeen::None), "{link}");
        let navigation = session.wait_for_navigation(&within(5)).await.unwrap();
        assert_eq!((navigation.url, navigation.committed), (chrome.site.url("/popup"), true), "{link}");
        assert_eq!(value(&session, "document.title + first").await, "popup1,900", "{link}");
        // A closing page may not answer any more.
        let closing = Script::expression("setTimeout(() => close(), 0); 1");
        let _ = session.evaluate(&closing, &within(5)).await;
        if !link.contains("noopener") {
            let back = async || {
                let title = session.evaluate(&Script::expression("document.title"), &within(2)).await;
                title.is_ok_and(|title| title["value"] == "opener")
            };
            eventually("the opener is the page again", Duration::from_secs(3), back).await;
        }
        session.close(&within(5)).await.unwrap();
    }
}

async fn a_popup_may_stay_in_the_background(chrome: Chrome) {
    let session = chrome.session_with(&SessionOptions::new().with_popups(PopupPolicy::Ignore)).await;
    go(&session, &chrome.site.page("/page", &format!("<a href=/landed target=_blank {BIG}>x</a>"))).await;
    assert_eq!(click(&session).await.opened, 1);
    assert_eq!(value(&session, "location.pathname").await, "/page");
    // The page does not notice that it has lost the front.
    assert_eq!(value(&session, "document.visibilityState + document.hasFocus()").await, "visibletrue");
}

async fn a_popup_that_nobody_clicked_for_is_not_followed(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    value(&session, "!!open('/landed')").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(value(&session, "location.pathname").await, "/page");
}

async fn more_pages_than_allowed_are_closed(chrome: Chrome) {
    let session = chrome.session_with(&SessionOptions::new().with_max_pages(16)).await;
    go(&session, &chrome.site.page("/page", "<p>x")).await;
    value(&session, "opened = []; 1").await;
    for _ in 0..25 {
        // Each as if by a click of its own: a full browser lets a page open one for each.
        value(&session, "opened.push(open('/landed')); 1").await;
    }
    let few = async || value(&session, "opened.filter(page => page && !page.closed).length").await == json!(15);
    eventually("15 popups are left", Duration::from_secs(5), few).await;
    assert_eq!(value(&session, "location.pathname").await, "/page");
    assert_eq!(session.take_notes().pages_refused, 10);
}

async fn a_page_that_closes_itself_ends_the_session(chrome: Chrome) {
    let session = chrome.session().await;
    let _ = session.send_cdp("Page.close", json!({}), &within(5)).await;
    let lost = async || {
        let error = session.evaluate(&Script::expression("1"), &within(5)).await.err();
        error.is_some_and(|error| error.kind() == ErrorKind::SessionLost)
    };
    eventually("the session is lost", Duration::from_secs(2), lost).await;
    // The event may come a moment after the first call that fails.
    eventually("the session knows it", Duration::from_secs(2), async || session.is_lost()).await;
    session.close(&within(5)).await.unwrap();
}

async fn a_crash_ends_what_waits_and_navigating_recovers(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let neighbour = chrome.on("<p>neighbour").await;
    let waiting = {
        let session = Arc::clone(&session);
        tokio::task::spawn(async move {
            let never = Script::function("() => new Promise(() => {})");
            session.evaluate(&never, &within(20)).await
        })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    let _ = session.send_cdp("Page.navigate", json!({ "url": "chrome://crash" }), &within(5)).await;
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PageCrashed);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(
        session.evaluate(&Script::expression("1"), &within(5)).await.unwrap_err().kind(),
        ErrorKind::PageCrashed
    );
    assert_eq!(session.ping(&within(1)).await.unwrap_err().kind(), ErrorKind::PageCrashed);
    assert!(!session.is_lost());
    go(&session, &chrome.site.url("/landed")).await;
    assert_eq!(call(&session, "() => document.title").await, "landed");
    let engine = session.evaluate(&Script::function("() => document.title"), &within(5)).await.unwrap();
    assert_eq!(engine, "landed");
    assert_eq!(value(&neighbour, "document.body.innerText").await, "neighbour");
}

async fn what_is_too_large_hurts_only_its_call(chrome: Chrome) {
    let neighbour = chrome.on("<p>x").await;
    let session = chrome.on("<p>x").await;
    // The control: what is within the limit arrives.
    let text = session.evaluate(&Script::function("() => 'x'.repeat(17 << 20)"), &within(20)).await.unwrap();
    assert_eq!(text.as_str().map(str::len), Some(17 << 20));
    // It is our end that counts, so one browser shows it.
    if chrome.kind == HeadlessBinary::Shell {
        let large = Script::function("() => 'x'.repeat(257 << 20)");
        let error = session.evaluate(&large, &within(30)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
        assert!(error.to_string().contains("256 MB"), "{error}");
    }
    // A dialog is answered although nobody reads all of it, and what nobody asked for is passed over.
    for script in
        ["alert('x'.repeat(17 << 20))", "console.log('x'.repeat(17 << 20))", "Promise.reject('x'.repeat(17 << 20))"]
    {
        assert_eq!(value(&session, &format!("{script}; 1")).await, 1, "{script}");
        assert_eq!(value(&session, "2").await, 2, "{script}");
    }
    assert_eq!(value(&neighbour, "3").await, 3);
}

async fn a_page_may_not_show_files(chrome: Chrome) {
    for url in ["file:///etc/hostname", "chrome://version/", "view-source:file:///etc/hostname"] {
        let session = chrome.on("<p>x").await;
        let _ = session.send_cdp("Page.navigate", json!({ "url": url }), &within(5)).await;
        // Whatever is asked first is told, and what the page shows is not.
        let read = Script::function("() => document.documentElement.innerText").idempotent();
        let error = session.evaluate(&read, &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{url}");
        let away = async || value(&session, "location.href").await == "about:blank";
        eventually("the page was sent away", Duration::from_secs(2), away).await;
        go(&session, &chrome.site.url("/landed")).await;
        session.close(&within(5)).await.unwrap();
    }
}

async fn a_popup_may_not_show_files(chrome: Chrome) {
    let session = chrome.on(&format!("<button {BIG} onclick=\"w = window.open('about:blank')\">x</button>")).await;
    assert_eq!(click(&session).await.opened, 1);
    let _ = session.send_cdp("Page.navigate", json!({ "url": "file:///etc/hostname" }), &within(5)).await;
    let told = async || {
        let error = session.evaluate(&Script::expression("1"), &within(5)).await.err();
        error.is_some_and(|error| error.kind() == ErrorKind::Denied)
    };
    eventually("it is told", Duration::from_secs(2), told).await;
    let back = async || {
        let path = session.evaluate(&Script::expression("location.pathname"), &within(2)).await;
        path.is_ok_and(|path| path["value"] == "/page")
    };
    eventually("the popup was closed", Duration::from_secs(3), back).await;
}

async fn raw_commands_reach_the_page(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let answer = session.send_cdp("Runtime.evaluate", json!({ "expression": "6*7" }), &within(5)).await.unwrap();
    assert_eq!(answer["result"]["value"], 42);
    let error = session.send_cdp("No.such", json!({}), &within(5)).await.unwrap_err();
    assert_eq!(error.detail().unwrap()["cdp_code"], -32601);
    let error = session.send_cdp("Page.navigate", json!({}), &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
