//! What commands request, counted at the server.

use std::time::Duration;

use browsr::{Format, ScrapeRequest, SessionOptions};

use super::{Context, Outcome, evaluate, same, steps};

steps! { "requests", 1, alone false:
    a_start_url_is_requested_once,
    a_navigation_is_requested_once,
    a_redirect_is_followed_once,
    a_scrape_requests_everything_once,
    a_click_posts_a_form_once,
    the_enter_key_posts_a_form_once,
    a_click_follows_a_link_once,
    a_refresh_requests_once_more,
    an_answer_that_asks_for_a_password_is_read_by_fetch,
    an_answer_that_asks_for_a_password_is_shown,
    a_page_that_prints_is_scraped_in_time,
}

const SHORT: Duration = Duration::from_millis(150);

/// What was requested with the word of this step, and how often, without queries.
fn counts(cx: &Context) -> String {
    let seen = cx.site.seen(&cx.word);
    let each = seen.iter().map(|(target, count)| format!("{} {count}", target.split('?').next().unwrap_or_default()));
    each.collect::<Vec<_>>().join(", ")
}

const PARTS: &str = "/dot.png 1, /headers 1, /made 1, /made 1, /page 1, /parts 1, /picture.svg 1";

async fn a_start_url_is_requested_once(cx: Context) -> Outcome {
    let url = cx.site.url(&format!("/parts?{}", cx.word));
    let session = cx.open(SessionOptions::new().with_start_url(url.parse()?)).await?;
    let title = session.title().await?;
    tokio::time::sleep(SHORT).await;
    session.close().await?;
    same("title", title, "Parts")?;
    same("requests", counts(&cx), PARTS)
}

async fn a_navigation_is_requested_once(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(&format!("/parts?{}", cx.word))).await?;
    session.title().await?;
    tokio::time::sleep(SHORT).await;
    cx.subject.give_back(session);
    same("requests", counts(&cx), PARTS)
}

async fn a_redirect_is_followed_once(cx: Context) -> Outcome {
    let word = &cx.word;
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(&format!("/made?s=302&h=location:%20/page?{word}&{word}"))).await?;
    let title = session.title().await?;
    cx.subject.give_back(session);
    same("title", title, "A page")?;
    same("requests", counts(&cx), "/made 1, /page 1")
}

async fn a_scrape_requests_everything_once(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    let request = ScrapeRequest::parse(&cx.site.url(&format!("/parts?{}", cx.word)))?;
    session.scrape(&request.with_formats([Format::Markdown, Format::Html])).await?;
    tokio::time::sleep(SHORT).await;
    cx.subject.give_back(session);
    same("requests", counts(&cx), PARTS)
}

/// Opens the form and sends it in some way.
async fn send(cx: Context, key: bool) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(&format!("/slow-form?{}", cx.word))).await?;
    session.fill("#word", "said").await?;
    if key {
        session.press_key("Enter").await?;
    } else {
        session.click("#send").await?;
    }
    session.wait_for_navigation().await?;
    let title = session.title().await?;
    tokio::time::sleep(SHORT).await;
    same("title", title, "Taken")?;
    same("requests", counts(&cx), "/made 1, /slow-form 1")?;
    let target = cx.site.seen(&cx.word).into_keys().find(|target| target.starts_with("/made")).unwrap_or_default();
    let hits = cx.site.hits(&target);
    let sent: Vec<_> =
        hits.iter().map(|hit| format!("{} {}", hit.method, String::from_utf8_lossy(&hit.body))).collect();
    cx.subject.give_back(session);
    same("sent", sent.join(", "), "POST word=said")
}

async fn a_click_posts_a_form_once(cx: Context) -> Outcome {
    send(cx, false).await
}

async fn the_enter_key_posts_a_form_once(cx: Context) -> Outcome {
    send(cx, true).await
}

async fn a_click_follows_a_link_once(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(&format!("/slow-form?{}", cx.word))).await?;
    session.click("#away").await?;
    session.wait_for_navigation().await?;
    let title = session.title().await?;
    tokio::time::sleep(SHORT).await;
    cx.subject.give_back(session);
    same("title", title, "Gone")?;
    same("requests", counts(&cx), "/made 1, /slow-form 1")
}

async fn a_refresh_requests_once_more(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(&format!("/page?{}", cx.word))).await?;
    session.run(browsr::command::navigate::Refresh::new()).await?;
    session.title().await?;
    tokio::time::sleep(SHORT).await;
    cx.subject.give_back(session);
    same("requests", counts(&cx), "/page 2")
}

/// No one is there to type a password: the answer is the page's to deal with.
async fn an_answer_that_asks_for_a_password_is_read_by_fetch(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/page")).await?;
    let ask = "return within(fetch(made('closed', { status: 401, headers: ['www-authenticate: Basic realm=\"here\"'] }))\
        .then(answer => answer.status), 1500)";
    let got = cx.ask(&session, ask).await;
    same("status", got?, 401)?;
    cx.subject.give_back(session);
    Ok(())
}

async fn an_answer_that_asks_for_a_password_is_shown(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    let path =
        format!("/made?s=401&t=text/html&b=%3Cp%3Elog+in&h=www-authenticate:%20Basic%20realm=%22here%22&{}", cx.word);
    let work = async {
        session.navigate(cx.site.url(&path)).await?;
        evaluate(&session, "document.body.textContent").await
    };
    let got = tokio::time::timeout(Duration::from_secs(8), work).await;
    same("text", got.map_err(|_| "the page never comes")??, "log in")?;
    cx.subject.give_back(session);
    Ok(())
}

async fn a_page_that_prints_is_scraped_in_time(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    let request = ScrapeRequest::parse(&cx.site.url(&format!("/prints?{}", cx.word)))?;
    let scrape = tokio::time::timeout(Duration::from_secs(8), session.scrape(&request)).await;
    let markdown = scrape.map_err(|_| "the scrape takes longer than eight seconds")??.markdown.unwrap_or_default();
    same("has its text", markdown.contains("prints itself"), true)?;
    same("requests", counts(&cx), "/prints 1")?;
    cx.subject.give_back(session);
    Ok(())
}
