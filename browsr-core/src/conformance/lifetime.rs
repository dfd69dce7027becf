//! Hung pages, closing in the middle, sessions side by side.

use std::time::{Duration, Instant};

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::pointer::Click;
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};
use crate::options::SessionOptions;

cases! { "lifetime":
    Capabilities::DOM => [
        a_page_that_hangs_in_a_handler_fails_in_time_and_closes_fast,
        closing_in_the_middle_of_a_command_ends_it,
        sessions_work_side_by_side,
    ],
    Capabilities::NONE => [a_closed_session_is_gone, closing_twice_is_success],
    Capabilities::INTERRUPT.union(Capabilities::DOM) => [a_page_that_hung_is_used_again],
}

async fn hang(cx: &Context) -> Result<()> {
    let session = cx.visit("hang-script").await?;
    let start = Instant::now();
    let soon = OpContext::within(Duration::from_millis(800));
    match session.run_within(Click::new("#hang"), &soon).await {
        // A backend may know that the click has been dispatched, though the page never comes back from it.
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}"),
    }
    assert!(start.elapsed() < Duration::from_millis(2500), "{:?}", start.elapsed());
    Ok(())
}

async fn a_page_that_hangs_in_a_handler_fails_in_time_and_closes_fast(cx: Context) -> Result<()> {
    hang(&cx).await?;
    let start = Instant::now();
    cx.session.close().await?;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let next = cx.engine.create_session(SessionOptions::new()).await?;
    next.navigate(cx.site.url("article")).await?;
    next.close().await
}

async fn a_page_that_hung_is_used_again(cx: Context) -> Result<()> {
    hang(&cx).await?;
    let start = Instant::now();
    match cx.visit("article").await {
        Ok(session) => assert_eq!(session.title().await?, "How bread rises"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::SessionLost, "{error:?}"),
    }
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    Ok(())
}

async fn closing_in_the_middle_of_a_command_ends_it(cx: Context) -> Result<()> {
    cx.visit("article").await?;
    let session = cx.session.clone();
    let (result, ()) = tokio::join!(session.evaluate("new Promise(() => {})"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cx.session.close().await.expect("closing succeeds");
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidSessionId);
    Ok(())
}

async fn sessions_work_side_by_side(cx: Context) -> Result<()> {
    let work = (0..3).map(|number| {
        let cx = cx.clone();
        async move {
            let session = cx.engine.create_session(SessionOptions::new()).await?;
            session.navigate(cx.site.url(&format!("slow/{}", 50 + number))).await?;
            assert_eq!(session.text("h1").await?, format!("Slow {}", 50 + number));
            session.close().await
        }
    });
    let mut running = tokio::task::JoinSet::new();
    for one in work {
        running.spawn(one);
    }
    while let Some(result) = running.join_next().await {
        result.expect("no case panics")?;
    }
    Ok(())
}

async fn a_closed_session_is_gone(cx: Context) -> Result<()> {
    let id = cx.session.id().clone();
    cx.session.close().await?;
    assert_eq!(cx.engine.session(&id).unwrap_err().kind(), ErrorKind::InvalidSessionId);
    assert_eq!(cx.session.cookies().await.unwrap_err().kind(), ErrorKind::InvalidSessionId);
    Ok(())
}

async fn closing_twice_is_success(cx: Context) -> Result<()> {
    cx.session.close().await?;
    cx.session.close().await
}
