//! Dialogs, and pages that open others.

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::error::Result;
use crate::options::{DialogPolicy, SessionOptions};

cases! { "dialogs":
    Capabilities::DOM => [
        dialogs_are_dismissed_and_reported,
        dialogs_are_accepted_where_that_is_the_policy,
        a_dialog_during_load_does_not_hang,
        beforeunload_does_not_hold_back_a_navigation,
        a_page_opened_by_a_click_becomes_the_page,
        a_page_opened_by_a_script_becomes_the_page_until_it_closes,
    ],
}

async fn dialogs_are_dismissed_and_reported(cx: Context) -> Result<()> {
    let session = cx.visit("dialogs").await?;
    let outcome = session.click("#alert").await?;
    assert_eq!(outcome.dialogs.len(), 1);
    assert_eq!((outcome.dialogs[0].kind.as_str(), outcome.dialogs[0].message.as_str()), ("alert", "hello"));
    session.click("#confirm").await?;
    session.click("#prompt").await?;
    assert_eq!(cx.log().await?, ["alert", "confirm false", "prompt null"]);
    Ok(())
}

async fn dialogs_are_accepted_where_that_is_the_policy(cx: Context) -> Result<()> {
    let session = cx.engine.create_session(SessionOptions::new().with_dialogs(DialogPolicy::Accept)).await?;
    session.navigate(cx.site.url("dialogs")).await?;
    session.click("#confirm").await?;
    let outcome = session.click("#prompt").await?;
    assert!(outcome.dialogs[0].accepted);
    assert_eq!(session.text("#log").await?.trim(), "confirm true\nprompt ada");
    session.close().await
}

async fn a_dialog_during_load_does_not_hang(cx: Context) -> Result<()> {
    let session = cx.visit("dialogs?at-load").await?;
    assert_eq!(session.title().await?, "Dialogs");
    Ok(())
}

async fn beforeunload_does_not_hold_back_a_navigation(cx: Context) -> Result<()> {
    let session = cx.visit("dialogs").await?;
    session.click("#guard").await?;
    cx.visit("article").await?;
    assert_eq!(session.title().await?, "How bread rises");
    Ok(())
}

async fn a_page_opened_by_a_click_becomes_the_page(cx: Context) -> Result<()> {
    let session = cx.visit("popup").await?;
    let outcome = session.click("#blank").await?;
    assert_eq!(outcome.opened, 1);
    session.wait_for_navigation().await?;
    assert_eq!(session.title().await?, "Opened");
    Ok(())
}

async fn a_page_opened_by_a_script_becomes_the_page_until_it_closes(cx: Context) -> Result<()> {
    let session = cx.visit("popup").await?;
    session.click("#open").await?;
    session.wait_for_navigation().await?;
    assert_eq!(session.text("h1").await?, "Opened");
    session.click("#close").await?;
    session.wait_for("#count").await?;
    session.click("#count").await?;
    assert_eq!(session.text("#count").await?, "counted");
    Ok(())
}
