//! Scraping.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Context, Site, cases};
use crate::capability::Capabilities;
use crate::error::{ErrorKind, Result};
use crate::scrape::{Format, Scrape, ScrapeAction, ScrapeRequest, WaitUntil};

cases! { "scrape":
    Capabilities::DOM => [
        pages_are_read_when_they_have_settled,
        a_scrape_says_how_the_page_settled,
        text_in_shadow_roots_and_frames_is_read,
        text_in_frames_of_other_sites_is_read,
        main_content_has_what_a_person_sees,
        each_way_to_hide_a_text_is_seen_where_it_is_the_only_one,
        markdown_is_of_the_elements_that_are_chosen,
        an_article_becomes_clean_markdown,
        an_article_becomes_the_same_bytes_everywhere,
        links_are_absolute_and_metadata_complete,
        formats_are_those_asked_for,
        html_of_chosen_elements_comes_with_it,
        a_page_behind_a_login_is_scraped_in_its_session,
        late_content_is_waited_for,
        a_page_that_only_loads_takes_two_seconds,
        a_static_page_is_read_at_once,
        actions_run_before_the_page_is_read,
        an_error_status_is_told,
        a_redirect_is_told,
        json_and_text_come_as_code,
        nothing_and_downloads_come_with_a_warning,
        a_page_that_cannot_be_loaded_is_an_error,
        a_server_that_is_slow_to_answer_is_waited_for,
        a_bad_selector_is_an_error,
        an_action_in_vain_is_an_error,
    ],
}

async fn scrape(cx: &Context, request: ScrapeRequest) -> Result<Scrape> {
    cx.session.scrape(&request).await
}

fn request(cx: &Context, path: &str) -> ScrapeRequest {
    // The site's own URLs always parse.
    ScrapeRequest::parse(&cx.site.url(path)).expect("a URL of the site")
}

async fn an_article_becomes_clean_markdown(cx: Context) -> Result<()> {
    let markdown = scrape(&cx, request(&cx, "article")).await?.markdown.unwrap_or_default();
    for part in [
        "# How bread rises\n",
        "**yeast**",
        "- warmth, about 26 degrees,\n",
        "| 30 °C | 45 min |",
        "```python\ndef rise(dough):\n    return dough * 2\n```",
        "`dough(t) = dough(0) * growth`",
    ] {
        assert!(markdown.contains(part), "{part:?} is not in:\n{markdown}");
    }
    for part in ["Imprint", "font: 16px", "[Home]"] {
        assert!(!markdown.contains(part), "{part:?} is in:\n{markdown}");
    }
    Ok(())
}

/// What every backend makes of the article, with the address of the site left out.
const ARTICLE: &str = include_str!("site/article.md");

async fn an_article_becomes_the_same_bytes_everywhere(cx: Context) -> Result<()> {
    let markdown = scrape(&cx, request(&cx, "article")).await?.markdown.unwrap_or_default();
    assert_eq!(markdown.replace(&cx.site.url(""), "http://site.test/"), ARTICLE);
    Ok(())
}

async fn links_are_absolute_and_metadata_complete(cx: Context) -> Result<()> {
    let result = scrape(&cx, request(&cx, "article")).await?;
    let link = format!("[longer, cooler rise]({})", cx.site.url("links?from=bread"));
    assert!(result.markdown.unwrap_or_default().contains(&link));
    let metadata = result.metadata;
    assert_eq!(metadata.title.as_deref(), Some("How bread rises"));
    assert_eq!(metadata.description.as_deref(), Some("Yeast, time and warmth: what happens inside a dough."));
    assert_eq!((metadata.status_code, metadata.language.as_deref()), (Some(200), Some("en")));
    assert_eq!(metadata.source_url, cx.site.url("article"));
    assert_eq!(metadata.content_type.as_deref(), Some("text/html"));
    assert_eq!(result.warning, None);
    Ok(())
}

async fn formats_are_those_asked_for(cx: Context) -> Result<()> {
    let result = scrape(&cx, request(&cx, "article").with_formats([Format::Html, Format::Screenshot])).await?;
    assert!(result.markdown.is_none());
    assert!(
        result.html.is_some_and(|html| html.full.contains("<article>") && html.full.starts_with("<!DOCTYPE html>"))
    );
    assert!(result.screenshot.is_some_and(|image| image.bytes.starts_with(b"\x89PNG")));
    Ok(())
}

