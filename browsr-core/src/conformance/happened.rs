//! That what happened is told: what a navigation came to, dialogs on the way, pages that were refused.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Context, Site, cases};
use crate::capability::Capabilities;
use crate::command::AnyCommand;
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::navigation::Navigation;
use crate::options::SessionOptions;
use crate::scrape::{ScrapeAction, ScrapeRequest};

cases! { "happened":
    Capabilities::DOM => [
        a_navigation_says_what_it_came_to,
        a_fragment_is_a_navigation_within_the_document,
        an_error_status_without_a_body_is_success,
        what_cannot_be_reached_is_named_in_the_words_of_chrome,
        a_click_on_a_dead_link_is_told,
        a_script_that_leads_to_a_dead_address_is_told,
        a_scrape_of_a_dead_address_fails,
        a_scrape_whose_action_leads_to_a_dead_address_fails,
        the_page_works_on_after_an_error_page,
        refreshes_at_once_belong_to_the_navigation,
        refreshes_by_header_are_followed,
        refreshes_one_after_the_other_are_followed,
        a_refresh_of_the_page_itself_is_not_waited_for,
        a_refresh_that_takes_long_is_not_waited_for,
        waiting_follows_refreshes_of_up_to_five_seconds,
        a_scrape_reads_the_page_behind_a_refresh,
        a_scrape_keeps_the_page_whose_refresh_fails,
        dialogs_during_a_navigation_are_told,
        a_document_without_scripts_is_worked_with,
        a_document_that_is_never_closed_is_no_timeout,
        pages_beyond_the_limit_are_closed_and_counted,
        a_page_that_was_opened_before_a_click_is_not_its_own,
    ],
    Capabilities::NAVIGATION_EVENTS => [
        a_download_is_told,
        an_empty_answer_is_told,
        a_click_on_a_download_is_told,
        a_link_that_is_a_download_sends_its_request,
        a_redirect_to_what_is_no_page_is_named,
        a_scrape_of_a_download_keeps_what_the_server_said,
        a_body_that_breaks_off_is_incomplete,
        a_body_that_cannot_be_decoded_is_incomplete,
        a_scrape_of_half_a_page_says_so,
        a_refresh_that_ends_in_a_download_leaves_the_page,
        two_empty_answers_in_a_row_return,
    ],
}

/// Runs commands as the wire has them, and returns the `debug` of each.
async fn told(cx: &Context, commands: Value) -> Result<Vec<Value>> {
    let commands: Vec<AnyCommand> = serde_json::from_value(commands).unwrap();
    let batch = cx.session.batch(&commands).await?;
    let results = serde_json::to_value(&batch).unwrap()["results"].take();
    Ok(results.as_array().unwrap().iter().map(|result| result["debug"].clone()).collect())
}

fn network_error(error: &Error) -> Value {
    assert_eq!(error.kind(), ErrorKind::NavigationFailed, "{error:?}");
    error.detail().map_or(Value::Null, |detail| detail["network_error"].clone())
}

async fn go(cx: &Context, path: &str) -> Result<Navigation> {
    cx.session.navigate(cx.site.url(path)).await
}

async fn a_navigation_says_what_it_came_to(cx: Context) -> Result<()> {
    let navigation = go(&cx, "article").await?;
    assert_eq!((navigation.committed, navigation.same_document, navigation.incomplete), (true, false, false));
    assert_eq!((navigation.status, navigation.content_type.as_deref()), (Some(200), Some("text/html")));
    assert_eq!(navigation.url.path(), "/article");
    let debug = told(&cx, json!([{ "command": "navigate_to", "data": { "url": cx.site.url("status/404") } }])).await?;
    let expected = json!({ "url": cx.site.url("status/404"), "committed": true, "status": 404,
        "content_type": "text/html" });
    assert_eq!(debug[0]["navigation"], expected);
    Ok(())
}

async fn a_fragment_is_a_navigation_within_the_document(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    let navigation = go(&cx, "links#end").await?;
    assert_eq!((navigation.committed, navigation.same_document), (true, true));
    Ok(())
}

