//! What must not take longer than in the plain browser. Both are asked in turn, so that they bear the same load.

use super::{Context, Outcome, steps};
use crate::plain::Plain;
use crate::probe::Probe;

steps! { "timing", 3, alone true:
    a_worker_starts_as_soon_as_in_the_plain_browser,
    a_frame_of_the_other_site_loads_as_soon_as_in_the_plain_browser,
}

/// How much later it may be, in milliseconds.
const GRACE: f64 = 10.0;

/// Measures something 20 times in turn, and compares the medians: ours may be that of the plain browser times a share.
async fn compare(cx: Context, body: &str, share: f64) -> Outcome {
    let mut plain = Plain::start(cx.subject.kind).await?;
    let session = cx.subject.session(false).await?;
    let page = cx.site.url("/page");
    let expression = Probe::source(body, &cx.site.url(""), &cx.site.far(""), &cx.word);
    plain.navigate(&page).await?;
    session.navigate(page).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let list = |text: String| text.split(',').filter_map(|number| number.parse().ok()).collect::<Vec<f64>>();
        theirs.extend(list(plain.evaluate(&expression).await?));
        ours.extend(list(super::evaluate(&session, expression.clone()).await?));
    }
    plain.stop().await;
    cx.subject.give_back(session);
    let (ours, theirs) = (median(ours)?, median(theirs)?);
    if ours <= theirs * share + GRACE {
        return Ok(());
    }
    Err(format!("{ours:.1} ms, and {theirs:.1} ms in the plain browser").into())
}

fn median(mut numbers: Vec<f64>) -> Outcome<f64> {
    if numbers.len() < 20 {
        return Err(format!("only {} measurements", numbers.len()).into());
    }
    numbers.sort_by(f64::total_cmp);
    Ok(numbers[numbers.len() / 2])
}

async fn a_worker_starts_as_soon_as_in_the_plain_browser(cx: Context) -> Outcome {
    let body = "const times = []; const source = blob('postMessage(1)');\
        { const from = performance.now(); const worker = new Worker(source); await told(worker); times.push(performance.now() - from); worker.terminate() }\
        return times.join()";
    compare(cx, body, 1.0).await
}

async fn a_frame_of_the_other_site_loads_as_soon_as_in_the_plain_browser(cx: Context) -> Outcome {
    let body = "const times = [];\
        { const from = performance.now(); const f = frame(FAR + '/page?' + unique()); await loaded(f); times.push(performance.now() - from); f.remove() }\
        return times.join()";
    compare(cx, body, 1.5).await
}
