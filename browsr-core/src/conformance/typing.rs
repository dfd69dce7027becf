//! Typing and keys.

use std::time::Duration;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::keyboard::{Clear, PressKey, TypeText};
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};

cases! { "typing":
    Capabilities::DOM => [
        text_is_typed_by_trusted_key_events_behind_what_is_there,
        typing_can_clear_first,
        clear_empties_inputs_text_areas_and_editable_elements,
        any_script_arrives_intact,
        capitals_and_symbols_arrive,
        a_line_break_is_typed_into_a_text_area,
        enter_submits_a_form,
        keys_have_names_and_modifiers,
        what_takes_no_text_is_refused,
    ],
}

async fn text_is_typed_by_trusted_key_events_behind_what_is_there(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(TypeText::new("#name", "Xy")).await?;
    assert_eq!(session.text("#name").await?, "beforeXy");
    let log = cx.log().await?;
    for event in ["focus name true", "keydown name true", "beforeinput name true", "input name true"] {
        assert!(log.iter().any(|line| line == event), "{event} in {log:?}");
    }
    Ok(())
}

async fn typing_can_clear_first(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.fill("#name", "after").await?;
    assert_eq!(session.text("#name").await?, "after");
    Ok(())
}

async fn clear_empties_inputs_text_areas_and_editable_elements(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    for selector in ["#name", "#area", "#rich"] {
        session.run(Clear::new(selector)).await?;
        assert_eq!(session.text(selector).await?.trim(), "", "{selector}");
    }
    assert!(cx.log().await?.iter().any(|line| line == "input name true"));
    Ok(())
}

async fn any_script_arrives_intact(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    for text in ["naïve", "世界", "👩‍👩‍👧!", "e\u{301}", "a世b👍c", "שלום"] {
        for selector in ["#name", "#rich"] {
            session.fill(selector, text).await?;
            assert_eq!(session.text(selector).await?, text, "{selector}");
        }
    }
    Ok(())
}

async fn capitals_and_symbols_arrive(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    let text = "Aa1!@#$%^&*()_+-=[]{}|;':\",./<>?`~\\ end";
    session.fill("#name", text).await?;
    assert_eq!(session.text("#name").await?, text);
    Ok(())
}

async fn a_line_break_is_typed_into_a_text_area(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.fill("#area", "one\ntwo").await?;
    assert_eq!(session.text("#area").await?, "one\ntwo");
    Ok(())
}

async fn enter_submits_a_form(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(PressKey::new("Enter").on("#name")).await?;
    assert!(cx.log().await?.iter().any(|line| line == "submit"));
    Ok(())
}

async fn keys_have_names_and_modifiers(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(PressKey::new("Control+A").on("#name")).await?;
    session.press_key("x").await?;
    assert_eq!(session.text("#name").await?, "x");
    session.press_key("Backspace").await?;
    assert_eq!(session.text("#name").await?, "");
    let error = session.press_key("NoSuchKey").await.unwrap_err();
    assert_eq!(error.field(), Some("key"));
    Ok(())
}

async fn what_takes_no_text_is_refused(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    for (selector, words) in [("#readonly", "read-only"), ("#not-editable", "takes no text"), ("#file", "file")] {
        let soon = OpContext::within(Duration::from_secs(1));
        let error = session.run_within(TypeText::new(selector, "x"), &soon).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ElementNotInteractable, "{selector}: {error:?}");
        assert!(error.message().contains(words), "{error}");
    }
    Ok(())
}
