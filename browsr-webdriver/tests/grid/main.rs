//! Selenium Grid, for real: a hub and nodes on loopback, from the jar that `scripts/setup.sh test` fetches.
//!
//! Without Java or the jar it is passed over, unless `BROWSR_TEST_REQUIRE=1`. `BROWSR_GRID_SESSIONS` is how many sessions
//! are opened in a row; 5 unless set.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use std::time::{Duration, Instant};

use browsr_core::{Engine, ErrorKind, Retry, SessionOptions};
use browsr_webdriver::WebDriverBackend;
use browsr_webdriver::driver::DriverBrowser;

use support::{Grid, Page};

fn engine(grid: &Grid, create: u64) -> Engine {
    Engine::builder()
        .backend(WebDriverBackend::connect(DriverBrowser::Chrome, grid.url()))
        .create_timeout(Duration::from_secs(create))
        .command_timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

#[test]
fn a_grid_gives_sessions_queues_and_loses_nodes_as_told() {
    let Some(grid) = Grid::start() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut grid = grid;
        grid.add_node(2);
        grid.until("a node", |state| state.nodes == 1).await;
        let page = Page::start().await;
        many_in_a_row(&grid, &page).await;
        a_full_grid_says_so_and_keeps_no_session(&grid).await;
        a_lost_node_is_a_lost_session(&mut grid, &page).await;
        a_grid_without_nodes_says_so(&grid).await;
    });
}

async fn many_in_a_row(grid: &Grid, page: &Page) {
    let wanted = std::env::var("BROWSR_GRID_SESSIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let engine = engine(grid, 60);
    let begun = Instant::now();
    for number in 0..wanted {
        let session = engine.create_session(SessionOptions::new()).await.unwrap();
        session.navigate(page.url(&format!("/{number}"))).await.unwrap();
        assert_eq!(session.title().await.unwrap(), format!("page /{number}"));
        session.close().await.unwrap();
    }
    println!("{wanted} sessions in {:?}", begun.elapsed());
    grid.until("every session to end", |state| state.sessions == 0).await;
    engine.shutdown(Duration::from_secs(5)).await;
}

async fn a_full_grid_says_so_and_keeps_no_session(grid: &Grid) {
    let patient = engine(grid, 60);
    let one = patient.create_session(SessionOptions::new()).await.unwrap();
    let other = patient.create_session(SessionOptions::new()).await.unwrap();
    let hasty = engine(grid, 4);
    let begun = Instant::now();
    let error = hasty.create_session(SessionOptions::new()).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!((error.kind(), error.retry()), (ErrorKind::SessionNotCreated, Retry::NewSession), "{error:?}");
    assert!(error.to_string().contains("all 2 slots"), "{error}");
    assert!(error.retry_after().is_some());
    // One who waits in the queue gets the next slot.
    let (third, closed) = tokio::join!(patient.create_session(SessionOptions::new()), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        one.close().await
    });
    closed.unwrap();
    third.unwrap().close().await.unwrap();
    other.close().await.unwrap();
    // Not even that of the one who gave up, should the grid have come to it.
    grid.until("every session to end", |state| state.sessions == 0 && state.queue == 0).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    grid.until("every session to stay ended", |state| state.sessions == 0).await;
    hasty.shutdown(Duration::from_secs(5)).await;
    patient.shutdown(Duration::from_secs(5)).await;
}

async fn a_lost_node_is_a_lost_session(grid: &mut Grid, page: &Page) {
    let engine = engine(grid, 60);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    session.navigate(page.url("/lost")).await.unwrap();
    let node = grid.node_group();
    let hang = session.evaluate("new Promise(() => {})");
    let kill = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        support::kill_group(node);
        Instant::now()
    };
    let (result, killed) = tokio::join!(hang, kill);
    let error = result.unwrap_err();
    println!("a lost node is known after {:?}: {error}", killed.elapsed());
    assert_eq!((error.kind(), error.retry()), (ErrorKind::SessionLost, Retry::NewSession), "{error:?}");
    assert!(killed.elapsed() < Duration::from_millis(1500), "{:?}", killed.elapsed());
    engine.shutdown(Duration::from_secs(5)).await;
}

async fn a_grid_without_nodes_says_so(grid: &Grid) {
    let engine = engine(grid, 4);
    let error = engine.create_session(SessionOptions::new()).await.unwrap_err();
    println!("a grid without nodes: {error}");
    assert_eq!((error.kind(), error.retry()), (ErrorKind::SessionNotCreated, Retry::NewSession), "{error:?}");
    engine.shutdown(Duration::from_secs(5)).await;
}
