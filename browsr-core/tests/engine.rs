//! What the engine does with sessions, on the fake backend: order, deadlines, errors, limits and lifetimes.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use browsr_core::command::AnyCommand;
use browsr_core::command::navigate::NavigateTo;
use browsr_core::fake::FakeBackend;
use browsr_core::scrape::Format;
use browsr_core::{
    Capabilities, Engine, ErrorKind, OpContext, Retry, ScrapeRequest, SessionHandle, SessionId, SessionOptions,
};
use tokio_util::task::TaskTracker;

fn engine(backend: &FakeBackend) -> Engine {
    Engine::builder()
        .backend(backend.clone())
        .max_sessions(2)
        .slot_timeout(Duration::from_millis(200))
        .command_timeout(Duration::from_millis(300))
        .build()
        .unwrap()
}

async fn go(session: &SessionHandle, path: &str) -> browsr_core::Result<()> {
    session.navigate(format!("http://fake.test/{path}")).await.map(drop)
}

async fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}

#[tokio::test]
async fn an_engine_needs_a_backend() {
    assert_eq!(Engine::builder().build().unwrap_err().field(), Some("backend"));
    let two = Engine::builder().backend(FakeBackend::new()).backend(FakeBackend::new()).build();
    assert!(two.unwrap_err().message().contains("two backends"));
}

#[tokio::test]
async fn a_session_chooses_its_backend_by_name_or_by_browser() {
    let [plain, chrome, firefox] = [None, Some("chrome"), Some("firefox")].map(|serves| {
        let backend = FakeBackend::new();
        if let Some(browser) = serves { backend.with_serves(browser) } else { backend }
    });
    let both = Engine::builder().backend(chrome.clone()).backend(firefox.clone()).build().unwrap();
    both.create_session(SessionOptions::new()).await.unwrap();
    both.create_session(SessionOptions::new().with_browser("firefox")).await.unwrap();
    both.create_session(SessionOptions::new().with_backend("fake").with_browser("firefox")).await.unwrap();
    assert_eq!((chrome.created(), firefox.created()), (1, 2));
    for (options, field, choices) in [
        (SessionOptions::new().with_backend("no-such").with_browser("chrome"), "backend", "has fake"),
        (SessionOptions::new().with_browser("netscape"), "browser", "has chrome, firefox"),
    ] {
        let error = both.create_session(options).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidArgument, Some(field)));
        assert!(error.message().contains(choices), "{error}");
    }
    // One without a browser to name cannot stand beside another of its name.
    assert!(Engine::builder().backend(chrome).backend(plain).build().is_err());
}

#[tokio::test]
async fn commands_run_one_at_a_time_in_the_order_of_asking() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let (first, second, third) = tokio::join!(go(&session, "slow/60"), go(&session, "slow/20"), go(&session, "now"),);
    first.and(second).and(third).unwrap();
    let expected = ["begin /slow/60", "end /slow/60", "begin /slow/20", "end /slow/20", "begin /now", "end /now"];
    assert_eq!(backend.log(), expected);
}

#[tokio::test]
async fn a_batch_holds_its_turn_and_ends_at_the_first_failure() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let visit = |path: &str| AnyCommand::from(NavigateTo::new(format!("http://fake.test/{path}")));
    let batch = [visit("slow/50"), visit("refused"), visit("never")];
    let (result, other) = tokio::join!(session.batch(&batch), go(&session, "other"));
    let result = result.unwrap();
    other.unwrap();
    assert_eq!((result.success, result.steps_completed, result.total_steps), (false, 1, 3));
    assert_eq!(result.results.len(), 2);
    assert!(result.error.unwrap().starts_with("navigate_to: "));
    let debug = result.results[1].debug.as_ref().unwrap();
    assert_eq!((&debug["code"], &debug["retry"]), (&"navigation_failed".into(), &"same_session".into()));
    assert_eq!(backend.log()[2..], ["begin /refused", "end /refused", "begin /other", "end /other"]);
}

