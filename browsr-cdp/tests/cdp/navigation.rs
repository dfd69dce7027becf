use std::time::{Duration, Instant};

use browsr_core::input::NavigationSeen;
use browsr_core::{ErrorKind, NavigateTo, Script};

use crate::support::*;

cases! {
    navigate_returns_at_load_with_what_the_network_said
    a_fragment_stays_in_the_document
    no_content_and_downloads_leave_the_page_as_it_is
    a_hanging_image_times_out_and_the_page_works_on
    a_hanging_server_times_out_and_the_page_works_on
    redirects_are_recorded
    a_network_error_is_an_error_and_the_session_goes_on
    an_error_status_is_no_error
    another_site_in_another_process_works
    beforeunload_does_not_hold_a_navigation_back
    a_page_that_does_not_let_go_is_left
    reload_and_history_arrive
    a_page_that_sends_on_at_once_is_followed
    a_click_on_a_link_is_waited_for
    a_form_with_a_slow_answer_is_waited_for
    a_click_that_does_nothing_costs_half_a_second
    a_navigation_by_timer_is_caught
    a_navigation_after_a_fetch_is_caught
    a_click_within_the_document_is_seen_at_once
    a_click_that_leads_nowhere_ends_without_a_commit
    without_input_there_is_nothing_to_wait_for
}

const BIG: &str = "style='position:absolute;left:0;top:0;width:200px;height:100px'";

async fn navigate_returns_at_load_with_what_the_network_said(chrome: Chrome) {
    let session = chrome.session().await;
    let url = chrome.site.page("/a", "<title>a</title><img src=/slow?150>");
    let started = Instant::now();
    let navigation = go(&session, &url).await;
    assert!(started.elapsed() > Duration::from_millis(150), "returned before the load event");
    assert_eq!((navigation.url, navigation.committed, navigation.same_document), (url, true, false));
    assert_eq!((navigation.status, navigation.content_type.as_deref()), (Some(200), Some("text/html")));
    assert_eq!(value(&session, "document.readyState").await, "complete");
    let navigation = go(&session, &chrome.site.url("/json")).await;
    assert_eq!(navigation.content_type.as_deref(), Some("application/json"));
}

async fn a_fragment_stays_in_the_document(chrome: Chrome) {
    let session = chrome.on("<p id=x>x").await;
    value(&session, "window.mark = 1").await;
    let url = chrome.site.url("/page#x");
    let navigation = go(&session, &url).await;
    assert!(navigation.same_document && navigation.committed);
    assert_eq!(navigation.url, url);
    assert_eq!(value(&session, "window.mark").await, 1);
    // The same fragment once more is still the same document.
    assert!(go(&session, &url).await.same_document);
}

async fn no_content_and_downloads_leave_the_page_as_it_is(chrome: Chrome) {
    let session = chrome.on("<p>here").await;
    for (path, download) in [("/204", false), ("/download", true)] {
        let navigation = try_go(&session, &chrome.site.url(path), &within(5)).await.unwrap();
        assert_eq!((navigation.committed, navigation.download.is_some()), (false, download), "{path}");
        assert_eq!(navigation.url, chrome.site.url(path), "{path}");
        assert_eq!(value(&session, "document.body.innerText").await, "here", "{path}");
    }
}

