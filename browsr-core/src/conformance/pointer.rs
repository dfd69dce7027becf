//! Clicks and other mouse work, on elements that are not simply there.

use std::time::Duration;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::capture::GetElementBoundingBox;
use crate::command::extract::GetText;
use crate::command::pointer::{
    Click, ClickAdvanced, ClickAt, Drag, DragTo, Hover, MoveMouseTo, ScrollIntoView, ScrollTo,
};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::Modifiers;
use crate::types::Point;

cases! { "pointer":
    Capabilities::DOM => [
        click_is_trusted_and_scrolls_to_what_is_far_below,
        click_waits_until_the_element_is_enabled,
        click_waits_until_the_element_is_uncovered,
        click_waits_until_the_element_is_there,
        click_waits_until_the_element_stands_still,
        click_reaches_into_a_nested_scroller,
        click_in_vain_names_what_covers_the_element,
        click_in_vain_says_what_is_wrong,
        click_on_a_label_reaches_its_control,
        click_advanced_knows_buttons_counts_and_modifiers,
        click_at_clicks_a_point,
        hover_moves_the_pointer_over_the_element,
        move_mouse_to_moves_in_steps,
        scroll_to_keeps_the_axis_left_out,
        scroll_into_view_scrolls,
        drag_to_moves_by_pointer_events,
        drag_to_drops_by_html5_drag_and_drop,
        a_bad_selector_is_refused_at_once,
        selectors_pierce_open_shadow_roots,
        selectors_find_by_text_and_xpath,
        an_ambiguous_selector_takes_the_first,
    ],
}

/// Runs a click that is to fail soon.
async fn fail(cx: &Context, selector: &str) -> Error {
    let soon = OpContext::within(Duration::from_secs(2));
    cx.session.run_within(Click::new(selector), &soon).await.expect_err(selector)
}

async fn click_is_trusted_and_scrolls_to_what_is_far_below(cx: Context) -> Result<()> {
    cx.visit("actions").await?.click("#off").await?;
    assert_eq!(cx.log().await?, ["off true"]);
    Ok(())
}

async fn click_waits_until_the_element_is_enabled(cx: Context) -> Result<()> {
    cx.visit("actions").await?.click("#disabled").await?;
    assert_eq!(cx.log().await?, ["disabled"]);
    Ok(())
}

async fn click_waits_until_the_element_is_uncovered(cx: Context) -> Result<()> {
    cx.visit("actions").await?.click("#uncovered-later").await?;
    assert_eq!(cx.log().await?, ["uncovered"]);
    Ok(())
}

async fn click_waits_until_the_element_is_there(cx: Context) -> Result<()> {
    cx.visit("actions").await?.click("#late").await?;
    assert_eq!(cx.log().await?, ["late"]);
    Ok(())
}

async fn click_waits_until_the_element_stands_still(cx: Context) -> Result<()> {
    cx.visit("actions").await?.click("#moving").await?;
    assert_eq!(cx.log().await?, ["moving"]);
    Ok(())
}

async fn click_reaches_into_a_nested_scroller(cx: Context) -> Result<()> {
    cx.visit("actions").await?.click("#nested").await?;
    assert_eq!(cx.log().await?, ["nested"]);
    Ok(())
}

