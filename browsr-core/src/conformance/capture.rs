//! Screenshots and boxes.

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::AnyCommand;
use crate::command::capture::{ElementScreenshot, GetBoundingBoxes, GetElementBoundingBox, Screenshot};
use crate::error::{ErrorKind, Result};
use crate::options::SessionOptions;
use crate::types::{EncodedImage, ImageFormat, Viewport};

cases! { "capture":
    Capabilities::DOM => [
        a_screenshot_shows_the_viewport,
        an_element_screenshot_has_the_size_of_the_element,
        an_unknown_format_is_refused,
        boxes_are_those_of_the_viewport,
        an_element_screenshot_is_clipped_on_device_pixels,
        a_path_is_a_label_only,
    ],
    Capabilities::FULL_PAGE => [
        a_full_screenshot_shows_the_document_and_leaves_the_scroll_position,
        a_full_screenshot_shows_what_is_fixed_once,
        a_picture_that_is_too_large_is_refused,
    ],
    Capabilities::JPEG => [a_screenshot_can_be_jpeg],
    Capabilities::WEBP => [a_screenshot_can_be_webp],
}

pub(super) fn pixels(image: &EncodedImage) -> image::RgbImage {
    assert!(image.bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    image::load_from_memory(&image.bytes).unwrap().into_rgb8()
}

fn png_size(image: &EncodedImage) -> (u32, u32) {
    pixels(image).dimensions()
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

async fn a_full_screenshot_shows_what_is_fixed_once(cx: Context) -> Result<()> {
    let session = cx.visit("fixed").await?;
    session.evaluate("scrollTo(0, 900)").await?;
    let image = pixels(&session.run(Screenshot::new().full_page()).await?);
    assert_eq!(image.dimensions(), (1280, 4000));
    let is_header = |y: &u32| image.get_pixel(600, *y).0 == [255, 0, 0];
    let header: Vec<_> = (0..4000).filter(is_header).collect();
    // Where it stands is the browser's to say; that it stands there once is not.
    assert_eq!(header.len(), 50, "{:?}..{:?}", header.first(), header.last());
    assert_eq!(header.last().zip(header.first()).map(|(last, first)| last - first), Some(49));
    let is_bar = |y: &u32| image.get_pixel(600, *y).0 == [0, 0, 255];
    assert_eq!((0..4000).filter(is_bar).count(), 30);
    Ok(())
}

async fn an_element_screenshot_is_clipped_on_device_pixels(cx: Context) -> Result<()> {
    let session = cx.visit("fixed").await?;
    let image = pixels(&session.run(ElementScreenshot::new("#fraction")).await?);
    // From 10.3 to 60.8, and from 20.6 to 50.8 below the header.
    assert_eq!(image.dimensions(), (51, 31));
    assert_eq!(image.get_pixel(25, 15).0, [0, 128, 0]);
    let options = SessionOptions::new().with_viewport(Viewport::new(800, 600).with_device_scale_factor(2.0));
    let sharp = cx.engine.create_session(options).await?;
    sharp.navigate(cx.site.url("fixed")).await?;
    let image = pixels(&sharp.run(ElementScreenshot::new("#fraction")).await?);
    assert_eq!(image.dimensions(), (102, 61));
    sharp.close().await
}

async fn a_path_is_a_label_only(cx: Context) -> Result<()> {
    let label = std::env::temp_dir().join(format!("browsr-{}.png", cx.session.id()));
    let session = cx.visit("fixed").await?;
    let command = serde_json::json!({ "path": label, "full_page": null, "format": "png" });
    let command = AnyCommand::from_parts("screenshot", Some(command))?;
    let results = session.batch(&[command]).await?.results;
    assert_eq!(results[0].data.as_ref().map(|data| &data["filename"]), Some(&label.to_string_lossy().into()));
    assert!(!label.exists());
    Ok(())
}

async fn a_picture_that_is_too_large_is_refused(cx: Context) -> Result<()> {
    let session = cx.visit("tall").await?;
    // Firefox lays out no more than some 17,000,000 px.
    for size in ["width: 100000px; height: 100000px", "width: 10px; height: 1000000px"] {
        let grow = format!("document.body.innerHTML = '<div id=huge style=\"{size}\">x</div>'; 1");
        session.evaluate(grow).await?;
        let whole = session.run(Screenshot::new().full_page()).await.unwrap_err();
        assert_eq!(whole.kind(), ErrorKind::TooLarge, "{size}: {whole:?}");
        let part = session.run(ElementScreenshot::new("#huge")).await.unwrap_err();
        assert_eq!(part.kind(), ErrorKind::TooLarge, "{size}: {part:?}");
    }
    // The control: what the viewport shows of it is taken, and so is a page of less.
    assert_eq!(png_size(&session.screenshot().await?), (1280, 720));
    session.evaluate("document.querySelector('#huge').style = 'height: 20000px'; 1").await?;
    assert!(png_size(&session.run(Screenshot::new().full_page()).await?).1 >= 20_000);
    Ok(())
}
