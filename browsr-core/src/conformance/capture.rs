//! Screenshots and boxes.

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::capture::{ElementScreenshot, GetBoundingBoxes, GetElementBoundingBox, Screenshot};
use crate::error::{ErrorKind, Result};
use crate::types::{EncodedImage, ImageFormat};

cases! { "capture":
    Capabilities::DOM => [
        a_screenshot_shows_the_viewport,
        an_element_screenshot_has_the_size_of_the_element,
        an_unknown_format_is_refused,
        boxes_are_those_of_the_viewport,
    ],
    Capabilities::FULL_PAGE => [a_full_screenshot_shows_the_document_and_leaves_the_scroll_position],
    Capabilities::JPEG => [a_screenshot_can_be_jpeg],
    Capabilities::WEBP => [a_screenshot_can_be_webp],
}

/// Width and height of a PNG, by its header.
fn png_size(image: &EncodedImage) -> (u32, u32) {
    assert!(image.bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let number = |at: usize| {
        u32::from_be_bytes([image.bytes[at], image.bytes[at + 1], image.bytes[at + 2], image.bytes[at + 3]])
    };
    (number(16), number(20))
}

async fn a_screenshot_shows_the_viewport(cx: Context) -> Result<()> {
    let image = cx.visit("tall").await?.screenshot().await?;
    assert_eq!((png_size(&image), image.format), ((1280, 720), ImageFormat::Png));
    Ok(())
}

async fn a_full_screenshot_shows_the_document_and_leaves_the_scroll_position(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    session.evaluate("scrollTo(0, 400)").await?;
    let image = session.run(Screenshot::new().full_page()).await?;
    assert_eq!(png_size(&image).1, 3000);
    assert_eq!(session.evaluate("[scrollY, innerWidth, innerHeight]").await?, serde_json::json!([400, 1280, 720]));
    Ok(())
}

async fn an_element_screenshot_has_the_size_of_the_element(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    let image = session.run(ElementScreenshot::new("#tile")).await?;
    assert_eq!(png_size(&image), (120, 80));
    Ok(())
}

async fn a_screenshot_can_be_jpeg(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    let image = session.run(Screenshot::new().with_format(ImageFormat::Jpeg)).await?;
    assert!(image.bytes.starts_with(&[0xff, 0xd8]));
    Ok(())
}

async fn a_screenshot_can_be_webp(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    let image = session.run(Screenshot::new().with_format(ImageFormat::Webp)).await?;
    assert_eq!((&image.bytes[..4], &image.bytes[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
    Ok(())
}

async fn an_unknown_format_is_refused(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    let mut command = Screenshot::new();
    command.format = Some("gif".into());
    let error = session.run(command).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some("format")));
    Ok(())
}

async fn boxes_are_those_of_the_viewport(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    let tile = session.run(GetElementBoundingBox::new("#tile")).await?;
    assert_eq!((tile.x, tile.y, tile.width, tile.height), (100.0, 2000.0, 120.0, 80.0));
    let boxes = session.run(GetBoundingBoxes::new("div")).await?;
    assert_eq!(boxes.as_array().map(Vec::len), Some(3));
    assert_eq!((&boxes[2]["index"], &boxes[2]["selector"]), (&2.into(), &"#tile".into()));
    assert_eq!(boxes[2]["center"], serde_json::json!({ "x": 160, "y": 2040 }));
    Ok(())
}