async fn html_of_chosen_elements_comes_with_it(cx: Context) -> Result<()> {
    let wanted = request(&cx, "article").with_formats([Format::Html]).with_selectors(["h2", "#nothing"]);
    let selectors = scrape(&cx, wanted).await?.html.map(|html| html.selectors).unwrap_or_default();
    assert_eq!(selectors[0].html, "<h2>What the yeast needs</h2>\n<h2>How long it takes</h2>");
    assert_eq!((selectors[1].selector.as_str(), selectors[1].html.as_str()), ("#nothing", ""));
    Ok(())
}

async fn a_page_behind_a_login_is_scraped_in_its_session(cx: Context) -> Result<()> {
    let session = cx.visit("login").await?;
    session.fill("#user", "ada").await?;
    session.fill("#password", "lovelace").await?;
    session.click("button").await?;
    session.wait_for_navigation().await?;
    let result = scrape(&cx, request(&cx, "dashboard")).await?;
    let markdown = result.markdown.unwrap_or_default();
    assert!(markdown.contains("Welcome back, **ada**") && !markdown.contains("Sign out"), "{markdown}");
    Ok(())
}

async fn late_content_is_waited_for(cx: Context) -> Result<()> {
    let markdown = scrape(&cx, request(&cx, "late")).await?.markdown.unwrap_or_default();
    assert!(markdown.contains("words that came late"), "{markdown}");
    Ok(())
}

async fn a_page_that_only_loads_takes_two_seconds(cx: Context) -> Result<()> {
    let start = Instant::now();
    let result = scrape(&cx, request(&cx, "loading")).await?;
    let taken = start.elapsed();
    assert!(taken > Duration::from_millis(1900) && taken < Duration::from_secs(4), "{taken:?}");
    assert!(result.markdown.is_some_and(|markdown| markdown.contains("Loading")));
    Ok(())
}

async fn a_static_page_is_read_at_once(cx: Context) -> Result<()> {
    scrape(&cx, request(&cx, "article")).await?;
    let start = Instant::now();
    scrape(&cx, request(&cx, "article")).await?;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    Ok(())
}

async fn actions_run_before_the_page_is_read(cx: Context) -> Result<()> {
    let wanted = request(&cx, "spa")
        .with_only_main_content(false)
        .with_action(ScrapeAction::Click("#go".into()))
        .with_action(ScrapeAction::WaitFor("text=Second view".into()))
        .with_action(ScrapeAction::Evaluate("document.querySelector('h1').append(' and third')".into()));
    let markdown = scrape(&cx, wanted).await?.markdown.unwrap_or_default();
    assert!(markdown.contains("# Second view and third"), "{markdown}");
    Ok(())
}

async fn an_error_status_is_told(cx: Context) -> Result<()> {
    let result = scrape(&cx, request(&cx, "status/404")).await?;
    assert_eq!(result.metadata.status_code, Some(404));
    assert!(result.markdown.is_some_and(|markdown| markdown.contains("404 Not Found")));
    Ok(())
}

async fn a_redirect_is_told(cx: Context) -> Result<()> {
    let metadata = scrape(&cx, request(&cx, "redirect/2")).await?.metadata;
    assert_eq!(metadata.source_url, cx.site.url("redirect/2"));
    assert_eq!((metadata.url, metadata.status_code), (cx.site.url("article"), Some(200)));
    Ok(())
}

async fn json_and_text_come_as_code(cx: Context) -> Result<()> {
    let result = scrape(&cx, request(&cx, "json")).await?;
    let markdown = result.markdown.unwrap_or_default();
    assert!(markdown.starts_with("```json\n{\"answer\": 42"), "{markdown}");
    assert!(result.warning.is_some_and(|warning| warning.contains("application/json")));
    assert_eq!(result.metadata.content_type.as_deref(), Some("application/json"));
    let markdown = scrape(&cx, request(&cx, "text")).await?.markdown.unwrap_or_default();
    assert_eq!(markdown, "````\nplain words\nsecond line ``` with a fence\n````\n");
    Ok(())
}

