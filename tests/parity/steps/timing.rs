//! What must not take longer than in the plain browser. Both are asked in turn, so that they bear the same load.

use super::{Context, Outcome, evaluate, steps};
use crate::plain::Plain;
use crate::probe::Probe;

steps! { "timing", 1, alone true:
    workers_start_as_soon_as_in_the_plain_browser,
}

/// What is measured, in milliseconds, and by how many times it may take longer, beside [`GRACE`].
const MEASURED: &[(&str, &str, f64)] = &[(
    "a worker",
    "const source = blob('postMessage(1)'); const from = performance.now(); const worker = new Worker(source); \
         await told(worker); const took = performance.now() - from; worker.terminate(); return took",
    1.0,
)];

/// How much later something may be, in milliseconds.
const GRACE: f64 = 10.0;

/// How often each is measured, and how often all of it is tried.
const TIMES: usize = 20;
const TRIES: usize = 3;

async fn workers_start_as_soon_as_in_the_plain_browser(cx: Context) -> Outcome {
    let mut plain = Plain::start(cx.subject.kind).await?;
    let session = cx.subject.session(false).await?;
    let page = cx.site.url("/page");
    plain.navigate(&page).await?;
    session.navigate(page).await?;
    let mut late = Vec::new();
    for (what, body, share) in MEASURED {
        let expression = Probe::source(body, &cx.site.url(""), &cx.site.far(""), &cx.word);
        let mut tries = Vec::new();
        for _ in 0..TRIES {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..TIMES {
                theirs.push(plain.evaluate(&expression).await?.parse()?);
                ours.push(evaluate(&session, expression.clone()).await?.parse()?);
            }
            let (ours, theirs) = (median(ours), median(theirs));
            if ours <= theirs * share + GRACE {
                tries.clear();
                break;
            }
            tries.push(format!("{ours:.0} ms against {theirs:.0} ms"));
        }
        if !tries.is_empty() {
            late.push(format!("{what}: {}", tries.join(", ")));
        }
    }
    plain.stop().await;
    cx.subject.give_back(session);
    if late.is_empty() { Ok(()) } else { Err(late.join("\n").into()) }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