async fn a_hanging_image_times_out_and_the_page_works_on(chrome: Chrome) {
    let session = chrome.session().await;
    let url = chrome.site.page("/a", "<p>text</p><img src=/hang>");
    let started = Instant::now();
    let error = try_go(&session, &url, &millis(700)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(value(&session, "document.body.innerText.trim()").await, "text");
    // The load was stopped, so nothing is under way.
    assert!(session.wait_for_navigation(&within(3)).await.unwrap().committed);
    go(&session, &chrome.site.url("/landed")).await;
}

async fn a_hanging_server_times_out_and_the_page_works_on(chrome: Chrome) {
    let session = chrome.on("<p>before").await;
    let error = try_go(&session, &chrome.site.url("/hang"), &millis(500)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(value(&session, "document.body.innerText").await, "before");
}

async fn redirects_are_recorded(chrome: Chrome) {
    let session = chrome.session().await;
    let navigation = go(&session, &chrome.site.url("/redirect?2")).await;
    assert_eq!(navigation.url, chrome.site.url("/redirect?0"));
    let steps: Vec<_> = navigation.redirects.iter().map(|step| (step.url.as_str(), step.status)).collect();
    let [first, second] = [chrome.site.url("/redirect?2"), chrome.site.url("/redirect?1")];
    assert_eq!(steps, [(first.as_str(), 302), (second.as_str(), 302)]);
    let error = try_go(&session, &chrome.site.url("/loop"), &within(10)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NavigationFailed);
    assert!(error.to_string().contains("ERR_TOO_MANY_REDIRECTS"), "{error}");
}

async fn a_network_error_is_an_error_and_the_session_goes_on(chrome: Chrome) {
    let session = chrome.session().await;
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{free}/p?token=s3cret").parse().unwrap();
    let error = try_go(&session, &url, &within(10)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NavigationFailed);
    assert!(error.to_string().contains("net::ERR_CONNECTION_REFUSED"), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert_eq!(go(&session, &chrome.site.url("/landed")).await.status, Some(200));
}

async fn an_error_status_is_no_error(chrome: Chrome) {
    let session = chrome.session().await;
    for path in ["/missing", "/empty-404"] {
        let navigation = go(&session, &chrome.site.url(path)).await;
        assert_eq!((navigation.status, navigation.committed), (Some(404), true), "{path}");
        assert_eq!(navigation.url, chrome.site.url(path));
    }
}

async fn another_site_in_another_process_works(chrome: Chrome) {
    let session = chrome.session().await;
    for _ in 0..3 {
        go(&session, &chrome.site.url("/landed")).await;
        assert_eq!(value(&session, "location.hostname").await, "127.0.0.1");
        go(&session, &chrome.site.elsewhere("/landed")).await;
        assert_eq!(call(&session, "() => location.hostname").await, "localhost");
        let engine = session.evaluate(&Script::function("() => location.hostname"), &within(5)).await.unwrap();
        assert_eq!(engine, "localhost");
    }
}

async fn beforeunload_does_not_hold_a_navigation_back(chrome: Chrome) {
    let html = format!(
        "<button {BIG}>b</button><script>addEventListener('beforeunload', e => {{ e.preventDefault(); e.returnValue = 'x'; }})</script>"
    );
    let session = chrome.on(&html).await;
    // The browser asks only where a person has used the page.
    click(&session).await;
    let navigation = go(&session, &chrome.site.url("/landed")).await;
    assert_eq!(navigation.url, chrome.site.url("/landed"));
}

async fn a_page_that_does_not_let_go_is_left(chrome: Chrome) {
    let next = chrome.site.page("/next", "<title>next</title>");
    for event in ["beforeunload", "pagehide", "unload"] {
        let hangs =
            format!("<button {BIG}>b</button><script>addEventListener('{event}', () => {{ for (;;); }})</script>");
        let session = chrome.on(&hangs).await;
        // `beforeunload` is heard where somebody has used the page.
        click(&session).await;
        let begun = Instant::now();
        assert!(go(&session, &next).await.committed, "{event}");
        assert!(begun.elapsed() < Duration::from_secs(6), "{event}: {:?}", begun.elapsed());
        // What was stopped is the page before, and not this one.
        assert_eq!(value(&session, "document.title").await, "next");
    }
    // The control: what only takes its time is left to end.
    let slow = "<script>addEventListener('pagehide', () => {
        for (const end = Date.now() + 900; Date.now() < end;);
        sessionStorage.ended = 'yes';
    })</script>";
    let session = chrome.on(slow).await;
    go(&session, &next).await;
    assert_eq!(value(&session, "sessionStorage.ended").await, "yes");
}

async fn reload_and_history_arrive(chrome: Chrome) {
    let session = chrome.on("<p>one").await;
    value(&session, "window.mark = 1").await;
    let navigation = session.navigate(&NavigateTo::Reload, &within(5)).await.unwrap();
    assert_eq!((navigation.committed, navigation.url), (true, chrome.site.url("/page")));
    assert_eq!(value(&session, "typeof window.mark").await, "undefined");
    go(&session, &chrome.site.url("/landed")).await;
    let back = session.navigate(&NavigateTo::History(-1), &within(5)).await.unwrap();
    assert_eq!(back.url, chrome.site.url("/page"));
    let forward = session.navigate(&NavigateTo::History(1), &within(5)).await.unwrap();
    assert_eq!(forward.url, chrome.site.url("/landed"));
    assert!(!session.navigate(&NavigateTo::History(5), &within(5)).await.unwrap().committed);
    go(&session, &chrome.site.url("/landed#a")).await;
    assert!(session.navigate(&NavigateTo::History(-1), &within(5)).await.unwrap().same_document);
}

async fn a_page_that_sends_on_at_once_is_followed(chrome: Chrome) {
    let session = chrome.session().await;
    let url = chrome.site.page("/a", "<script>location.replace('/landed')</script><img src=/slow?1000>");
    assert_eq!(go(&session, &url).await.url, chrome.site.url("/landed"));
}

async fn a_click_on_a_link_is_waited_for(chrome: Chrome) {
    let session = chrome.on(&format!("<a href=/slow?300 {BIG}>go</a>")).await;
    let mut again = Vec::new();
    for _ in 0..3 {
        let outcome = click(&session).await;
        assert_eq!((outcome.navigation, outcome.completed), (NavigationSeen::Pending, true));
        let navigation = session.wait_for_navigation(&within(5)).await.unwrap();
        assert_eq!((navigation.url, navigation.committed), (chrome.site.url("/slow?300"), true));
        assert_eq!(value(&session, "document.title").await, "slow");
        // Asking again gives the same, at once.
        let started = Instant::now();
        assert_eq!(session.wait_for_navigation(&within(5)).await.unwrap().url, chrome.site.url("/slow?300"));
        again.push(started.elapsed());
        go(&session, &chrome.site.url("/page")).await;
    }
    assert!(again.iter().any(|took| *took < Duration::from_millis(200)), "{again:?}");
}

async fn a_form_with_a_slow_answer_is_waited_for(chrome: Chrome) {
    let session = chrome.on(&format!("<form method=post action=/slow-post><button {BIG}>send</button></form>")).await;
    click(&session).await;
    let navigation = session.wait_for_navigation(&within(5)).await.unwrap();
    assert_eq!((navigation.url, navigation.redirects.len()), (chrome.site.url("/landed"), 1));
    assert_eq!(value(&session, "document.title").await, "landed");
}

async fn a_click_that_does_nothing_costs_half_a_second(chrome: Chrome) {
    let session = chrome.on(&format!("<button {BIG}>nothing</button>")).await;
    assert_eq!(click(&session).await.navigation, NavigationSeen::None);
    let started = Instant::now();
    assert!(!session.wait_for_navigation(&within(5)).await.unwrap().committed);
    let took = started.elapsed();
    assert!((300..4000).contains(&took.as_millis()), "{took:?}");
}

async fn a_navigation_by_timer_is_caught(chrome: Chrome) {
    let session =
        chrome.on(&format!("<button {BIG} onclick=\"setTimeout(()=>location='/landed',200)\">later</button>")).await;
    assert_eq!(click(&session).await.navigation, NavigationSeen::None);
    assert_eq!(session.wait_for_navigation(&within(5)).await.unwrap().url, chrome.site.url("/landed"));
}

async fn a_navigation_after_a_fetch_is_caught(chrome: Chrome) {
    let session = chrome
        .on(&format!("<button {BIG} onclick=\"fetch('/slow?900').then(()=>location='/landed')\">log in</button>"))
        .await;
    click(&session).await;
    assert_eq!(session.wait_for_navigation(&within(5)).await.unwrap().url, chrome.site.url("/landed"));
}

async fn a_click_within_the_document_is_seen_at_once(chrome: Chrome) {
    for action in ["location.hash='x'", "history.pushState({},'','/page#x')"] {
        let session = chrome.on(&format!("<button {BIG} onclick=\"{action}\">b</button>")).await;
        assert_eq!(click(&session).await.navigation, NavigationSeen::SameDocument, "{action}");
        let started = Instant::now();
        let navigation = session.wait_for_navigation(&within(5)).await.unwrap();
        // Less than the deadline by far, and than the half second that a navigation is given to begin.
        assert!(started.elapsed() < Duration::from_millis(450));
        assert!(navigation.same_document && navigation.committed);
        assert_eq!(navigation.url, chrome.site.url("/page#x"));
    }
}

async fn a_click_that_leads_nowhere_ends_without_a_commit(chrome: Chrome) {
    for (path, download) in [("/204", false), ("/download", true)] {
        let session = chrome.on(&format!("<a href={path} {BIG}>go</a>")).await;
        click(&session).await;
        let started = Instant::now();
        let navigation = session.wait_for_navigation(&within(5)).await.unwrap();
        assert_eq!((navigation.committed, navigation.download.is_some()), (false, download), "{path}");
        assert!(started.elapsed() < Duration::from_secs(3), "{path}");
        assert_eq!(value(&session, "location.pathname").await, "/page");
    }
}

async fn without_input_there_is_nothing_to_wait_for(chrome: Chrome) {
    let session = chrome.session().await;
    let started = Instant::now();
    assert!(!session.wait_for_navigation(&within(5)).await.unwrap().committed);
    assert!(started.elapsed() < Duration::from_millis(450));
}