async fn nothing_and_downloads_come_with_a_warning(cx: Context) -> Result<()> {
    cx.visit("article").await?;
    for path in ["status/204", "download", "pdf"] {
        let result = scrape(&cx, request(&cx, path)).await?;
        assert!(result.warning.is_some(), "{path}");
        let markdown = result.markdown.unwrap_or_default();
        assert!(!markdown.contains("bread"), "{path} gave the page before it: {markdown}");
    }
    Ok(())
}

async fn a_page_that_cannot_be_loaded_is_an_error(cx: Context) -> Result<()> {
    for url in [Site::refused_url().unwrap(), cx.site.url("redirect-loop")] {
        let error = scrape(&cx, ScrapeRequest::parse(&url)?).await.unwrap_err();
        assert_eq!((error.kind(), error.command()), (ErrorKind::NavigationFailed, Some("scrape")), "{url}");
    }
    Ok(())
}

async fn a_server_that_is_slow_to_answer_is_waited_for(cx: Context) -> Result<()> {
    // More than half of the time, and enough of it left to read the page.
    let in_time = crate::OpContext::within(Duration::from_secs(8));
    let page = cx.session.scrape_within(&request(&cx, "slow/4700"), &in_time).await?;
    assert_eq!(page.markdown.as_deref(), Some("# Slow 4700\n\nIt took a while.\n"));
    Ok(())
}

async fn a_bad_selector_is_an_error(cx: Context) -> Result<()> {
    let wanted = request(&cx, "article").with_formats([Format::Html]).with_selectors(["h2["]);
    let error = scrape(&cx, wanted).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidSelector, Some("selectors")));
    Ok(())
}

async fn an_action_in_vain_is_an_error(cx: Context) -> Result<()> {
    let wanted = request(&cx, "article").with_action(ScrapeAction::Click("#never".into()));
    let soon = crate::OpContext::within(Duration::from_secs(5));
    let error = cx.session.scrape_within(&wanted, &soon).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::NoSuchElement, Some("actions[0]")), "{error:?}");
    Ok(())
}

async fn pages_are_read_when_they_have_settled(cx: Context) -> Result<()> {
    for (kind, text, most) in [
        ("timers", "step three", 3),
        ("debounce", "came late", 3),
        ("chain", "came late", 3),
        ("frames", "drawn by frames", 3),
        ("idle", "drawn when idle", 3),
        ("worker", "worked out", 3),
        ("seen", "seen and drawn", 3),
        ("module", "from a module", 3),
        ("skeleton", "behind the bone", 4),
        ("clock", "beside the clock", 3),
        ("poll", "beside the poll", 5),
        ("polls", "beside the polls", 3),
        ("moves", "How bread rises", 4),
        ("unread", "beside the fetch", 3),
    ] {
        let scrape = cx.session.scrape(&ScrapeRequest::parse(&cx.site.url(&format!("settles?{kind}")))?).await?;
        let markdown = scrape.markdown.as_deref().unwrap_or_default();
        assert!(markdown.contains(text), "{kind}: {markdown} {:?}", scrape.settled);
        assert!(scrape.settled.ms < most * 1000, "{kind}: {:?}", scrape.settled);
        assert_eq!(scrape.warning, None, "{kind}");
    }
    Ok(())
}

async fn a_scrape_says_how_the_page_settled(cx: Context) -> Result<()> {
    use crate::scrape::settle::SettledReason;
    let reason = async |path: &str, change: fn(ScrapeRequest) -> ScrapeRequest| {
        let request = change(ScrapeRequest::parse(&cx.site.url(path))?);
        let scrape = cx.session.scrape(&request).await?;
        Ok((scrape.settled.reason, scrape.warning))
    };
    assert_eq!(reason("article", |request| request).await?.0, SettledReason::Static);
    assert_eq!(reason("settles?frames", |request| request).await?.0, SettledReason::Quiet);
    let off = reason("settles?frames", |request| request.with_wait_until(WaitUntil::Load)).await?;
    assert_eq!(off.0, SettledReason::Off);
    let cut = reason("settles?skeleton", |request| request.with_settle(Duration::from_millis(200))).await?;
    assert_eq!(cut.0, SettledReason::Cap);
    assert!(cut.1.unwrap_or_default().contains("where text is to come"));
    for wait in [WaitUntil::DomContentLoaded, WaitUntil::NetworkIdle] {
        let request = ScrapeRequest::parse(&cx.site.url("article"))?.with_wait_until(wait);
        assert_eq!(cx.session.scrape(&request).await?.metadata.title.as_deref(), Some("How bread rises"), "{wait:?}");
    }
    Ok(())
}

