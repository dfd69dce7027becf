//! Going somewhere, and waiting for a navigation that input has started.

use std::time::{Duration, Instant};

use super::{Context, Site, cases};
use crate::SessionHandle;
use crate::capability::Capabilities;
use crate::command::extract::Evaluate;
use crate::command::navigate::{NavigateTo, Refresh, WaitForNavigation};
use crate::command::wait::WaitForElement;
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};

cases! { "navigation":
    Capabilities::DOM => [
        navigate_returns_when_the_page_has_loaded,
        a_redirect_chain_ends_at_its_last_page,
        a_redirect_to_another_origin_arrives,
        an_error_status_is_a_page_like_any_other,
        a_refused_connection_is_an_error,
        a_redirect_loop_is_an_error,
        a_fragment_returns_at_once,
        a_204_leaves_the_page_as_it_is,
        a_page_whose_image_hangs_times_out_and_can_be_read,
        a_server_that_never_answers_times_out_and_the_session_goes_on,
        refresh_loads_anew,
        click_then_wait_arrives_on_the_new_page,
        waiting_after_a_click_that_goes_nowhere_takes_half_a_second,
        waiting_catches_a_navigation_that_a_timer_starts,
        waiting_twice_returns_at_once_the_second_time,
        waiting_without_input_returns_at_once,
        a_click_on_a_fragment_link_is_a_navigation,
        a_click_on_a_204_link_leaves_the_page,
        a_form_post_arrives_behind_its_redirect,
        push_state_is_a_navigation,
        wait_for_element_sees_what_comes_later,
        wait_for_element_times_out_by_its_own_limit,
    ],
    Capabilities::NAVIGATION_EVENTS => [
        a_download_leaves_the_page_as_it_is,
        a_click_on_a_download_leaves_the_page,
        a_challenge_for_a_password_is_the_page,
        what_asks_for_a_password_holds_up_no_page,
        a_password_in_the_url_is_used,
    ],
    Capabilities::NONE => [a_bad_url_is_refused_at_once, other_schemes_are_denied],
}

async fn navigate_returns_when_the_page_has_loaded(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    assert_eq!(session.title().await?, "How bread rises");
    assert_eq!(session.evaluate("document.readyState").await?, "complete");
    Ok(())
}

async fn a_redirect_chain_ends_at_its_last_page(cx: Context) -> Result<()> {
    let session = cx.visit("redirect/3").await?;
    assert_eq!(session.evaluate("location.pathname").await?, "/article");
    Ok(())
}

async fn a_redirect_to_another_origin_arrives(cx: Context) -> Result<()> {
    let session = cx.visit("redirect-away").await?;
    assert_eq!(session.evaluate("location.hostname").await?, "localhost");
    cx.visit("form").await?;
    assert_eq!(session.evaluate("location.hostname").await?, "127.0.0.1");
    Ok(())
}

async fn an_error_status_is_a_page_like_any_other(cx: Context) -> Result<()> {
    let session = cx.visit("status/404").await?;
    assert_eq!(session.title().await?, "404 Not Found");
    Ok(())
}

async fn a_refused_connection_is_an_error(cx: Context) -> Result<()> {
    cx.visit("article").await?;
    let error = cx.session.navigate(Site::refused_url().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NavigationFailed, "{error:?}");
    cx.visit("form").await?;
    assert_eq!(cx.session.title().await?, "Form");
    Ok(())
}

async fn a_redirect_loop_is_an_error(cx: Context) -> Result<()> {
    let error = cx.visit("redirect-loop").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NavigationFailed, "{error:?}");
    Ok(())
}

async fn a_fragment_returns_at_once(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.evaluate("window.mark = 1").await?;
    cx.visit("links#end").await?;
    assert_eq!(session.evaluate("[window.mark, location.hash]").await?, serde_json::json!([1, "#end"]));
    Ok(())
}

async fn a_204_leaves_the_page_as_it_is(cx: Context) -> Result<()> {
    cx.visit("links").await?;
    let session = cx.visit("status/204").await?;
    assert_eq!(session.title().await?, "Links");
    Ok(())
}

async fn a_download_leaves_the_page_as_it_is(cx: Context) -> Result<()> {
    cx.visit("links").await?;
    let session = cx.visit("download").await?;
    assert_eq!(session.title().await?, "Links");
    Ok(())
}

async fn a_page_whose_image_hangs_times_out_and_can_be_read(cx: Context) -> Result<()> {
    let start = Instant::now();
    let cx_short = crate::OpContext::within(Duration::from_millis(1500));
    let error = cx.session.run_within(NavigateTo::new(cx.site.url("hanging-image")), &cx_short).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(cx.session.text("h1").await?, "Hanging image");
    Ok(())
}

async fn a_server_that_never_answers_times_out_and_the_session_goes_on(cx: Context) -> Result<()> {
    cx.visit("article").await?;
    let short = crate::OpContext::within(Duration::from_millis(700));
    let error = cx.session.run_within(NavigateTo::new(cx.site.url("hang")), &short).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let session = cx.visit("form").await?;
    assert_eq!(session.title().await?, "Form");
    Ok(())
}

async fn refresh_loads_anew(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session.evaluate("window.mark = 1").await?;
    session.run(Refresh::new()).await?;
    assert_eq!(session.evaluate("typeof window.mark").await?, "undefined");
    assert_eq!(session.title().await?, "How bread rises");
    Ok(())
}

async fn click_then_wait_arrives_on_the_new_page(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.click("#to-slow").await?;
    session.wait_for_navigation().await?;
    assert_eq!(session.title().await?, "Slow");
    Ok(())
}

