use std::time::{Duration, Instant};

use browsr_core::cookie::{Cookie, CookieFilter, OriginState, StorageItem};
use browsr_core::input::KeyChord;
use browsr_core::session::ScreencastOptions;
use browsr_core::{
    ErrorKind, ImageFormat, Rect, ScreenshotArea, ScreenshotOptions, Script, SessionOptions, UserAgent, Viewport, World,
};
use futures_util::StreamExt;
use serde_json::json;

use crate::support::*;

cases! {
    functions_take_arguments_and_promises_are_awaited
    what_a_script_throws_is_told
    the_engines_world_is_not_that_of_the_page
    half_a_surrogate_pair_comes_through
    an_endless_script_times_out_and_can_be_interrupted
    a_script_waits_for_the_document_that_is_on_its_way
    a_script_whose_document_goes_runs_again_only_if_that_does_no_harm
    the_observer_counts_changes
    requests_are_counted_while_they_run
    screenshots_have_the_size_and_format_asked_for
    the_viewport_is_exact
    a_screencast_shows_changes_and_stops
    cookies_come_and_go_and_stay_in_their_session
    storage_is_restored_without_the_network
    files_reach_the_page
    init_scripts_run_before_the_page
    the_browser_does_not_call_itself_headless
    automation_can_be_hidden
}

async fn functions_take_arguments_and_promises_are_awaited(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let script = Script::function("async (a, b) => ({ sum: a + b.n, none: undefined })").arg(1).arg(json!({ "n": 2 }));
    assert_eq!(session.evaluate(&script, &within(5)).await.unwrap(), json!({ "sum": 3 }));
    let script = Script::function("() => undefined");
    assert_eq!(session.evaluate(&script, &within(5)).await.unwrap(), json!(null));
    let object = session.evaluate(&Script::expression("Promise.resolve(NaN)"), &within(5)).await.unwrap();
    assert_eq!((&object["type"], &object["unserializableValue"]), (&json!("number"), &json!("NaN")));
    let object = session.evaluate(&Script::expression("var q = 5; undefined"), &within(5)).await.unwrap();
    assert_eq!(object["type"], "undefined");
    assert_eq!(value(&session, "q").await, 5);
}

async fn what_a_script_throws_is_told(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    for script in [
        Script::function("() => { throw new TypeError('bad: luck') }"),
        Script::function("() => { throw new TypeError('bad: luck') }").in_world(World::Page),
        Script::expression("throw new TypeError('bad: luck')"),
        Script::expression("Promise.reject(new TypeError('bad: luck'))"),
    ] {
        let error = session.evaluate(&script, &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::JavascriptError);
        assert_eq!(error.detail().unwrap()["name"], "TypeError", "{error}");
        assert_eq!(error.detail().unwrap()["message"], "bad: luck");
    }
    for source in ["syntax error here", "throw 'text'", "const a = {}; a.a = a; a"] {
        let error = session.evaluate(&Script::expression(source), &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::JavascriptError, "{source}: {error}");
    }
}

async fn the_engines_world_is_not_that_of_the_page(chrome: Chrome) {
    let session = chrome.on("<script>secret = 1; JSON.stringify = () => 'broken'</script>").await;
    let engine = Script::function("() => [typeof secret, document.scripts.length]");
    assert_eq!(session.evaluate(&engine, &within(5)).await.unwrap(), json!(["undefined", 1]));
    assert_eq!(value(&session, "secret").await, 1);
}

async fn half_a_surrogate_pair_comes_through(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    assert_eq!(value(&session, "'a\\ud800b'").await, "a\u{fffd}b");
    let script = Script::function("() => 'a\\ud800b'");
    assert_eq!(session.evaluate(&script, &within(5)).await.unwrap(), "a\u{fffd}b");
}

