//! Form controls and focus.

use std::time::Duration;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::element::{Check, Focus, SelectOption};
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};

cases! { "elements":
    Capabilities::DOM => [
        check_checks_once,
        check_chooses_a_radio_button,
        check_refuses_what_cannot_be_checked,
        select_option_takes_values_and_labels,
        select_option_takes_several_where_it_may,
        select_option_says_which_value_is_missing,
        focus_focuses,
    ],
}

async fn check_checks_once(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    for _ in 0..2 {
        session.run(Check::new("#box")).await?;
        assert_eq!(session.evaluate("document.querySelector('#box').checked").await?, true);
    }
    Ok(())
}

async fn check_chooses_a_radio_button(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(Check::new("#r1")).await?;
    session.run(Check::new("#r2")).await?;
    assert_eq!(session.evaluate("[r1.checked, r2.checked]").await?, serde_json::json!([false, true]));
    Ok(())
}

async fn check_refuses_what_cannot_be_checked(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    let error = session.run(Check::new("#send")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ElementNotInteractable);
    assert!(error.message().contains(r#"<button id="send">"#), "{error}");
    Ok(())
}

async fn select_option_takes_values_and_labels(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(SelectOption::new("#one", ["b"])).await?;
    assert_eq!(session.evaluate("one.value").await?, "b");
    session.run(SelectOption::new("#one", ["First"])).await?;
    assert_eq!(session.evaluate("one.value").await?, "a");
    assert!(cx.log().await?.iter().any(|line| line.starts_with("change one")));
    Ok(())
}

async fn select_option_takes_several_where_it_may(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(SelectOption::new("#many", ["x", "Zed"])).await?;
    let chosen = session.evaluate("[...many.selectedOptions].map(option => option.value)").await?;
    assert_eq!(chosen, serde_json::json!(["x", "z"]));
    let error = session.run(SelectOption::new("#one", ["a", "b"])).await.unwrap_err();
    assert!(error.message().contains("one value only"), "{error}");
    Ok(())
}

async fn select_option_says_which_value_is_missing(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    for value in ["c", "nope"] {
        let soon = OpContext::within(Duration::from_secs(2));
        let error = session.run_within(SelectOption::new("#one", [value]), &soon).await.unwrap_err();
        assert!(error.message().contains(value), "{error}");
    }
    Ok(())
}

async fn focus_focuses(cx: Context) -> Result<()> {
    let session = cx.visit("form").await?;
    session.run(Focus::new("#area")).await?;
    assert_eq!(session.evaluate("document.activeElement.id").await?, "area");
    Ok(())
}