async fn click_in_vain_names_what_covers_the_element(cx: Context) -> Result<()> {
    cx.visit("actions").await?;
    let error = fail(&cx, "#covered").await;
    assert_eq!(error.kind(), ErrorKind::ElementClickIntercepted, "{error:?}");
    assert!(error.message().contains(r#"<div id="overlay" class="veil">"#), "{error}");
    assert_eq!(cx.log().await?, [""; 0]);
    Ok(())
}

async fn click_in_vain_says_what_is_wrong(cx: Context) -> Result<()> {
    cx.visit("actions").await?;
    for (selector, kind, words) in [
        ("#never", ErrorKind::NoSuchElement, "no element matches"),
        ("#hidden", ErrorKind::ElementNotInteractable, "not visible"),
        ("#always-disabled", ErrorKind::ElementNotInteractable, "disabled"),
        ("#none", ErrorKind::ElementNotInteractable, "pointer-events"),
    ] {
        let error = fail(&cx, selector).await;
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.message().contains(words) && error.message().contains(selector), "{error}");
    }
    Ok(())
}

async fn click_on_a_label_reaches_its_control(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    session.click("label[for=labelled]").await?;
    session.click("#wrapped").await?;
    let checked = session.evaluate("[labelled.checked, wrapped.checked]").await?;
    assert_eq!(checked, serde_json::json!([true, true]));
    Ok(())
}

async fn click_advanced_knows_buttons_counts_and_modifiers(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    session.run(ClickAdvanced::new("#double").with_click_count(2)).await?;
    session.run(ClickAdvanced::new("#double").with_button("right")).await?;
    session.run(ClickAdvanced::new("#double").with_modifiers(Modifiers::CONTROL)).await?;
    // What the page moves below the pointer meanwhile may be hovered over.
    let log: Vec<_> = cx.log().await?.into_iter().filter(|line| line != "hover").collect();
    assert_eq!(log, ["click", "click", "double", "context", "key Control", "ctrl-click"]);
    let error = session.run(ClickAdvanced::new("#double").with_button("nose")).await.unwrap_err();
    assert_eq!(error.field(), Some("button"));
    Ok(())
}

async fn click_at_clicks_a_point(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    let area = session.run(GetElementBoundingBox::new("#plain")).await?;
    session.run(ClickAt::new(area.x + area.width / 2.0, area.y + area.height / 2.0)).await?;
    assert_eq!(cx.log().await?, ["plain"]);
    Ok(())
}

async fn hover_moves_the_pointer_over_the_element(cx: Context) -> Result<()> {
    cx.visit("actions").await?.run(Hover::new("#hover")).await?;
    assert_eq!(cx.log().await?, ["hover"]);
    Ok(())
}

async fn move_mouse_to_moves_in_steps(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session.run(MoveMouseTo::new(1.0, 1.0)).await?;
    session.evaluate("window.moves = 0; addEventListener('mousemove', () => { moves++ })").await?;
    session.run(MoveMouseTo::new(300.0, 200.0).with_steps(10)).await?;
    let moves = session.evaluate("moves").await?;
    assert!(moves.as_u64().is_some_and(|moves| (5..=12).contains(&moves)), "{moves}");
    Ok(())
}

async fn scroll_to_keeps_the_axis_left_out(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    session.run(ScrollTo::top(700.0)).await?;
    session.run(ScrollTo::default()).await?;
    assert_eq!(session.evaluate("scrollY").await?, 700);
    Ok(())
}

async fn scroll_into_view_scrolls(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    session.run(ScrollIntoView::new("#tile")).await?;
    let y = session.run(GetElementBoundingBox::new("#tile")).await?.y;
    assert!((0.0..720.0).contains(&y), "{y}");
    Ok(())
}

async fn drag_to_moves_by_pointer_events(cx: Context) -> Result<()> {
    let session = cx.visit("drag").await?;
    let area = session.run(GetElementBoundingBox::new("#knob")).await?;
    let from = Point::new(area.x + 10.0, area.y + 10.0);
    session.run(Drag::new(from, Point::new(from.x + 80.0, from.y))).await?;
    assert_eq!(cx.log().await?, ["knob 80px"]);
    Ok(())
}

async fn drag_to_drops_by_html5_drag_and_drop(cx: Context) -> Result<()> {
    let session = cx.visit("drag").await?;
    session.run(DragTo::new("#item", "#zone")).await?;
    session.run(GetText::new("#log")).await?;
    assert_eq!(cx.log().await?, ["dropped payload"]);
    Ok(())
}

async fn a_bad_selector_is_refused_at_once(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    for selector in ["a[", "xpath=//a[", "", "text="] {
        let start = std::time::Instant::now();
        let error = session.click(selector).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSelector, "{selector:?}: {error:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{selector:?}");
    }
    Ok(())
}

async fn selectors_pierce_open_shadow_roots(cx: Context) -> Result<()> {
    let session = cx.visit("shadow").await?;
    for selector in ["#deep", "my-card button", "#host my-inner .go", "text=Deep button"] {
        session.evaluate("document.querySelector('#log').textContent = ''").await?;
        session.click(selector).await?;
        assert_eq!(cx.log().await?, ["deep true"], "{selector}");
    }
    session.fill("#deep-field", "typed").await?;
    assert_eq!(session.text("#deep-field").await?, "typed");
    Ok(())
}

async fn selectors_find_by_text_and_xpath(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    assert_eq!(session.attribute("text=to a SLOW page", "id").await?.as_deref(), Some("to-slow"));
    assert_eq!(session.attribute("text=\"nothing\"", "id").await?.as_deref(), Some("nothing"));
    assert_eq!(session.attribute("xpath=//li[3]/a", "id").await?.as_deref(), Some("to-fragment"));
    Ok(())
}

async fn an_ambiguous_selector_takes_the_first(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    assert_eq!(session.attribute("li a", "id").await?.as_deref(), Some("to-article"));
    Ok(())
}
