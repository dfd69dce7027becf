//! What commands leave in a page.

use std::time::Duration;

use browsr::SessionHandle;
use browsr::observe::ObserveOptions;

use super::{Context, Outcome, evaluate, same, steps};

steps! { "traces", 1, alone false:
    commands_leave_no_marks,
    looking_causes_no_mutations_and_no_events,
    commands_cause_no_reports_of_a_strict_page,
    commands_work_on_a_strict_page,
    commands_work_on_a_sandboxed_page,
    a_click_is_seen_as_of_a_person,
    typing_is_seen_as_of_a_person,
}

/// Looks at a page in every way there is, without touching it.
async fn look(session: &SessionHandle) -> Outcome {
    session.title().await?;
    session.text("#button").await?;
    session.attribute("#field", "id").await?;
    session.observe(&ObserveOptions::new().with_image(false)).await?;
    session.screenshot().await?;
    session.cookies().await?;
    evaluate(session, "1 + 1").await?;
    Ok(())
}

/// Own symbols and strange names of document and window. chromedriver keeps some names for itself.
const MARKS: &str = "[...Object.getOwnPropertySymbols(document), ...Object.getOwnPropertySymbols(window), \
    ...Object.getOwnPropertyNames(document), \
    ...Object.getOwnPropertyNames(window).filter(name => /browsr|__|\\$/i.test(name) && !/cdc_/.test(name)), \
    ...document.documentElement.attributes].map(one => one.name || String(one)).join()";

async fn commands_leave_no_marks(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/page")).await?;
    session.click("#button").await?;
    session.fill("#field", "typed").await?;
    look(&session).await?;
    let marks = evaluate(&session, MARKS).await?;
    let elements = evaluate(&session, "document.querySelectorAll('*').length").await?;
    cx.subject.give_back(session);
    same("marks", marks, "location,lang")?;
    same("elements", elements, 10)
}

async fn looking_causes_no_mutations_and_no_events(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/watched")).await?;
    evaluate(&session, "MUTATIONS.length = HEARD.length = 0; 1").await?;
    look(&session).await?;
    let seen = evaluate(&session, "MUTATIONS.join() + ' ' + HEARD.join()").await?;
    // The control: what is touched is seen.
    session.click("#button").await?;
    let control = evaluate(&session, "HEARD.includes('click button')").await?;
    cx.subject.give_back(session);
    same("seen", seen, " ")?;
    same("a click is seen", control, true)
}

async fn commands_cause_no_reports_of_a_strict_page(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(&format!("/reports-all?{}", cx.word))).await?;
    session.click("#button").await?;
    session.fill("#field", "typed").await?;
    look(&session).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let target = format!("/taken?report{}", cx.word);
    let reports: Vec<_> =
        cx.site.hits(&target).iter().map(|hit| String::from_utf8_lossy(&hit.body).into_owned()).collect();
    same("reports", reports.join("\n"), "")?;
    // The control: what the page does not allow is reported.
    evaluate(&session, "{ const image = new Image(); image.src = 'http://127.0.0.1:9/x.png' } 1").await?;
    let reported = cx.await_hit(&target, Duration::from_secs(3)).await;
    cx.subject.give_back(session);
    same("a violation is reported", reported, true)
}

async fn works(cx: Context, path: &str, scripted: bool) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url(path)).await?;
    look(&session).await?;
    session.click("#button").await?;
    let pressed = session.title().await?;
    session.fill("#field", "typed").await?;
    let title = session.title().await?;
    let value = session.text("#field").await?;
    cx.subject.give_back(session);
    if scripted {
        same("after the click", pressed, "Pressed")?;
        same("after the typing", title, "Typed typed")?;
    }
    same("value", value, "typed")
}

async fn commands_work_on_a_strict_page(cx: Context) -> Outcome {
    works(cx, "/strict", true).await
}

async fn commands_work_on_a_sandboxed_page(cx: Context) -> Outcome {
    works(cx, "/sandboxed", false).await
}

async fn a_click_is_seen_as_of_a_person(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/page")).await?;
    let listen = "window.heard = []; for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) \
        addEventListener(type, event => heard.push([type, event.isTrusted, event.button, event.detail].join(' ')), true); 1";
    evaluate(&session, listen).await?;
    session.click("#button").await?;
    let heard = evaluate(&session, "heard.join()").await?;
    let active = evaluate(
        &session,
        "document.querySelector('#button').textContent + ' ' + navigator.userActivation?.hasBeenActive",
    )
    .await?;
    cx.subject.give_back(session);
    same(
        "events",
        heard,
        "pointerdown true 0 0,mousedown true 0 1,pointerup true 0 0,mouseup true 0 1,click true 0 1",
    )?;
    same("button", active, "pressed true")
}

async fn typing_is_seen_as_of_a_person(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/page")).await?;
    let listen = "window.heard = []; document.querySelector('#field').focus(); \
        for (const type of ['keydown', 'beforeinput', 'input', 'keyup']) \
        addEventListener(type, event => heard.push([type, event.isTrusted, event.key || event.data, event.code || event.inputType].join(' ')), true); 1";
    evaluate(&session, listen).await?;
    session.press_key("a").await?;
    let heard = evaluate(&session, "heard.join()").await?;
    cx.subject.give_back(session);
    same("events", heard, "keydown true a KeyA,beforeinput true a insertText,input true a insertText,keyup true a KeyA")
}