async fn waiting_after_a_click_that_goes_nowhere_takes_half_a_second(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.click("#nothing").await?;
    let start = Instant::now();
    session.wait_for_navigation().await?;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(session.title().await?, "Links");
    Ok(())
}

async fn waiting_catches_a_navigation_that_a_timer_starts(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.click("#later").await?;
    session.wait_for_navigation().await?;
    assert_eq!(session.title().await?, "How bread rises");
    Ok(())
}

/// Waits for a navigation where there is none to wait for. The fastest of three counts, since the machine may be busy.
async fn at_once(session: &SessionHandle) -> Result<()> {
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        session.run(WaitForNavigation::new().with_timeout(Duration::from_secs(5))).await?;
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest < Duration::from_millis(300), "{fastest:?}");
    Ok(())
}

/// Clicks what navigates within the document, and waits for that: it has happened, so the half second in which a
/// navigation may still begin is not waited for.
async fn clicked_and_waited_for(cx: &Context, selector: &str) -> Result<()> {
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let session = cx.visit("links").await?;
        session.click(selector).await?;
        let start = Instant::now();
        session.wait_for_navigation().await?;
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest < Duration::from_millis(400), "{fastest:?}");
    Ok(())
}

async fn waiting_twice_returns_at_once_the_second_time(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.click("#to-article").await?;
    session.wait_for_navigation().await?;
    at_once(session).await
}

async fn waiting_without_input_returns_at_once(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    at_once(session).await
}

async fn a_click_on_a_fragment_link_is_a_navigation(cx: Context) -> Result<()> {
    clicked_and_waited_for(&cx, "#to-fragment").await?;
    assert_eq!(cx.session.evaluate("location.hash").await?, "#end");
    Ok(())
}

async fn a_click_on_a_204_link_leaves_the_page(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.click("#to-204").await?;
    session.run(WaitForNavigation::new().with_timeout(Duration::from_secs(5))).await?;
    assert_eq!(session.title().await?, "Links");
    Ok(())
}

async fn a_click_on_a_download_leaves_the_page(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    session.click("#to-download").await?;
    session.run(WaitForNavigation::new().with_timeout(Duration::from_secs(5))).await?;
    assert_eq!(session.title().await?, "Links");
    Ok(())
}

async fn a_form_post_arrives_behind_its_redirect(cx: Context) -> Result<()> {
    let session = cx.visit("login").await?;
    session.fill("#user", "ada").await?;
    session.fill("#password", "lovelace").await?;
    session.click("button[type=submit]").await?;
    session.wait_for_navigation().await?;
    assert_eq!(session.title().await?, "Dashboard");
    assert!(session.cookies().await?.iter().any(|cookie| cookie.name == "sid" && cookie.http_only));
    Ok(())
}

async fn push_state_is_a_navigation(cx: Context) -> Result<()> {
    clicked_and_waited_for(&cx, "#push").await?;
    assert_eq!(cx.session.evaluate("location.pathname").await?, "/pushed");
    Ok(())
}

async fn wait_for_element_sees_what_comes_later(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    let found = session.run(WaitForElement::new("#late")).await?;
    assert!(found.found && found.visible);
    let found = session.run(WaitForElement::new("#hidden")).await?;
    assert!(found.found && !found.visible);
    Ok(())
}

async fn wait_for_element_times_out_by_its_own_limit(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    for (command, kind) in [
        (WaitForElement::new("#never"), ErrorKind::NoSuchElement),
        (WaitForElement::new("#hidden").visible(), ErrorKind::ElementNotInteractable),
    ] {
        let start = Instant::now();
        let error = session.run(command.with_timeout(Duration::from_secs(1))).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        let taken = start.elapsed();
        assert!(taken > Duration::from_millis(700) && taken < Duration::from_millis(1500), "{taken:?}");
    }
    Ok(())
}

async fn a_bad_url_is_refused_at_once(cx: Context) -> Result<()> {
    let error = cx.session.navigate("http://").await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some("url")));
    for url in ["/login", "?page=2", "#end", "//example.com/x", "./next"] {
        let error = cx.session.navigate(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{url}");
        assert!(error.message().contains("https://example.com/login"), "{error}");
    }
    Ok(())
}

async fn other_schemes_are_denied(cx: Context) -> Result<()> {
    for url in ["file:///etc/hostname", "view-source:file:///etc/hostname", "chrome://version", "javascript:alert(1)"] {
        assert_eq!(cx.session.navigate(url).await.unwrap_err().kind(), ErrorKind::Denied, "{url}");
    }
    Ok(())
}

async fn a_challenge_for_a_password_is_the_page(cx: Context) -> Result<()> {
    let soon = OpContext::within(Duration::from_secs(10));
    let navigation = cx.session.run_within(NavigateTo::new(cx.site.url("locked")), &soon).await;
    assert!(navigation.is_ok(), "{navigation:?}");
    assert_eq!(cx.session.text("h1").await?, "Only for members");
    Ok(())
}

async fn what_asks_for_a_password_holds_up_no_page(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let statuses = "(async () => { const image = new Image(); image.src = '/locked?image';
        await new Promise(done => { image.onerror = done; setTimeout(done, 8000) });
        return (await fetch('/locked')).status })()";
    let soon = OpContext::within(Duration::from_secs(7));
    assert_eq!(session.run_within(Evaluate::new(statuses), &soon).await?.value(), 401);
    Ok(())
}

async fn a_password_in_the_url_is_used(cx: Context) -> Result<()> {
    let url = cx.site.url("locked").replace("http://", "http://ada:lovelace@");
    cx.session.navigate(url).await?;
    assert_eq!(cx.session.text("h1").await?, "Welcome, ada");
    Ok(())
}