async fn an_error_status_without_a_body_is_success(cx: Context) -> Result<()> {
    for status in [401, 403, 404, 500, 503] {
        let navigation = go(&cx, &format!("empty/{status}")).await?;
        assert_eq!((navigation.committed, navigation.status), (true, Some(status)));
    }
    let scrape = cx.session.scrape(&ScrapeRequest::parse(&cx.site.url("empty/404"))?).await?;
    assert_eq!((scrape.metadata.status_code, scrape.markdown.as_deref().map(str::trim)), (Some(404), Some("")));
    Ok(())
}

async fn what_cannot_be_reached_is_named_in_the_words_of_chrome(cx: Context) -> Result<()> {
    let refused = Site::refused_url().unwrap();
    let secure = cx.site.url("article").replace("http:", "https:");
    for (url, named) in [
        (refused.clone(), &["net::ERR_CONNECTION_REFUSED"][..]),
        (cx.site.url(&format!("to?{refused}")), &["net::ERR_CONNECTION_REFUSED"]),
        (cx.site.url("redirect-loop"), &["net::ERR_TOO_MANY_REDIRECTS"]),
        (cx.site.url("broken/at-once"), &["net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_RESET"]),
        (secure, &["net::ERR_SSL_PROTOCOL_ERROR"]),
        ("http://no-such-host.invalid/".to_owned(), &["net::ERR_NAME_NOT_RESOLVED"]),
    ] {
        let error = cx.session.navigate(&url).await.unwrap_err();
        let text = network_error(&error);
        assert!(named.iter().any(|name| text == *name), "{url}: {error:?}");
    }
    Ok(())
}

async fn a_click_on_a_dead_link_is_told(cx: Context) -> Result<()> {
    for url in [Site::refused_url().unwrap(), cx.site.url("broken/at-once")] {
        go(&cx, "links").await?;
        cx.session.evaluate(format!("document.querySelector('#to-article').href = '{url}'")).await?;
        let debug = told(
            &cx,
            json!([{ "command": "click", "data": { "selector": "#to-article" } }, { "command": "wait_for_navigation" }]),
        )
        .await?;
        assert_eq!(debug[1]["code"], "navigation_failed", "{debug:?}");
        let text = debug[1]["detail"]["network_error"].as_str().unwrap_or_default();
        assert!(text.starts_with("net::ERR_") && text != crate::navigation::UNKNOWN_FAILURE, "{debug:?}");
        // Whichever of the two knew first.
        let seen: Vec<_> = debug.iter().map(|debug| &debug["navigation"]).filter(|seen| !seen.is_null()).collect();
        assert_eq!((&seen[0]["network_error"], &seen[0]["committed"]), (&json!(text), &json!(false)), "{debug:?}");
    }
    Ok(())
}

async fn a_script_that_leads_to_a_dead_address_is_told(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    cx.session.click("#nothing").await?;
    let go = format!("location.href = '{}'; 1", Site::refused_url().unwrap());
    cx.session.evaluate(go).await?;
    let debug = told(&cx, json!([{ "command": "wait_for_navigation" }])).await?;
    assert_eq!(debug[0]["detail"]["network_error"], "net::ERR_CONNECTION_REFUSED", "{debug:?}");
    Ok(())
}

async fn a_scrape_of_a_dead_address_fails(cx: Context) -> Result<()> {
    let request = ScrapeRequest::parse(&cx.site.url(&format!("to?{}", Site::refused_url().unwrap())))?;
    assert_eq!(network_error(&cx.session.scrape(&request).await.unwrap_err()), "net::ERR_CONNECTION_REFUSED");
    Ok(())
}

async fn a_scrape_whose_action_leads_to_a_dead_address_fails(cx: Context) -> Result<()> {
    let away = format!("document.querySelector('#to-article').href = '{}'", Site::refused_url().unwrap());
    let request = ScrapeRequest::parse(&cx.site.url("links"))?
        .with_action(ScrapeAction::Evaluate(away))
        .with_action(ScrapeAction::Click("#to-article".to_owned()));
    let error = cx.session.scrape(&request).await.unwrap_err();
    assert_eq!((network_error(&error), error.field()), (json!("net::ERR_CONNECTION_REFUSED"), Some("actions[1]")));
    Ok(())
}

async fn the_page_works_on_after_an_error_page(cx: Context) -> Result<()> {
    cx.session.navigate(Site::refused_url().unwrap()).await.unwrap_err();
    let debug = told(
        &cx,
        json!([{ "command": "navigate_to", "data": { "url": cx.site.url("links") } },
        { "command": "click", "data": { "selector": "#to-article" } }, { "command": "wait_for_navigation" }]),
    )
    .await?;
    assert_eq!((&debug[2]["navigation"]["status"], &debug[2]["code"]), (&json!(200), &Value::Null), "{debug:?}");
    Ok(())
}

