//! Elements in iframes, of the same origin and of another.

use std::time::Duration;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::extract::{EvaluateOnElement, GetText};
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};

cases! { "frames":
    Capabilities::DOM => [
        click_and_read_in_a_frame_of_the_same_origin,
        click_and_read_in_a_frame_of_another_origin,
        type_in_a_frame_of_the_same_origin,
        type_in_a_frame_of_another_origin,
        click_reaches_the_end_of_a_tall_frame,
        evaluate_on_an_element_in_a_frame,
        what_is_no_frame_is_refused,
    ],
}

async fn press(cx: &Context, frame: &str) -> Result<()> {
    let session = cx.visit("frames").await?;
    assert_eq!(session.text(format!("{frame} >>> #words")).await?, "Words in a frame");
    session.click(format!("{frame} >>> #press")).await?;
    assert_eq!(session.text(format!("{frame} >>> #words")).await?, "pressed true");
    Ok(())
}

async fn click_and_read_in_a_frame_of_the_same_origin(cx: Context) -> Result<()> {
    press(&cx, "#same").await
}

async fn click_and_read_in_a_frame_of_another_origin(cx: Context) -> Result<()> {
    press(&cx, "#other").await
}

async fn fill(cx: &Context, frame: &str) -> Result<()> {
    let session = cx.visit("frames").await?;
    let field = format!("{frame} >>> #field");
    session.fill(&field, "Typed 世").await?;
    assert_eq!(session.text(&field).await?, "Typed 世");
    Ok(())
}

async fn type_in_a_frame_of_the_same_origin(cx: Context) -> Result<()> {
    fill(&cx, "#same").await
}

async fn type_in_a_frame_of_another_origin(cx: Context) -> Result<()> {
    fill(&cx, "#other").await
}

async fn click_reaches_the_end_of_a_tall_frame(cx: Context) -> Result<()> {
    let session = cx.visit("frames").await?;
    session.click("#tall >>> #deep").await?;
    assert_eq!(session.text("#tall >>> #deep").await?, "pressed true");
    Ok(())
}

async fn evaluate_on_an_element_in_a_frame(cx: Context) -> Result<()> {
    let session = cx.visit("frames").await?;
    for frame in ["#same", "#other"] {
        let command = EvaluateOnElement::new(format!("{frame} >>> #words"), "el.ownerDocument.title");
        assert_eq!(session.run(command).await?.value(), "Inner", "{frame}");
    }
    Ok(())
}

async fn what_is_no_frame_is_refused(cx: Context) -> Result<()> {
    let session = cx.visit("frames").await?;
    let soon = OpContext::within(Duration::from_secs(2));
    let error = session.run_within(GetText::new("#no-frame >>> p"), &soon).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchFrame, "{error:?}");
    Ok(())
}
