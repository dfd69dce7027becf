//! What is drawn over the page for people to see.

use image::RgbImage;

use super::capture::pixels;
use super::{Context, cases};
use crate::SessionHandle;
use crate::capability::Capabilities;
use crate::command::capture::GetElementBoundingBox;
use crate::command::extract::{ContentKind, GetContent, GetText};
use crate::command::overlay::{ToggleBoundingBoxes, ToggleClickOverlay};
use crate::command::pointer::{ClickAt, ScrollTo};
use crate::error::{ErrorKind, Result};
use crate::types::Rect;

cases! { "overlays":
    Capabilities::DOM => [
        boxes_are_drawn_around_elements_until_switched_off,
        boxes_change_nothing_about_the_layout,
        boxes_follow_what_they_are_around,
        boxes_survive_navigation,
        clicks_are_shown_where_they_land,
        overlays_take_no_clicks,
        overlays_are_in_nothing_that_is_read,
        boxes_around_a_bad_selector_are_refused,
    ],
}

async fn look(session: &SessionHandle) -> Result<RgbImage> {
    Ok(pixels(&session.screenshot().await?))
}

async fn place(session: &SessionHandle, selector: &str) -> Result<Rect> {
    session.run(GetElementBoundingBox::new(selector)).await
}

/// Whether there is a coloured line along the left edge of a place.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on the screen are small and positive"
)]
fn is_framed(image: &RgbImage, place: &Rect) -> bool {
    let colour = |share: f64| image.get_pixel(place.x as u32 + 1, (place.y + place.height * share) as u32).0;
    let is_colour = |[r, g, b]: [u8; 3]| r.max(g).max(b) - r.min(g).min(b) > 60;
    [0.3, 0.5, 0.8].into_iter().all(|share| is_colour(colour(share)))
}

async fn boxes_are_drawn_around_elements_until_switched_off(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    let (first, second) = (place(session, "#first").await?, place(session, "#second").await?);
    let plain = look(session).await?;
    session.run(ToggleBoundingBoxes::new(true).with_selector("button").with_limit(1)).await?;
    let one = look(session).await?;
    assert!(is_framed(&one, &first) && !is_framed(&one, &second));
    session.run(ToggleBoundingBoxes::new(true)).await?;
    let both = look(session).await?;
    assert!(is_framed(&both, &first) && is_framed(&both, &second));
    session.run(ToggleBoundingBoxes::new(false)).await?;
    assert!(look(session).await? == plain, "something is left");
    Ok(())
}

async fn boxes_change_nothing_about_the_layout(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    let before = session.evaluate("layout()").await?;
    session.run(ToggleBoundingBoxes::new(true).with_selector("*")).await?;
    session.run(ToggleClickOverlay::new(true)).await?;
    session.run(ClickAt::new(700.0, 300.0)).await?;
    assert_eq!(session.evaluate("layout()").await?, before);
    session.run(ToggleBoundingBoxes::new(false)).await?;
    session.run(ToggleClickOverlay::new(false)).await?;
    assert_eq!(session.evaluate("document.documentElement.children.length").await?, 2);
    Ok(())
}

async fn boxes_follow_what_they_are_around(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    session.run(ToggleBoundingBoxes::new(true)).await?;
    let move_by = "document.querySelector('#second').style.left = '600px'; 1";
    session.evaluate(move_by).await?;
    session.run(ScrollTo::top(60.0)).await?;
    for selector in ["#first", "#second"] {
        let place = place(session, selector).await?;
        // Boxes are drawn anew with the next frames.
        let mut framed = false;
        for _ in 0..20 {
            framed = framed || is_framed(&look(session).await?, &place);
        }
        assert!(framed, "{selector} at {place:?}");
    }
    Ok(())
}

async fn boxes_survive_navigation(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session.run(ToggleBoundingBoxes::new(true)).await?;
    cx.visit("boxes").await?;
    let first = place(session, "#first").await?;
    assert!(is_framed(&look(session).await?, &first));
    // A navigation that no command has asked for.
    session.evaluate("setTimeout(() => location.reload(), 50)").await?;
    session.wait_for("#first").await?;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    session.wait_for("#first").await?;
    assert!(is_framed(&look(session).await?, &first));
    Ok(())
}

async fn clicks_are_shown_where_they_land(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    let plain = look(session).await?;
    session.run(ToggleClickOverlay::new(true)).await?;
    session.run(ClickAt::new(700.0, 300.0)).await?;
    let shown = look(session).await?;
    let changed: Vec<_> = shown.enumerate_pixels().filter(|(x, y, pixel)| plain.get_pixel(*x, *y) != *pixel).collect();
    assert!(changed.len() > 100, "{} pixels", changed.len());
    let around = |(x, y, _): &(u32, u32, _)| (690..=710).contains(x) && (290..=310).contains(y);
    assert!(changed.iter().all(around), "{:?}", changed.first());
    Ok(())
}

async fn overlays_take_no_clicks(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    session.run(ToggleBoundingBoxes::new(true)).await?;
    session.run(ToggleClickOverlay::new(true)).await?;
    for selector in ["#first", "#second", "#first"] {
        session.click(selector).await?;
        assert_eq!(session.evaluate("'#' + document.activeElement.id").await?, selector);
    }
    Ok(())
}

async fn overlays_are_in_nothing_that_is_read(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    let commands =
        || [ContentKind::Markdown, ContentKind::Html, ContentKind::Json].map(|kind| GetContent::new().with_kind(kind));
    let mut before = Vec::new();
    for command in commands() {
        before.push(serde_json::to_value(session.run(command).await?).unwrap());
    }
    let text = session.run(GetText::new("html")).await?;
    session.run(ToggleBoundingBoxes::new(true)).await?;
    session.run(ToggleClickOverlay::new(true)).await?;
    session.run(ClickAt::new(700.0, 300.0)).await?;
    for (command, before) in commands().into_iter().zip(before) {
        assert_eq!(serde_json::to_value(session.run(command).await?).unwrap(), before);
    }
    assert_eq!(session.run(GetText::new("html")).await?, text);
    Ok(())
}

async fn boxes_around_a_bad_selector_are_refused(cx: Context) -> Result<()> {
    let session = cx.visit("boxes").await?;
    for selector in ["a[", "iframe >>> a", ""] {
        let error = session.run(ToggleBoundingBoxes::new(true).with_selector(selector)).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidSelector, Some("selector")), "{error:?}");
    }
    let error = session.run(ToggleBoundingBoxes::new(true).with_limit(1_000_000)).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some("limit")));
    Ok(())
}