async fn text_in_shadow_roots_and_frames_is_read(cx: Context) -> Result<()> {
    let page = "const host = document.createElement('div'); host.innerHTML = '<b>slotted words</b>'; document.querySelector('main, body').append(host);
        host.attachShadow({ mode: 'open' }).innerHTML = '<style>p { color: red }</style><p>Words in the shadow, <slot></slot>.</p>';
        const frame = document.createElement('iframe'); frame.width = 400; frame.height = 200;
        frame.srcdoc = '<p>Words in the frame, with <a href=\"/article\">a link</a>.</p>'; document.body.append(frame);
        new Promise(done => { frame.onload = () => done(1) })";
    let request = |frames| {
        let request = ScrapeRequest::parse(&cx.site.url("links")).unwrap().with_frames(frames);
        request.with_action(ScrapeAction::Evaluate(page.to_owned())).with_only_main_content(false)
    };
    let markdown = cx.session.scrape(&request(crate::scrape::Frames::Inline)).await?.markdown.unwrap_or_default();
    assert!(markdown.contains("Words in the shadow, **slotted words**."), "{markdown}");
    assert!(markdown.contains("Words in the frame, with [a link](http"), "{markdown}");
    assert!(!markdown.contains("color: red"), "{markdown}");
    let markdown = cx.session.scrape(&request(crate::scrape::Frames::Skip)).await?.markdown.unwrap_or_default();
    assert!(!markdown.contains("Words in the frame") && markdown.contains("slotted words"), "{markdown}");
    Ok(())
}

async fn text_in_frames_of_other_sites_is_read(cx: Context) -> Result<()> {
    let other = cx.site.other_origin("settles?timers");
    let nested = cx.site.other_origin("frame-of?article");
    let page = format!(
        "for (const url of ['{other}', '{nested}']) {{ const frame = document.createElement('iframe');
            frame.width = 400; frame.height = 200; frame.src = url; document.querySelector('main, body').append(frame) }}
        const small = document.createElement('iframe'); small.width = 20; small.src = '{other}&small'; document.body.append(small);
        1"
    );
    let request = |main| {
        let request = ScrapeRequest::parse(&cx.site.url("links")).unwrap();
        request.with_action(ScrapeAction::Evaluate(page.clone())).with_only_main_content(main)
    };
    let scrape = cx.session.scrape(&request(false)).await?;
    let markdown = scrape.markdown.unwrap_or_default();
    assert!(markdown.contains(&format!("<{other}>")), "{markdown}");
    assert!(markdown.contains("step three"), "{markdown}");
    assert!(markdown.contains("How bread rises"), "a frame in a frame: {markdown}");
    assert!(!markdown.contains("&small") && !markdown.contains("browsr-"), "{markdown}");
    assert_eq!(scrape.warning, None);
    // A short page, most of which is in a frame of another site.
    let whole = format!(
        "<title>t</title><h1>Read on</h1><iframe width=600 height=400 src='{}'></iframe>",
        cx.site.other_origin("article")
    );
    let set = |html: &str| ScrapeAction::Evaluate(format!("document.body.innerHTML = {}; 1", json!(html)));
    let main = ScrapeRequest::parse(&cx.site.url("settles?frames"))?.with_action(set(&whole));
    let scrape = cx.session.scrape(&main).await?;
    assert!(scrape.markdown.unwrap_or_default().contains("How bread rises"));
    // A long one, with a frame of another site that says little.
    let aside = format!(
        "document.querySelector('p').insertAdjacentHTML('afterend', `<iframe width=300 height=250 src='{other}'></iframe>`); 1"
    );
    let main = ScrapeRequest::parse(&cx.site.url("article"))?.with_action(ScrapeAction::Evaluate(aside));
    let scrape = cx.session.scrape(&main).await?;
    let markdown = scrape.markdown.unwrap_or_default();
    assert!(markdown.contains("How bread rises") && !markdown.contains("step three"), "{markdown}");
    assert!(scrape.warning.as_deref().is_some_and(|warning| warning.ends_with("localhost")), "{:?}", scrape.warning);
    Ok(())
}

