//! What a page can do in the plain browser it can do in a session, once. The parity suite has many more of these.

use serde_json::json;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::extract::Evaluate;
use crate::error::Result;
use crate::options::{DialogPolicy, SessionOptions, UserAgent};

cases! { "parity":
    Capabilities::DOM => [
        workers_of_every_kind_start,
        workers_start_in_frames_and_popups,
        worklets_start,
        the_start_url_is_requested_once,
        a_click_that_posts_a_form_posts_it_once,
        a_press_that_the_page_keeps_to_itself_is_sent_once,
        declarations_can_be_evaluated_twice,
        a_chosen_name_is_told_to_the_page_and_to_servers,
        the_page_sees_a_screen_that_it_fits_into,
    ],
    // With events a dialog is answered while the script that opened it waits.
    Capabilities::DOM.union(Capabilities::NAVIGATION_EVENTS) => [
        a_script_that_meets_dialogs_runs_once_and_goes_on,
        dialogs_of_timers_and_frames_are_answered_while_a_script_runs,
        dialogs_of_a_script_are_accepted_where_that_is_the_policy,
        evaluated_scripts_have_user_activation,
        the_default_name_is_the_same_in_frames_and_workers,
        nothing_of_ours_is_left_on_the_page,
    ],
}

/// Starts a worker of some source and gives its first message.
const WORKER: &str = "const url = source => URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
const first = worker => new Promise((done, fail) => {
    (worker.port ?? worker).onmessage = event => done(event.data);
    worker.onerror = event => fail(new Error(event.message || 'the worker failed'));
    setTimeout(done, 3000, 'silent');
});";

fn with_worker(body: &str) -> String {
    format!("(async () => {{ {WORKER} {body} }})()")
}

