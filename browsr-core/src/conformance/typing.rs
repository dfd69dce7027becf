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
        every_kind_of_text_field_is_typed_into_at_its_end,
        dates_times_colours_and_ranges_have_their_value_set,
        a_value_that_a_field_does_not_take_is_refused,
        inputs_that_are_no_fields_are_refused,
        a_field_is_typed_into_by_its_label,
        a_field_that_a_framework_controls_takes_real_input,
        typing_keeps_to_the_greatest_length,
        typing_goes_behind_the_end_of_rich_text,
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
        let soon = OpContext::within(Duration::from_secs(2));
        let error = session.run_within(TypeText::new(selector, "x"), &soon).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ElementNotInteractable, "{selector}: {error:?}");
        assert!(error.message().contains(words), "{error}");
    }
    Ok(())
}

async fn every_kind_of_text_field_is_typed_into_at_its_end(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    for (field, typed, value) in [
        ("#text", "b", "ab"),
        ("#search", "b", "ab"),
        ("#tel", "2", "12"),
        ("#url", "b", "http://ab"),
        ("#password", "b", "ab"),
        ("#email", "b.c", "a@b.c"),
        ("#number", "3", "123"),
    ] {
        session.run(TypeText::new(field, typed)).await?;
        assert_eq!(session.text(field).await?, value, "{field}");
        session.fill(field, typed).await?;
        assert_eq!(session.text(field).await?, if field == "#email" { "b.c" } else { typed }, "{field}");
    }
    Ok(())
}

async fn dates_times_colours_and_ranges_have_their_value_set(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    for (field, value) in [
        ("#date", "2026-11-22"),
        ("#month", "2026-11"),
        ("#week", "2026-W47"),
        ("#time", "09:30"),
        ("#datetime", "2026-11-22T09:30"),
        ("#color", "#ff8000"),
        ("#range", "45"),
    ] {
        session.run(TypeText::new(field, value)).await?;
        assert_eq!(session.text(field).await?, value, "{field}");
    }
    assert_eq!(
        cx.log().await?,
        ["input date", "change date", "input color", "change color", "input range", "change range"]
    );
    session.run(Clear::new("#date")).await?;
    assert_eq!(session.text("#date").await?, "");
    Ok(())
}

async fn a_value_that_a_field_does_not_take_is_refused(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    for (field, value, words) in [
        ("#date", "22.11.2026", "such as 2026-11-22"),
        ("#time", "half past nine", "such as 09:30"),
        ("#color", "orange", "such as #ff8000"),
        ("#range", "60", "from 0 to 50"),
        ("#range", "much", "from 0 to 50"),
    ] {
        let before = session.text(field).await?;
        let error = session.run(TypeText::new(field, value)).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some("text")), "{error:?}");
        assert!(error.message().contains(words) && error.message().contains(field), "{error}");
        assert_eq!(session.text(field).await?, before, "{field}");
    }
    Ok(())
}

async fn inputs_that_are_no_fields_are_refused(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    for (selector, words) in [
        ("#file", "the command upload_file"),
        ("#checkbox", "the command check"),
        ("#radio", "the command check"),
        ("#submit", "submit"),
        ("#image", "image"),
    ] {
        let error = session.run(TypeText::new(selector, "x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ElementNotInteractable, "{selector}: {error:?}");
        assert!(error.message().contains(words), "{error}");
    }
    Ok(())
}

async fn a_field_is_typed_into_by_its_label(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    session.fill("#wrapping", "words").await?;
    assert_eq!(session.text("#wrapped").await?, "words");
    Ok(())
}

async fn a_field_that_a_framework_controls_takes_real_input(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    session.run(TypeText::new("#reactive", "abc世")).await?;
    assert_eq!(session.text("#shown").await?, "ABC世");
    session.run(TypeText::new("#masked", "123456")).await?;
    assert_eq!(session.text("#masked").await?, "(123) 456");
    Ok(())
}

async fn typing_keeps_to_the_greatest_length(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    session.fill("#maximum", "abcdef").await?;
    assert_eq!(session.text("#maximum").await?, "abc");
    Ok(())
}

async fn typing_goes_behind_the_end_of_rich_text(cx: Context) -> Result<()> {
    let session = cx.visit("fields").await?;
    session.run(TypeText::new("#rich", " and 世 more")).await?;
    let lines = session.text("#rich").await?;
    assert_eq!(lines.split_whitespace().collect::<Vec<_>>().join(" "), "First Second bold and 世 more");
    Ok(())
}
