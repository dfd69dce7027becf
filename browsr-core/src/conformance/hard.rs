//! The pages that break others: elements that move, hide, change and are covered while they are being clicked.

use std::time::Duration;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::element::Check;
use crate::command::pointer::{Click, ScrollTo};
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};

cases! { "hard":
    Capabilities::DOM => [
        click_waits_until_the_element_has_a_size,
        click_waits_until_the_element_takes_pointer_events,
        click_follows_an_element_that_is_rendered_anew,
        click_hits_what_is_rendered_anew_under_the_pointer,
        click_is_kept_from_what_moves_under_the_pointer,
        click_scrolls_from_under_a_sticky_header,
        click_scrolls_two_scrollers_in_both_directions,
        click_reaches_a_button_around_slotted_content,
        click_reaches_an_input_by_the_label_around_it,
        click_reaches_words_deep_in_a_link,
        click_in_a_frame_waits_until_the_page_uncovers_it,
        click_in_a_covered_frame_names_what_covers_it,
        a_click_that_opens_a_dialog_ends_and_tells_it,
        click_lands_where_an_element_shows_whatever_its_box,
        a_field_that_is_replaced_while_it_is_typed_into_is_told,
        the_scroller_of_the_page_is_scrolled_whichever_it_is,
        a_wait_in_vain_says_how_long_and_where,
    ],
    Capabilities::DOM.union(Capabilities::ALL_COOKIES) => [a_cookie_that_the_browser_refuses_is_told],
}

async fn click_waits_until_the_element_has_a_size(cx: Context) -> Result<()> {
    cx.visit("hard").await?.click("#sized").await?;
    assert_eq!(cx.log().await?, ["sized"]);
    Ok(())
}

async fn click_waits_until_the_element_takes_pointer_events(cx: Context) -> Result<()> {
    cx.visit("hard").await?.click("#touchable").await?;
    assert_eq!(cx.log().await?, ["touchable"]);
    Ok(())
}

async fn click_follows_an_element_that_is_rendered_anew(cx: Context) -> Result<()> {
    cx.visit("hard").await?.click("#anew").await?;
    let log = cx.log().await?;
    assert!(matches!(&log[..], [one] if one.starts_with("anew")), "{log:?}");
    Ok(())
}

async fn click_hits_what_is_rendered_anew_under_the_pointer(cx: Context) -> Result<()> {
    cx.visit("hard").await?.click("#hovered").await?;
    assert_eq!(cx.log().await?, ["hovered again"]);
    Ok(())
}

async fn click_is_kept_from_what_moves_under_the_pointer(cx: Context) -> Result<()> {
    cx.visit("hard").await?.click("#wanted").await?;
    assert_eq!(cx.log().await?, ["wanted"]);
    Ok(())
}

async fn click_scrolls_from_under_a_sticky_header(cx: Context) -> Result<()> {
    let session = cx.visit("hard").await?;
    // The button is then at the upper end of the viewport, below the header.
    let top = session.evaluate("document.querySelector('#low').getBoundingClientRect().y + scrollY").await?;
    session.run(ScrollTo::top(top.as_f64().unwrap_or_default() - 10.0)).await?;
    session.click("#low").await?;
    assert_eq!(cx.log().await?, ["low"]);
    Ok(())
}

async fn click_scrolls_two_scrollers_in_both_directions(cx: Context) -> Result<()> {
    cx.visit("hard").await?.click("#scrolled").await?;
    assert_eq!(cx.log().await?, ["scrolled"]);
    Ok(())
}

async fn click_reaches_a_button_around_slotted_content(cx: Context) -> Result<()> {
    let session = cx.visit("hard").await?;
    for selector in ["#fancy button", "#fancy", "#slotted"] {
        session.click(selector).await?;
    }
    assert_eq!(cx.log().await?, ["fancy true"; 3]);
    Ok(())
}

async fn click_reaches_an_input_by_the_label_around_it(cx: Context) -> Result<()> {
    let session = cx.visit("hard").await?;
    session.run(Check::new("#around")).await?;
    assert_eq!(session.evaluate("document.querySelector('#inside').checked").await?, true);
    Ok(())
}

async fn click_reaches_words_deep_in_a_link(cx: Context) -> Result<()> {
    let session = cx.visit("hard").await?;
    for selector in ["#nested-words", "#nested-link"] {
        session.evaluate("history.replaceState(null, '', location.pathname)").await?;
        session.click(selector).await?;
        session.wait_for_navigation().await?;
        assert_eq!(session.evaluate("location.hash").await?, "#clicked", "{selector}");
    }
    Ok(())
}

async fn click_in_a_frame_waits_until_the_page_uncovers_it(cx: Context) -> Result<()> {
    let session = cx.visit("hard").await?;
    session.click("#veiled >>> #b").await?;
    assert_eq!(session.text("#veiled >>> #b").await?, "pressed");
    Ok(())
}