async fn refreshes_at_once_belong_to_the_navigation(cx: Context) -> Result<()> {
    for seconds in [0, 1] {
        let navigation = go(&cx, &format!("refresh/{seconds}?/article")).await?;
        assert_eq!((navigation.url.path(), navigation.status), ("/article", Some(200)), "{seconds} s");
        assert_eq!(cx.session.title().await?, "How bread rises");
    }
    Ok(())
}

async fn refreshes_by_header_are_followed(cx: Context) -> Result<()> {
    assert!(cx.session.capabilities().contains(Capabilities::DOM));
    if !cx.session.capabilities().contains(Capabilities::NAVIGATION_EVENTS) {
        // Nothing tells of the header.
        return Ok(());
    }
    assert_eq!(go(&cx, "refresh/1/header?/article").await?.url.path(), "/article");
    Ok(())
}

async fn refreshes_one_after_the_other_are_followed(cx: Context) -> Result<()> {
    let navigation = go(&cx, "refresh/0?/refresh/0?/refresh/0?/article").await?;
    assert_eq!(navigation.url.path(), "/article");
    Ok(())
}

async fn a_refresh_of_the_page_itself_is_not_waited_for(cx: Context) -> Result<()> {
    let began = Instant::now();
    assert_eq!(go(&cx, "refresh-itself").await?.url.path(), "/refresh-itself");
    assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    let scrape = cx.session.scrape(&ScrapeRequest::parse(&cx.site.url("refresh-itself"))?).await?;
    assert!(scrape.markdown.unwrap_or_default().contains("two to one") && scrape.warning.is_none());
    Ok(())
}

async fn a_refresh_that_takes_long_is_not_waited_for(cx: Context) -> Result<()> {
    for (path, seconds) in [("refresh/2?/article", 2), ("refresh/6?/article", 6)] {
        let began = Instant::now();
        assert!(go(&cx, path).await?.url.path().starts_with("/refresh"));
        assert!(began.elapsed() < Duration::from_secs(seconds), "{path}: {:?}", began.elapsed());
    }
    Ok(())
}

async fn waiting_follows_refreshes_of_up_to_five_seconds(cx: Context) -> Result<()> {
    go(&cx, "refresh/3?/article").await?;
    let navigation = cx.session.wait_for_navigation().await?;
    assert_eq!(navigation.url.path(), "/article");
    assert_eq!(cx.session.title().await?, "How bread rises");
    Ok(())
}

async fn a_scrape_reads_the_page_behind_a_refresh(cx: Context) -> Result<()> {
    for seconds in [0, 1, 2] {
        let request = ScrapeRequest::parse(&cx.site.url(&format!("refresh/{seconds}?/article")))?;
        let scrape = cx.session.scrape(&request).await?;
        assert_eq!(scrape.metadata.title.as_deref(), Some("How bread rises"), "{seconds} s");
        assert_eq!(scrape.warning, None);
    }
    Ok(())
}

async fn a_scrape_keeps_the_page_whose_refresh_fails(cx: Context) -> Result<()> {
    let request = ScrapeRequest::parse(&cx.site.url(&format!("refresh/1?{}", Site::refused_url().unwrap())))?;
    let scrape = cx.session.scrape(&request).await?;
    assert!(scrape.markdown.as_deref().unwrap_or_default().contains("taken elsewhere"), "{scrape:?}");
    assert!(scrape.warning.as_deref().unwrap_or_default().contains("net::ERR_CONNECTION_REFUSED"), "{scrape:?}");
    Ok(())
}

async fn dialogs_during_a_navigation_are_told(cx: Context) -> Result<()> {
    let debug = told(
        &cx,
        json!([{ "command": "navigate_to", "data": { "url": cx.site.url("alerts") } },
        { "command": "get_title" }]),
    )
    .await?;
    let dialogs = debug[0]["dialogs"].as_array().cloned().unwrap_or_default();
    assert_eq!(dialogs.len(), 10, "{debug:?}");
    assert_eq!((&dialogs[9]["message"], &debug[1]["dialogs"]), (&json!("notice 9"), &Value::Null));
    Ok(())
}