async fn an_endless_script_times_out_and_can_be_interrupted(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let started = Instant::now();
    let error = session.evaluate(&Script::expression("while(true);"), &millis(400)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ScriptTimeout);
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(session.ping(&millis(500)).await.unwrap_err().kind(), ErrorKind::Timeout);
    let started = Instant::now();
    session.interrupt(&within(2)).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(value(&session, "1+1").await, 2);
    session.ping(&within(1)).await.unwrap();
    // A page that does not hang takes no harm.
    session.interrupt(&within(2)).await.unwrap();
    assert_eq!(value(&session, "document.body.innerText").await, "x");
}

async fn a_script_waits_for_the_document_that_is_on_its_way(chrome: Chrome) {
    let session =
        chrome.on("<a href=/slow?300 style='position:absolute;left:0;top:0;width:99px;height:99px'>x</a>").await;
    click(&session).await;
    let script = Script::function("() => document.title").idempotent();
    assert_eq!(session.evaluate(&script, &within(5)).await.unwrap(), "slow");
    // On its way to nowhere, that is what is told.
    go(
        &session,
        &chrome.site.page("/page", "<a href=/hang style='position:absolute;left:0;top:0;width:99px;height:99px'>x</a>"),
    )
    .await;
    click(&session).await;
    let error = session.evaluate(&script, &millis(400)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    session.ping(&within(2)).await.unwrap();
    session.interrupt(&within(2)).await.unwrap();
    assert_eq!(value(&session, "location.pathname").await, "/page");
}

async fn a_script_whose_document_goes_runs_again_only_if_that_does_no_harm(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let source =
        "() => location.pathname === '/page' ? new Promise(() => { location = '/landed' }) : location.pathname";
    let error = session.evaluate(&Script::function(source), &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleElementReference);
    go(&session, &chrome.site.url("/page")).await;
    let script = Script::function(source).idempotent();
    assert_eq!(session.evaluate(&script, &within(5)).await.unwrap(), "/landed");
}

async fn the_observer_counts_changes(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let read = Script::function(
        "() => { const { count, last } = globalThis[Symbol.for('browsr.observer')]; return [count, last] }",
    );
    assert_eq!(session.evaluate(&read, &within(5)).await.unwrap(), json!([0, 0]));
    value(&session, "document.body.append('more'); setTimeout(() => document.body.append('still'))").await;
    let seen = session.evaluate(&read, &within(5)).await.unwrap();
    assert_eq!(seen[0], 2);
    assert!(seen[1].as_f64().unwrap() > 0.0);
}

async fn requests_are_counted_while_they_run(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let idle = async || session.network_activity().map(|activity| activity.pending) == Some(0);
    eventually("nothing is under way", Duration::from_secs(2), idle).await;
    value(&session, "fetch('/slow?1500'); fetch('/slow?1500'); 1").await;
    let two = async || session.network_activity().map(|activity| activity.pending) == Some(2);
    eventually("two fetches are under way", Duration::from_millis(1400), two).await;
    eventually("they have ended", Duration::from_secs(10), idle).await;
}

fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[1..4], b"PNG");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