async fn click_in_a_covered_frame_names_what_covers_it(cx: Context) -> Result<()> {
    let session = cx.visit("hard").await?;
    let soon = OpContext::within(Duration::from_secs(2));
    let error = session.run_within(Click::new("#covered-frame >>> #b"), &soon).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ElementClickIntercepted, "{error:?}");
    assert!(error.message().contains(r#"<div id="always-veil">"#), "{error}");
    assert_eq!(session.text("#covered-frame >>> #b").await?, "In a frame");
    Ok(())
}

async fn a_click_that_opens_a_dialog_ends_and_tells_it(cx: Context) -> Result<()> {
    let outcome = cx.visit("hard").await?.click("#alerts").await?;
    assert_eq!(outcome.dialogs.first().map(|dialog| dialog.message.as_str()), Some("Think of it"), "{outcome:?}");
    assert_eq!(cx.log().await?, ["before", "after"]);
    Ok(())
}

async fn click_lands_where_an_element_shows_whatever_its_box(cx: Context) -> Result<()> {
    let session = cx.visit("shapes").await?;
    let seen = session.observe(&crate::observe::ObserveOptions::new().with_image(false)).await?;
    for name in ["bare words", "East quay", "The tower", "The bay", "no box"] {
        assert!(seen.interactive_text.contains(name), "{name}: {}", seen.interactive_text);
    }
    assert!(!seen.interactive_text.contains("closed box"), "{}", seen.interactive_text);
    let targets = ["bare", "item", "broken", "empty", "east", "tower", "bay", "far"];
    for target in targets {
        session.click(format!("#{target}")).await?;
    }
    assert_eq!(session.evaluate("log").await?, serde_json::json!(targets));
    let info = session.run(crate::command::extract::GetBasicInfo::new("#bare")).await?;
    assert!(info["bounding_box"]["width"].as_f64().is_some_and(|width| width > 20.0), "{info}");
    let soon = OpContext::within(Duration::from_secs(2));
    let error = session.run_within(Click::new("#closed"), &soon).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ElementClickIntercepted, "{error:?}");
    Ok(())
}

async fn a_field_that_is_replaced_while_it_is_typed_into_is_told(cx: Context) -> Result<()> {
    let session = cx.visit("shapes").await?;
    let error = session.fill("#swapped", "abcdef").await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::StaleElementReference, Some("selector")), "{error:?}");
    assert!(error.to_string().contains("replaced while it was typed into"), "{error}");
    // One letter arrives before the field goes.
    session.fill("#swapped", "x").await?;
    assert_eq!(session.evaluate("swapped.value").await?, "x");
    Ok(())
}

async fn the_scroller_of_the_page_is_scrolled_whichever_it_is(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let application = "document.documentElement.style.overflow = 'hidden';
        document.body.innerHTML = `<nav style='height: 100px; overflow: auto'><p style='height: 900px'>menu</p></nav>
            <div id=page style='height: 300px; overflow-y: auto'><p style='height: 3000px'>text</p></div>`; 1";
    session.evaluate(application).await?;
    session.run(ScrollTo::top(500.0)).await?;
    assert_eq!(session.evaluate("page.scrollTop").await?, 500);
    assert_eq!(session.scroll(0.0, 200.0).await?.scrolled, Some(true));
    assert_eq!(session.evaluate("page.scrollTop").await?, 700);
    session.run(ScrollTo::top(9000.0)).await?;
    // At its end nothing moves, which is told.
    assert_eq!(session.scroll(0.0, 200.0).await?.scrolled, Some(false));
    Ok(())
}

async fn a_wait_in_vain_says_how_long_and_where(cx: Context) -> Result<()> {
    let session = cx.visit("article?secret=1").await?;
    let soon = OpContext::within(Duration::from_millis(900));
    let error = session.run_within(Click::new("#never"), &soon).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("; waited for ") && text.ends_with("/article") && !text.contains("secret"), "{text}");
    Ok(())
}

async fn a_cookie_that_the_browser_refuses_is_told(cx: Context) -> Result<()> {
    use crate::command::storage::{SetCookie, SetCookies};
    let session = cx.visit("article").await?;
    session.run(SetCookie::new("kept", "1")).await?;
    let mut insecure = SetCookie::new("__Secure-a", "1");
    insecure.domain = Some("example.com".to_owned());
    let many = serde_json::json!({ "cookies": "a=1; __Host-b=2", "domain": "example.com" });
    let many: SetCookies = serde_json::from_value(many).unwrap();
    // Firefox takes what it is told to, and then it has it.
    for (name, result) in [("__Secure-a", session.run(insecure).await), ("__Host-b", session.run(many).await)] {
        let has = session.cookies().await?.iter().any(|cookie| cookie.name == name);
        match result {
            Ok(()) => assert!(has, "{name} was not set"),
            Err(error) => assert_eq!((error.kind(), has), (ErrorKind::InvalidArgument, false), "{error:?}"),
        }
    }
    // One that is over takes the one before away.
    let mut over = SetCookie::new("kept", "");
    over.expires = Some(1.0);
    session.run(over).await?;
    Ok(())
}