async fn a_document_without_scripts_is_worked_with(cx: Context) -> Result<()> {
    let session = cx.visit("boxed").await?;
    session.fill("#field", "typed in").await?;
    assert_eq!(session.text("h1").await?, "Boxed in");
    let seen = session.observe(&crate::ObserveOptions::new()).await?;
    assert!(seen.interactive.iter().any(|element| element.selector.as_deref() == Some("#send")), "{seen:?}");
    session.click("#out").await?;
    assert_eq!(session.wait_for_navigation().await?.url.path(), "/article");
    let scrape = session.scrape(&ScrapeRequest::parse(&cx.site.url("boxed"))?).await?;
    assert!(scrape.markdown.unwrap_or_default().contains("No script runs here"));
    Ok(())
}

async fn a_document_that_is_never_closed_is_no_timeout(cx: Context) -> Result<()> {
    let soon = OpContext::within(Duration::from_secs(10));
    cx.session.run_within(crate::command::navigate::NavigateTo::new(cx.site.url("never-closed")), &soon).await?;
    assert_eq!(cx.session.text("h1").await?, "Written late");
    let scrape = cx.session.scrape_within(&ScrapeRequest::parse(&cx.site.url("never-closed"))?, &soon).await?;
    assert!(scrape.markdown.unwrap_or_default().contains("Written late"));
    Ok(())
}

async fn pages_beyond_the_limit_are_closed_and_counted(cx: Context) -> Result<()> {
    let session = cx.engine.create_session(SessionOptions::new().with_max_pages(2)).await?;
    session.navigate(cx.site.url("popup")).await?;
    for path in ["a", "b", "c"] {
        session.evaluate(format!("window.open('/status/{path}'); 1")).await?;
    }
    let mut refused = 0;
    for _ in 0..100 {
        refused += session.take_notes().pages_refused;
        if refused == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        session.title().await?;
    }
    assert_eq!(refused, 2);
    session.close().await
}

async fn a_page_that_was_opened_before_a_click_is_not_its_own(cx: Context) -> Result<()> {
    let session = cx.visit("popup").await?;
    session.evaluate("window.open('/article'); 1").await?;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let outcome = session.click("#count").await?;
    assert_eq!(outcome.opened, 0);
    assert_eq!(session.title().await?, "Opener");
    // The control: one that the click opens is.
    assert_eq!(session.click("#blank").await?.opened, 1);
    Ok(())
}

async fn a_download_is_told(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    for (path, kind, name) in
        [("download", "application/octet-stream", Some("data.bin")), ("archive", "application/zip", None)]
    {
        let navigation = go(&cx, path).await?;
        assert!(!navigation.committed, "{navigation:?}");
        assert_eq!((navigation.status, navigation.content_type.as_deref()), (Some(200), Some(kind)));
        let download = navigation.download.unwrap();
        assert!(name.is_none() || download.suggested_name.as_deref() == name, "{download:?}");
        assert_eq!(navigation.url.path(), format!("/{path}"));
        assert_eq!(cx.session.title().await?, "Links");
    }
    Ok(())
}

async fn an_empty_answer_is_told(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    for status in [204, 205] {
        let navigation = go(&cx, &format!("status/{status}")).await?;
        assert_eq!((navigation.committed, navigation.status, navigation.download), (false, Some(status), None));
    }
    assert_eq!(cx.session.title().await?, "Links");
    Ok(())
}

async fn two_empty_answers_in_a_row_return(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    for _ in 0..2 {
        cx.session.click("#to-204").await?;
        let navigation = cx.session.wait_for_navigation().await?;
        assert_eq!((navigation.committed, navigation.status), (false, Some(204)));
    }
    Ok(())
}

async fn a_click_on_a_download_is_told(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    let debug = told(
        &cx,
        json!([{ "command": "click", "data": { "selector": "#to-download" } },
        { "command": "wait_for_navigation" }]),
    )
    .await?;
    let navigation = &debug[1]["navigation"];
    assert_eq!(navigation["download"]["suggested_name"], "data.bin", "{debug:?}");
    assert_eq!((&navigation["committed"], &navigation["status"]), (&json!(false), &json!(200)));
    Ok(())
}