async fn workers_of_every_kind_start(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    for (kind, body) in [
        ("a plain one", "return first(new Worker(url('postMessage(`hello`)')));"),
        ("a data URL", "return first(new Worker('data:text/javascript,postMessage(`hello`)'));"),
        ("a module", "return first(new Worker(url('postMessage(import.meta.url && `hello`)'), { type: 'module' }));"),
        (
            "a nested one",
            "return first(new Worker(url(`const inner = new Worker('${url('postMessage(`hello`)')}');
                inner.onmessage = event => postMessage(event.data)`)));",
        ),
        (
            "a shared one",
            "return first(new SharedWorker(url('onconnect = event => event.ports[0].postMessage(`hello`)')));",
        ),
        (
            "one that is told something",
            "const worker = new Worker(url('onmessage = event => postMessage(event.data)'));
             worker.postMessage('hello'); return first(worker);",
        ),
    ] {
        assert_eq!(session.evaluate(with_worker(body)).await?, "hello", "{kind}");
    }
    Ok(())
}

async fn workers_start_in_frames_and_popups(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let inner = "<script>new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))).onmessage = () =>
        (opener ?? parent).postMessage('hello', '*')<\\/script>";
    let heard = "const heard = new Promise(done => { onmessage = event => done(event.data); setTimeout(done, 3000, 'silent') });";
    let frame = format!(
        "(() => {{ {heard} const frame = document.createElement('iframe'); frame.srcdoc = `{inner}`;
            document.body.append(frame); return heard }})()"
    );
    assert_eq!(session.evaluate(frame).await?, "hello", "in a frame");
    let popup = format!(
        "(async () => {{ {heard} const popup = open('about:blank'); popup.document.write(`{inner}`);
            const said = await heard; popup.close(); return said }})()"
    );
    assert_eq!(session.evaluate(popup).await?, "hello", "in a popup");
    Ok(())
}

async fn worklets_start(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let body = "const audio = new OfflineAudioContext(1, 128, 44100);
        const added = audio.audioWorklet.addModule(url(`registerProcessor('still', class extends AudioWorkletProcessor {
            process() { return false } })`));
        await Promise.race([added, new Promise((_, fail) => setTimeout(fail, 3000, new Error('silent')))]);
        return new AudioWorkletNode(audio, 'still').context === audio;";
    assert_eq!(session.evaluate(with_worker(body)).await?, true);
    Ok(())
}

async fn the_start_url_is_requested_once(cx: Context) -> Result<()> {
    let path = format!("once-{}", cx.session.id());
    let start = cx.site.url(&path).parse().expect("a URL of the site");
    let session = cx.engine.create_session(SessionOptions::new().with_start_url(start)).await?;
    assert_eq!(cx.site.hits(&format!("/{path}")), 1);
    session.close().await
}

async fn a_click_that_posts_a_form_posts_it_once(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let path = format!("/late-data/300/{}", session.id());
    session
        .evaluate(format!(
            "document.body.innerHTML = '<form method=post action={path}><button id=send>Send</button></form>'"
        ))
        .await?;
    session.click("#send").await?;
    session.wait_for_navigation().await?;
    assert_eq!(cx.site.hits(&path), 1);
    Ok(())
}

async fn a_press_that_the_page_keeps_to_itself_is_sent_once(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session
        .evaluate(
            "document.body.insertAdjacentHTML('afterbegin', '<button id=shy>Shy</button>');
             window.presses = 0;
             for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'mousemove', 'pointermove'])
                 window.addEventListener(type, event => { event.stopImmediatePropagation(); presses += type === 'click' }, true);",
        )
        .await?;
    session.click("#shy").await?;
    assert_eq!(session.evaluate("presses").await?, 1);
    Ok(())
}

async fn declarations_can_be_evaluated_twice(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    for _ in 0..2 {
        let value = session.evaluate("const twice = 2; let more = twice + 1; class Same {} more // a comment").await?;
        assert_eq!(value, 3);
    }
    Ok(())
}

async fn evaluated_scripts_have_user_activation(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    assert_eq!(session.evaluate("navigator.userActivation?.isActive ?? true").await?, true);
    Ok(())
}

async fn a_chosen_name_is_told_to_the_page_and_to_servers(cx: Context) -> Result<()> {
    let name = "Mozilla/5.0 (X11; Linux x86_64) Chosen/7";
    let options = SessionOptions::new().with_user_agent(UserAgent::Custom(name.to_owned()));
    let session = cx.engine.create_session(options).await?;
    session.navigate(cx.site.url("headers")).await?;
    assert_eq!(session.evaluate("navigator.userAgent").await?, name);
    assert!(session.text("pre").await?.contains(&format!("user-agent: {name}")));
    let asked = "fetch('/headers').then(answer => answer.text())";
    let by_worker = with_worker(
        "return first(new Worker(url(`fetch('${location.origin}/headers').then(answer => answer.text()).then(text =>
            postMessage(navigator.userAgent + text))`)));",
    );
    for script in [asked.to_owned(), by_worker] {
        let text = session.evaluate(script.as_str()).await?;
        assert!(text.as_str().is_some_and(|text| text.contains(&format!("user-agent: {name}"))), "{script}: {text}");
    }
    session.close().await
}

async fn the_page_sees_a_screen_that_it_fits_into(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let fits = "[screen.width >= outerWidth, screen.height >= outerHeight, outerWidth >= innerWidth, outerHeight >= innerHeight]";
    assert_eq!(session.evaluate(fits).await?, json!([true, true, true, true]));
    Ok(())
}

async fn a_script_that_meets_dialogs_runs_once_and_goes_on(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session.evaluate("window.runs = 0").await?;
    for (dialogs, value) in [
        ("alert('a')", json!(null)),
        ("confirm('c')", json!(false)),
        ("prompt('p', 'd')", json!(null)),
        ("[alert(1), confirm(2), prompt(3)].length", json!(3)),
    ] {
        let before = session.evaluate("runs").await?.as_u64();
        let result = session.run(Evaluate::new(format!("runs += 1; {dialogs}"))).await?.into_value();
        assert_eq!(result, value, "{dialogs}");
        assert_eq!(session.evaluate("runs").await?.as_u64(), before.map(|runs| runs + 1), "{dialogs}");
    }
    Ok(())
}

async fn dialogs_of_timers_and_frames_are_answered_while_a_script_runs(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let timer = "setTimeout(() => { window.said = confirm('later') }, 20);
        new Promise(done => setTimeout(() => done(window.said), 400))";
    assert_eq!(session.evaluate(timer).await?, false);
    for page in [cx.site.url("asks"), cx.site.other_origin("asks")] {
        let frame = format!(
            "(() => {{ const heard = new Promise(done => {{ onmessage = event => done(event.data); setTimeout(done, 3000, 'silent') }});
                const frame = document.createElement('iframe'); frame.src = '{page}'; document.body.append(frame); return heard }})()"
        );
        // A driver may fail to tell of the dialogs of a frame that it has not come to know yet.
        let mut heard = session.evaluate(frame.clone()).await?;
        for _ in 0..2 {
            if heard != "silent" {
                break;
            }
            heard = session.evaluate(frame.clone()).await?;
        }
        assert_eq!(heard, "false null", "{page}");
    }
    Ok(())
}

async fn dialogs_of_a_script_are_accepted_where_that_is_the_policy(cx: Context) -> Result<()> {
    let session = cx.engine.create_session(SessionOptions::new().with_dialogs(DialogPolicy::Accept)).await?;
    session.navigate(cx.site.url("article")).await?;
    assert_eq!(session.evaluate("[confirm('c'), prompt('p', 'ada')]").await?, json!([true, "ada"]));
    session.close().await
}

async fn the_default_name_is_the_same_in_frames_and_workers(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let name = session.evaluate("navigator.userAgent").await?;
    assert!(name.as_str().is_some_and(|name| !name.contains("Headless")), "{name}");
    for script in [
        with_worker("return first(new Worker(url('postMessage(navigator.userAgent)')));"),
        with_worker("return first(new SharedWorker(url('onconnect = event => event.ports[0].postMessage(navigator.userAgent)')));"),
        format!(
            "(() => {{ const heard = new Promise(done => {{ onmessage = event => done(event.data) }});
                const frame = document.createElement('iframe'); frame.src = '{}'; document.body.append(frame); return heard }})()",
            cx.site.other_origin("names-itself")
        ),
    ] {
        assert_eq!(session.evaluate(script.as_str()).await?, name, "{script}");
    }
    Ok(())
}

async fn nothing_of_ours_is_left_on_the_page(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    let keys =
        "[...Reflect.ownKeys(document), ...Reflect.ownKeys(window)].map(String).filter(key => /browsr/i.test(key))";
    // The control: the look finds such keys where there are any.
    session.evaluate("document[Symbol.for('browsr.control')] = 1").await?;
    assert_eq!(session.evaluate(keys).await?, json!(["Symbol(browsr.control)"]));
    let session = cx.visit("form").await?;
    session.text("body").await?;
    session.click("body").await?;
    session.wait_for_navigation().await?;
    assert_eq!(session.evaluate(keys).await?, json!([]));
    Ok(())
}