async fn main_content_has_what_a_person_sees(cx: Context) -> Result<()> {
    let page = ScrapeRequest::parse(&cx.site.url("hidden"))?;
    let read = async |request: ScrapeRequest| {
        Ok::<_, crate::Error>(cx.session.scrape(&request).await?.markdown.unwrap_or_default())
    };
    let numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let main = read(page.clone()).await?;
    for number in numbers {
        assert!(!main.contains(&format!("hidden-{number}")), "{number}: {main}");
        assert!(main.contains(&format!("kept-{number}")), "{number}: {main}");
    }
    let explained = cx.session.scrape(&page.clone().with_explain(true)).await?;
    let explain = explained.explain.unwrap_or_default();
    assert!(explain.iter().any(|left| left.text.starts_with("hidden-one")), "{explain:?}");
    assert!(explained.omitted.characters > 500, "{:?}", explained.omitted);
    let keep = read(page.clone().with_hidden_text(crate::scrape::HiddenText::Keep)).await?;
    let full = read(page.with_only_main_content(false)).await?;
    for number in numbers {
        let hidden = format!("hidden-{number}");
        assert!(full.contains(&hidden), "{number}: {full}");
        // Some say it themselves, which the converter reads.
        assert!(keep.contains(&hidden) || ["two", "three", "six"].contains(&number), "{number}: {keep}");
    }
    Ok(())
}

async fn each_way_to_hide_a_text_is_seen_where_it_is_the_only_one(cx: Context) -> Result<()> {
    let article = ScrapeRequest::parse(&cx.site.url("article"))?;
    let text = "This paragraph is long enough to be a part of the text, and is there for those who look for it.";
    let sheet = |rule: &str| {
        let style = format!("Object.assign(document.createElement('style'), {{ textContent: '.x {{ {rule} }}' }})");
        format!("document.head.append({style})")
    };
    let constructed = "const sheet = new CSSStyleSheet(); sheet.replaceSync('.x { display: none }');
        document.adoptedStyleSheets = [sheet]";
    let dialog = "const dialog = document.createElement('dialog'); p.replaceWith(dialog); dialog.append(p)";
    for (way, hides) in [
        ("0".to_owned(), false),
        (sheet("color: #333"), false),
        ("p.hidden = true".to_owned(), true),
        ("p.style.display = 'none'".to_owned(), true),
        (dialog.to_owned(), true),
        (constructed.to_owned(), true),
        (sheet("display: none"), true),
        (sheet("font-size: 0"), true),
        (sheet("clip-path: inset(50%)"), true),
        (sheet("position: absolute; width: 1px; height: 1px; overflow: hidden"), true),
    ] {
        let script = format!(
            "const p = Object.assign(document.createElement('p'), {{ className: 'x', textContent: '{text}' }});
             document.querySelector('main p').before(p); {way}; 1"
        );
        let request = article.clone().with_action(ScrapeAction::Evaluate(script));
        let markdown = cx.session.scrape(&request).await?.markdown.unwrap_or_default();
        assert_eq!(markdown.contains("This paragraph is long"), !hides, "{way}: {markdown}");
    }
    Ok(())
}

async fn markdown_is_of_the_elements_that_are_chosen(cx: Context) -> Result<()> {
    let page = ScrapeRequest::parse(&cx.site.url("hidden"))?;
    let scrape = cx.session.scrape(&page.clone().with_include_selectors(["details"])).await?;
    let markdown = scrape.markdown.unwrap_or_default();
    assert!(markdown.contains("kept-six") && !markdown.contains("kept-five"), "{markdown}");
    let scrape = cx.session.scrape(&page.clone().with_exclude_selectors(["details", "h1"])).await?;
    let markdown = scrape.markdown.unwrap_or_default();
    assert!(!markdown.contains("kept-six") && markdown.contains("kept-five"), "{markdown}");
    let error = cx.session.scrape(&page.with_exclude_selectors(["p["])).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidSelector, Some("exclude_selectors")));
    Ok(())
}