async fn a_link_that_is_a_download_sends_its_request(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    let path = format!("/status/{}", cx.session.id());
    let link =
        format!("Object.assign(document.querySelector('#to-article'), {{ href: '{path}', download: 'kept.html' }}); 1");
    cx.session.evaluate(link).await?;
    cx.session.click("#to-article").await?;
    for _ in 0..100 {
        if cx.site.hits(&path) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(cx.site.hits(&path), 1);
    assert_eq!(cx.session.title().await?, "Links");
    Ok(())
}

async fn a_redirect_to_what_is_no_page_is_named(cx: Context) -> Result<()> {
    for to in ["mailto:ada@example.test", "javascript:alert(1)"] {
        go(&cx, "links").await?;
        match go(&cx, &format!("to?{to}")).await {
            Ok(navigation) => {
                // Chromium's driver says nothing of an answer whose address is a script.
                let is_silent = to.starts_with("javascript:") && navigation.status.is_none();
                assert!(!navigation.committed && (is_silent || navigation.url.as_str() == to), "{navigation:?}");
                assert_eq!(cx.session.title().await?, "Links");
            }
            Err(error) => {
                network_error(&error);
                assert!(error.message().contains(to.split(':').next().unwrap()), "{error:?}");
            }
        }
    }
    Ok(())
}

async fn a_scrape_of_a_download_keeps_what_the_server_said(cx: Context) -> Result<()> {
    let scrape = cx.session.scrape(&ScrapeRequest::parse(&cx.site.url("archive"))?).await?;
    assert_eq!(scrape.metadata.status_code, Some(200));
    assert_eq!(scrape.metadata.content_type.as_deref(), Some("application/zip"));
    assert!(scrape.warning.as_deref().unwrap_or_default().contains("application/zip"), "{scrape:?}");
    Ok(())
}

async fn a_body_that_breaks_off_is_incomplete(cx: Context) -> Result<()> {
    for how in ["length", "chunk", "reset"] {
        let began = Instant::now();
        let navigation = match go(&cx, &format!("broken/{how}")).await {
            // Firefox puts its error page in the place of what had come.
            Err(error) if how == "reset" => {
                assert_eq!(network_error(&error), "net::ERR_CONNECTION_RESET");
                continue;
            }
            navigation => navigation?,
        };
        assert!(navigation.committed && navigation.incomplete, "{how}: {navigation:?}");
        let reason = navigation.network_error.unwrap_or_default();
        assert!(reason.starts_with("net::ERR_"), "{how}: {reason}");
        assert_eq!(cx.session.text("h1").await?, "Half a page");
        assert!(began.elapsed() < Duration::from_secs(8), "{how}: {:?}", began.elapsed());
    }
    Ok(())
}

async fn a_body_that_cannot_be_decoded_is_incomplete(cx: Context) -> Result<()> {
    go(&cx, "links").await?;
    // Firefox shows its error page in place of it.
    match go(&cx, "broken/gzip").await {
        Ok(navigation) => assert!(navigation.committed && navigation.incomplete, "{navigation:?}"),
        Err(error) => assert_eq!(network_error(&error), "net::ERR_CONTENT_DECODING_FAILED"),
    }
    Ok(())
}

async fn a_scrape_of_half_a_page_says_so(cx: Context) -> Result<()> {
    let scrape = cx.session.scrape(&ScrapeRequest::parse(&cx.site.url("broken/length"))?).await?;
    assert!(scrape.incomplete && scrape.warning.as_deref().unwrap_or_default().contains("net::ERR_"), "{scrape:?}");
    assert!(scrape.markdown.unwrap_or_default().contains("came over before the end"));
    Ok(())
}

async fn a_refresh_that_ends_in_a_download_leaves_the_page(cx: Context) -> Result<()> {
    let debug =
        told(&cx, json!([{ "command": "navigate_to", "data": { "url": cx.site.url("refresh/0?/download") } }])).await?;
    assert!(debug[0]["navigation"]["url"].as_str().unwrap_or_default().contains("/refresh/"), "{debug:?}");
    let scrape = cx.session.scrape(&ScrapeRequest::parse(&cx.site.url("refresh/0?/download"))?).await?;
    assert!(scrape.markdown.unwrap_or_default().contains("taken elsewhere"));
    assert!(scrape.warning.unwrap_or_default().contains("download"));
    Ok(())
}