#[tokio::test]
async fn a_command_that_needs_what_the_backend_lacks_is_refused_by_name() {
    let engine = engine(&FakeBackend::new());
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let error = session.click("#a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!((error.command(), error.backend()), (Some("click"), Some("fake")));
    assert_eq!(error.session_id(), Some(session.id()));
    assert!(!session.capabilities().contains(Capabilities::DOM));
}

#[tokio::test]
async fn a_hung_page_fails_at_its_deadline_and_is_freed() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let start = Instant::now();
    let error = go(&session, "hang").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::SameSession));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    let start = Instant::now();
    go(&session, "well").await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(backend.interrupts(), 1);
}

#[tokio::test]
async fn a_page_that_cannot_be_freed_is_lost_and_its_slot_is_free() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    go(&session, "stuck").await.unwrap_err();
    let error = go(&session, "next").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionLost | ErrorKind::InvalidSessionId), "{error:?}");
    eventually("the session is closed", || backend.open() == 0).await;
    let error = go(&session, "late").await.unwrap_err();
    assert!(error.message().contains("its browser was lost"), "{error}");
}

#[tokio::test]
async fn an_abandoned_command_leaves_a_usable_session() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let _ = tokio::time::timeout(Duration::from_millis(50), go(&session, "hang")).await.unwrap_err();
    go(&session, "well").await.unwrap();
    assert_eq!(backend.interrupts(), 1);
}

#[tokio::test]
async fn a_crashed_page_is_recovered_by_navigating() {
    let engine = engine(&FakeBackend::new());
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    assert_eq!(go(&session, "crash").await.unwrap_err().kind(), ErrorKind::PageCrashed);
    assert_eq!(session.cookies().await.unwrap_err().kind(), ErrorKind::PageCrashed);
    go(&session, "well").await.unwrap();
}

#[tokio::test]
async fn a_lost_browser_ends_the_session_and_frees_its_slot() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let error = go(&session, "lost").await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::SessionLost, Retry::NewSession));
    eventually("the session is gone", || engine.sessions().is_empty() && backend.open() == 0).await;
}

#[tokio::test]
async fn there_are_never_more_sessions_than_slots() {
    let backend = FakeBackend::new().with_create_latency(Duration::from_millis(5));
    let engine = Engine::builder().backend(backend.clone()).max_sessions(3).build().unwrap();
    let work = (0..40).map(|_| {
        let engine = engine.clone();
        async move {
            let session = engine.create_session(SessionOptions::new()).await?;
            go(&session, "slow/3").await?;
            session.close().await
        }
    });
    for result in futures_util::future::join_all(work).await {
        result.unwrap();
    }
    assert_eq!((backend.created(), backend.open()), (40, 0));
    assert!(backend.most_open() <= 3, "{}", backend.most_open());
}

#[tokio::test]
async fn without_a_slot_the_error_says_when_to_come_back() {
    let engine = engine(&FakeBackend::new());
    let _held = (
        engine.create_session(SessionOptions::new()).await.unwrap(),
        engine.create_session(SessionOptions::new()).await.unwrap(),
    );
    let error = engine.create_session(SessionOptions::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::PoolExhausted, Retry::NewSession));
    assert!(error.retry_after().is_some_and(|after| after >= Duration::from_secs(1)));
}

#[tokio::test]
async fn an_idle_session_made_on_the_fly_gives_way_oldest_first() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let auto = || SessionOptions::new().with_auto_created(true);
    let oldest = engine.create_session(auto()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let younger = engine.create_session(auto()).await.unwrap();
    engine.create_session(SessionOptions::new()).await.unwrap();
    let error = go(&oldest, "x").await.unwrap_err();
    assert!(error.message().contains("its slot was needed"), "{error}");
    go(&younger, "x").await.unwrap();
}

