//! Cookies and web storage.

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::AnyCommand;
use crate::command::storage::{
    CaptureState, ClearLocalStorage, ClearSessionStorage, DeleteCookie, GetLocalStorage, GetSessionStorage, SetCookie,
    SetLocalStorage, SetSessionStorage,
};
use crate::cookie::StorageItem;
use crate::error::{ErrorKind, Result};
use crate::options::SessionOptions;

cases! { "storage":
    Capabilities::DOM => [
        a_cookie_of_the_open_page_needs_no_domain,
        local_storage_is_written_read_and_cleared,
        session_storage_is_written_read_and_cleared,
        storage_needs_a_page,
        the_state_is_captured,
        sessions_share_nothing,
    ],
    Capabilities::ALL_COOKIES.union(Capabilities::DOM) => [
        a_cookie_that_was_set_is_sent,
        http_only_cookies_are_read,
        a_cookie_of_another_domain_can_be_set,
    ],
    Capabilities::ALL_COOKIES => [cookies_are_deleted_by_name_and_domain, cookies_come_as_a_header_too],
}

async fn a_cookie_that_was_set_is_sent(cx: Context) -> Result<()> {
    cx.session.run(SetCookie::new("flavour", "oat").with_url(cx.site.url(""))).await?;
    let text = cx.visit("headers").await?.text("pre").await?;
    assert!(text.contains("cookie: flavour=oat"), "{text}");
    Ok(())
}

async fn a_cookie_of_the_open_page_needs_no_domain(cx: Context) -> Result<()> {
    cx.visit("article").await?.run(SetCookie::new("here", "1")).await?;
    let text = cx.visit("headers").await?.text("pre").await?;
    assert!(text.contains("cookie: here=1"), "{text}");
    Ok(())
}

async fn http_only_cookies_are_read(cx: Context) -> Result<()> {
    let cookies = cx.visit("set-cookie").await?.cookies().await?;
    let hidden = cookies.iter().find(|cookie| cookie.name == "hidden");
    assert!(hidden.is_some_and(|cookie| cookie.http_only && cookie.value == "2"), "{cookies:?}");
    Ok(())
}

async fn a_cookie_of_another_domain_can_be_set(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session.run(SetCookie::new("elsewhere", "1").with_domain("example.com")).await?;
    let cookies = session.cookies().await?;
    assert!(cookies.iter().any(|cookie| cookie.name == "elsewhere"), "{cookies:?}");
    Ok(())
}

async fn cookies_are_deleted_by_name_and_domain(cx: Context) -> Result<()> {
    for domain in ["one.test", "two.test"] {
        cx.session.run(SetCookie::new("same", "1").with_domain(domain)).await?;
    }
    let mut delete = DeleteCookie::new("same");
    delete.domain = Some("one.test".into());
    cx.session.run(delete).await?;
    let cookies = cx.session.cookies().await?;
    let left: Vec<_> = cookies.iter().filter_map(|cookie| cookie.domain.as_deref()).collect();
    assert_eq!(left.iter().map(|domain| domain.trim_start_matches('.')).collect::<Vec<_>>(), ["two.test"]);
    cx.session.run(DeleteCookie::new("same")).await?;
    assert!(cx.session.cookies().await?.is_empty());
    Ok(())
}

async fn cookies_come_as_a_header_too(cx: Context) -> Result<()> {
    let data = serde_json::json!({ "cookies": "a=1; b=x=y ;", "domain": "header.test", "secure": null });
    let result = cx.session.batch(&[AnyCommand::from_parts("set_cookies", Some(data))?]).await?;
    assert!(result.success, "{result:?}");
    let mut pairs: Vec<_> = cx.session.cookies().await?.into_iter().map(|cookie| (cookie.name, cookie.value)).collect();
    pairs.sort();
    assert_eq!(pairs, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "x=y".to_owned())]);
    Ok(())
}

async fn local_storage_is_written_read_and_cleared(cx: Context) -> Result<()> {
    let session = cx.visit("storage").await?;
    session.run(SetLocalStorage::new(vec![StorageItem::new("k", "v 世")])).await?;
    let items = session.run(GetLocalStorage::new()).await?;
    assert!(items.contains(&StorageItem::new("k", "v 世")) && items.contains(&StorageItem::new("seen", "yes")));
    session.run(ClearLocalStorage::new()).await?;
    assert!(session.run(GetLocalStorage::new()).await?.is_empty());
    Ok(())
}

async fn session_storage_is_written_read_and_cleared(cx: Context) -> Result<()> {
    let session = cx.visit("storage").await?;
    session.run(SetSessionStorage::new(vec![StorageItem::new("k", "v")])).await?;
    assert_eq!(session.run(GetSessionStorage::new()).await?.len(), 2);
    session.run(ClearSessionStorage::new()).await?;
    assert!(session.run(GetSessionStorage::new()).await?.is_empty());
    Ok(())
}

async fn storage_needs_a_page(cx: Context) -> Result<()> {
    let error = cx.session.run(GetLocalStorage::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JavascriptError);
    assert!(error.message().contains("navigate to a page first"), "{error}");
    Ok(())
}

async fn the_state_is_captured(cx: Context) -> Result<()> {
    cx.visit("set-cookie").await?;
    let state = cx.visit("storage").await?.run(CaptureState::new()).await?;
    assert!(state.cookies.iter().any(|cookie| cookie.name == "visible"));
    assert_eq!(state.local_storage, [StorageItem::new("seen", "yes")]);
    assert_eq!(state.session_storage, [StorageItem::new("tab", "one")]);
    assert_eq!(state.url, cx.site.url("storage"));
    assert!(state.captured_at.ends_with('Z') && state.captured_at.contains('T'));
    Ok(())
}

async fn sessions_share_nothing(cx: Context) -> Result<()> {
    cx.visit("storage").await?;
    cx.visit("set-cookie").await?;
    let other = cx.engine.create_session(SessionOptions::new()).await?;
    other.navigate(cx.site.url("article")).await?;
    let seen = other.evaluate("[document.cookie, localStorage.length]").await?;
    assert_eq!(seen, serde_json::json!(["", 0]));
    other.close().await
}