async fn screenshots_have_the_size_and_format_asked_for(chrome: Chrome) {
    let session = chrome
        .on("<body style='margin:0'><div style='height:3000px;width:100px;background:linear-gradient(red,blue)'>")
        .await;
    value(&session, "scrollTo(0, 500)").await;
    let options = ScreenshotOptions::new();
    let image = session.screenshot(&options, &within(10)).await.unwrap();
    assert_eq!(png_size(&image.bytes), (1280, 720));
    let image = session.screenshot(&options.clone().with_area(ScreenshotArea::FullPage), &within(10)).await.unwrap();
    assert_eq!(png_size(&image.bytes), (1280, 3000));
    let clip = ScreenshotArea::Clip(Rect { x: 10.0, y: 2000.0, width: 50.0, height: 60.0 });
    let image = session.screenshot(&options.clone().with_area(clip), &within(10)).await.unwrap();
    assert_eq!(png_size(&image.bytes), (50, 60));
    let jpeg = options.clone().with_format(ImageFormat::Jpeg).with_quality(Some(60));
    assert_eq!(session.screenshot(&jpeg, &within(10)).await.unwrap().bytes[..2], [0xFF, 0xD8]);
    let webp = options.clone().with_format(ImageFormat::Webp);
    assert_eq!(&session.screenshot(&webp, &within(10)).await.unwrap().bytes[8..12], b"WEBP");
    let none = ScreenshotArea::Clip(Rect { x: 0.0, y: 0.0, width: 0.0, height: 5.0 });
    let error = session.screenshot(&options.with_area(none), &within(10)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(value(&session, "[scrollY, innerWidth, innerHeight].join()").await, "500,1280,720");
}

async fn the_viewport_is_exact(chrome: Chrome) {
    let viewport = Viewport::new(333, 222).with_device_scale_factor(2.0);
    let session = chrome.session_with(&SessionOptions::new().with_viewport(viewport)).await;
    go(&session, &chrome.site.page("/page", "<p>x")).await;
    let size = "[innerWidth, innerHeight, devicePixelRatio, screen.width].join()";
    assert_eq!(value(&session, size).await, "333,222,2,1920");
    session.set_viewport(Viewport::new(1000, 600), &within(5)).await.unwrap();
    assert_eq!(value(&session, size).await, "1000,600,1,1920");
    go(&session, &chrome.site.elsewhere("/page")).await;
    assert_eq!(value(&session, size).await, "1000,600,1,1920");
    // What does not fit on the screen gets a larger one.
    session.set_viewport(Viewport::new(2000, 600), &within(5)).await.unwrap();
    assert_eq!(value(&session, size).await, "2000,600,1,2000");
    eventually("the window is as large", Duration::from_secs(2), async || {
        value(&session, "outerWidth").await == json!(2000)
    })
    .await;
}

async fn a_screencast_shows_changes_and_stops(chrome: Chrome) {
    let session = chrome.on("<body id=b>").await;
    let mut frames = session.screencast(&ScreencastOptions::default(), &within(5)).await.unwrap();
    let mut next =
        async || tokio::time::timeout(Duration::from_secs(10), frames.next()).await.unwrap().unwrap().unwrap();
    let first = next().await;
    assert!(first.base64.starts_with(b"/9j/"), "not a JPEG in base64");
    // More frames than the browser sends without being asked for more.
    for round in 0..8 {
        value(&session, &format!("b.style.background = ['red','blue'][{round} % 2]")).await;
        next().await;
    }
    // It goes on in another process.
    go(&session, &chrome.site.elsewhere("/landed")).await;
    value(&session, "document.body.style.background = 'green'").await;
    next().await;
    drop(frames);
    let mut again = session.screencast(&ScreencastOptions::default(), &within(5)).await.unwrap();
    assert!(again.next().await.unwrap().is_ok());
    session.close(&within(5)).await.unwrap();
    let ended = async { while again.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("the stream ends with the session");
}

async fn cookies_come_and_go_and_stay_in_their_session(chrome: Chrome) {
    let session = chrome.session().await;
    go(&session, &chrome.site.url("/json")).await;
    let mut wanted = Cookie::new("a", "1");
    wanted.http_only = true;
    wanted.expires = Some(4_000_000_000.0);
    let far = Cookie::new("b", "2").with_domain(".example.com").with_path("/x");
    session.set_cookies(&[wanted, far], &within(5)).await.unwrap();
    let mut found = session.cookies(&within(5)).await.unwrap();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    let names: Vec<_> = found.iter().map(|cookie| cookie.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "h"]);
    assert!(found[0].http_only && found[2].http_only && found[2].expires.is_none());
    assert_eq!(found[0].domain.as_deref(), Some("127.0.0.1"));
    assert!(found[0].expires.is_some());
    let other = chrome.session().await;
    assert_eq!(other.cookies(&within(5)).await.unwrap(), []);
    session.delete_cookies(&CookieFilter::name("b").with_domain("example.com"), &within(5)).await.unwrap();
    assert_eq!(session.cookies(&within(5)).await.unwrap().len(), 2);
    session.delete_cookies(&CookieFilter::all(), &within(5)).await.unwrap();
    assert_eq!(session.cookies(&within(5)).await.unwrap(), []);
    // A page without an address can have no cookie.
    let error = other.set_cookies(&[Cookie::new("a", "s3cret")], &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(!format!("{error:?}").contains("s3cret"));
}

async fn storage_is_restored_without_the_network(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    // The browser asks for the site's icon when it likes.
    let asked = || chrome.site.requests().iter().filter(|head| !head.contains("favicon")).count();
    let before = asked();
    let origins = [
        OriginState::new("https://never.invalid", vec![StorageItem::new("k", "v")]),
        OriginState::new(
            chrome.site.elsewhere("/").origin().ascii_serialization(),
            vec![StorageItem::new("q\"'", "1</script>")],
        ),
    ];
    session.restore_origins(&origins, &within(5)).await.unwrap();
    assert_eq!(asked(), before);
    assert_eq!(value(&session, "document.body.innerText").await, "x");
    go(&session, &chrome.site.elsewhere("/landed")).await;
    assert_eq!(value(&session, "JSON.stringify({...localStorage})").await, "{\"q\\\"'\":\"1</script>\"}");
    let error =
        session.restore_origins(&[OriginState::new("file:///", vec![StorageItem::new("k", "v")])], &within(5)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidArgument);
}

async fn files_reach_the_page(chrome: Chrome) {
    let session = chrome.on("<input type=file id=f multiple>").await;
    let directory = std::env::temp_dir().join(format!("browsr-upload-{}-{:?}", std::process::id(), chrome.kind));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("näme.txt");
    std::fs::write(&path, "content").unwrap();
    // Only its owner may read it, and the browser may be another user.
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let locate = Script::function("() => document.querySelector('#f')");
    session.set_files(&locate, std::slice::from_ref(&path), &within(5)).await.unwrap();
    let read = call(&session, "async () => f.files[0].name + ':' + await f.files[0].text()").await;
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(read, "näme.txt:content");
    let error = session.set_files(&locate, &[path], &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let body = Script::function("() => document.body");
    let error = session.set_files(&body, &[std::env::current_exe().unwrap()], &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ElementNotInteractable);
}

async fn init_scripts_run_before_the_page(chrome: Chrome) {
    let session = chrome.session().await;
    session.add_init_script("window.early = (window.early || 0) + 1", &within(5)).await.unwrap();
    go(&session, &chrome.site.page("/page", "<script>seen = window.early</script>")).await;
    assert_eq!(value(&session, "seen").await, 1);
    go(&session, &chrome.site.elsewhere("/page")).await;
    assert_eq!(value(&session, "seen").await, 1);
}

async fn the_browser_does_not_call_itself_headless(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let told = value(&session, "navigator.userAgent + JSON.stringify(navigator.userAgentData || {})").await;
    assert!(!told.as_str().unwrap().contains("Headless"), "{told}");
    let sent = chrome.site.requests().join("\n");
    assert!(sent.contains("User-Agent: Mozilla/5.0") && !sent.contains("Headless"), "{sent}");
    let named = UserAgent::Custom("Mine/1.0".into());
    let session = chrome.session_with(&SessionOptions::new().with_user_agent(named)).await;
    go(&session, &chrome.site.url("/page")).await;
    assert_eq!(value(&session, "navigator.userAgent").await, "Mine/1.0");
    assert!(chrome.site.requests().last().unwrap().contains("User-Agent: Mine/1.0"));
    // Keys still work, as with any name.
    act(&session, KeyChord::parse("Enter").unwrap().actions()).await;
}

async fn automation_can_be_hidden(chrome: Chrome) {
    let session = chrome.session_with(&SessionOptions::new().with_disable_automation_detection(true)).await;
    go(&session, &chrome.site.page("/page", "<p>x")).await;
    assert_eq!(value(&session, "navigator.webdriver").await, false);
    let plain = chrome.on("<p>x").await;
    assert_eq!(value(&plain, "navigator.webdriver").await, true);
}