#[tokio::test]
async fn a_busy_session_made_on_the_fly_gives_way_when_its_command_ends() {
    let engine = engine(&FakeBackend::new());
    let auto = || SessionOptions::new().with_auto_created(true);
    let busy = engine.create_session(auto()).await.unwrap();
    let _kept = engine.create_session(SessionOptions::new()).await.unwrap();
    let (done, opened) = tokio::join!(go(&busy, "slow/80"), engine.create_session(SessionOptions::new()));
    done.unwrap();
    opened.unwrap();
}

#[tokio::test]
async fn an_idle_session_ends_by_itself_and_says_why() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let options = SessionOptions::new().with_idle_timeout(Duration::from_millis(100));
    let session = engine.create_session(options).await.unwrap();
    eventually("the idle session is closed", || backend.open() == 0).await;
    let error = engine.session(session.id()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSessionId);
    assert!(error.message().contains("idle for too long"), "{error}");
}

#[tokio::test]
async fn a_start_url_may_take_longer_than_the_session_may_stand_idle() {
    let engine = engine(&FakeBackend::new());
    let options = SessionOptions::new()
        .with_idle_timeout(Duration::from_millis(100))
        .with_start_url("http://fake.test/slow/1300".parse().unwrap());
    engine.create_session(options).await.unwrap();
}

#[tokio::test]
async fn shutdown_sends_away_who_waits_for_a_slot() {
    let backend = FakeBackend::new();
    let engine = Engine::builder().backend(backend.clone()).max_sessions(1).build().unwrap();
    let _held = engine.create_session(SessionOptions::new()).await.unwrap();
    let (refused, ()) = tokio::join!(engine.create_session(SessionOptions::new()), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        engine.shutdown(Duration::from_secs(1)).await;
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!((backend.created(), backend.open()), (1, 0));
}

#[tokio::test]
async fn a_session_in_use_is_not_idle_but_has_a_maximum_lifetime() {
    let backend = FakeBackend::new();
    let engine = Engine::builder().backend(backend.clone()).build().unwrap();
    let options = SessionOptions::new()
        .with_idle_timeout(Duration::from_millis(100))
        .with_max_lifetime(Duration::from_millis(900));
    let session = engine.create_session(options).await.unwrap();
    go(&session, "slow/700").await.unwrap();
    let error = go(&session, "slow/5000").await.unwrap_err();
    assert!(error.message().contains("maximum lifetime"), "{error}");
    eventually("the session is closed", || backend.open() == 0).await;
}

#[tokio::test]
async fn closing_twice_closes_once_and_ends_running_commands() {
    let backend = FakeBackend::new().with_close_latency(Duration::from_millis(30));
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let id = session.id().clone();
    let tasks = TaskTracker::new();
    let slow = tasks.spawn({
        let session = session.clone();
        async move { go(&session, "slow/200").await }
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let (first, second) = tokio::join!(engine.close(&id), session.close());
    first.unwrap();
    second.unwrap();
    assert_eq!(slow.await.unwrap().unwrap_err().kind(), ErrorKind::InvalidSessionId);
    assert_eq!(engine.close(&id).await.unwrap_err().kind(), ErrorKind::InvalidSessionId);
    assert_eq!(backend.open(), 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_while_opening_leaves_nothing() {
    let backend = FakeBackend::new().with_create_latency(Duration::from_millis(50));
    let engine = engine(&backend);
    let _ = tokio::time::timeout(Duration::from_millis(10), engine.create_session(SessionOptions::new())).await;
    eventually("the session was opened", || backend.created() == 1).await;
    eventually("and closed again", || backend.open() == 0 && engine.sessions().is_empty()).await;
    assert_eq!(engine.status().waiting, 0);
}

#[tokio::test]
async fn a_start_url_that_fails_leaves_no_session() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let options = SessionOptions::new().with_start_url("http://fake.test/refused".parse().unwrap());
    let error = engine.create_session(options).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::NavigationFailed, Some("start_url")));
    assert_eq!((backend.open(), engine.sessions().len()), (0, 0));
}

#[tokio::test]
async fn a_backend_that_fails_gives_its_slot_back() {
    let engine = engine(&FakeBackend::new().failing());
    for _ in 0..5 {
        let error = engine.create_session(SessionOptions::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.backend()), (ErrorKind::SessionNotCreated, Some("fake")));
    }
}

#[tokio::test]
async fn the_policy_holds_for_commands_and_start_urls() {
    let engine = engine(&FakeBackend::new());
    let options = SessionOptions::new().with_start_url("file:///etc/passwd".parse().unwrap());
    let error = engine.create_session(options).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Denied, Some("start_url")));
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    assert_eq!(session.navigate("file:///etc/passwd").await.unwrap_err().kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn a_scrape_without_a_dom_is_refused_and_leaves_no_session() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let request = ScrapeRequest::parse("http://fake.test/").unwrap();
    assert_eq!(engine.scrape(&request).await.unwrap_err().kind(), ErrorKind::Unsupported);
    eventually("the session is closed", || backend.open() == 0).await;
}

#[tokio::test]
async fn shutdown_lets_commands_finish_and_closes_everything() {
    let backend = FakeBackend::new();
    let engine = engine(&backend);
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let _idle = engine.create_session(SessionOptions::new()).await.unwrap();
    let tasks = TaskTracker::new();
    let running = tasks.spawn({
        let session = session.clone();
        async move { go(&session, "slow/100").await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    engine.shutdown(Duration::from_secs(5)).await;
    running.await.unwrap().unwrap();
    assert_eq!(backend.open(), 0);
    let error = engine.create_session(SessionOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(!engine.status().accepting);
}

#[tokio::test]
async fn sessions_are_found_by_id_only_while_they_are_open() {
    let engine = engine(&FakeBackend::new());
    let session = engine.create_session(SessionOptions::new().with_name("mine")).await.unwrap();
    assert!(session.id().as_str().starts_with("session-"));
    assert_eq!(engine.sessions()[0].name.as_deref(), Some("mine"));
    engine.session(session.id()).unwrap();
    assert_eq!(engine.session(&SessionId::from("session-x")).unwrap_err().kind(), ErrorKind::InvalidSessionId);
}

#[tokio::test]
async fn a_deadline_of_the_caller_covers_the_wait_for_its_turn() {
    let engine = engine(&FakeBackend::new());
    let session = Arc::new(engine.create_session(SessionOptions::new()).await.unwrap());
    let cx = OpContext::within(Duration::from_millis(50));
    let (slow, hurried) =
        tokio::join!(go(&session, "slow/200"), session.run_within(NavigateTo::new("http://fake.test/x"), &cx));
    slow.unwrap();
    assert_eq!(hurried.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_session_keeps_whose_it_is() {
    let engine = engine(&FakeBackend::new());
    let owned = engine.create_session(SessionOptions::new().with_owner("key-1")).await.unwrap();
    let free = engine.create_session(SessionOptions::new()).await.unwrap();
    assert_eq!(owned.info().owner.as_deref(), Some("key-1"));
    assert_eq!(free.info().owner, None);
}

#[tokio::test]
async fn a_fake_with_a_document_can_be_scraped() {
    let engine = engine(&FakeBackend::new().with_html("<p>x</p>"));
    let session = engine.create_session(SessionOptions::new()).await.unwrap();
    let request = ScrapeRequest::parse("http://a.test/p").unwrap().with_formats([Format::Html]);
    let scrape = session.scrape(&request).await.unwrap();
    assert_eq!(scrape.html.unwrap().full, "<p>x</p>");
    assert_eq!(scrape.metadata.url, "http://a.test/p");
}

#[tokio::test]
async fn a_scrape_that_could_only_wait_is_refused_at_once() {
    let engine = engine(&FakeBackend::new().with_html("<p>x</p>"));
    let request = ScrapeRequest::parse("http://a.test/p").unwrap().with_wait_for(Duration::from_secs(3_600));
    let start = Instant::now();
    let error = engine.scrape(&request).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field(), error.retry()),
        (ErrorKind::InvalidArgument, Some("wait_for"), Retry::Never)
    );
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
