//! Cases that need the API or options of a session. Each says itself what is wanted.

mod dialogs;
mod identity;
mod requests;
mod side_by_side;
mod timing;
mod traces;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use browsr::command::extract::Evaluate;
use browsr::{OpContext, SessionHandle, SessionOptions};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use crate::probe::Probe;
use crate::site::Site;
use crate::subjects::{Subject, word};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What a step works with.
#[derive(Clone)]
struct Context {
    subject: Arc<Subject>,
    site: Arc<Site>,
    /// A word that no other step has.
    word: String,
}

impl Context {
    async fn open(&self, options: SessionOptions) -> Outcome<SessionHandle> {
        Ok(self.subject.engine.create_session(options).await?)
    }

    /// Evaluates the body of an asynchronous function, with the prelude of the probes.
    async fn ask(&self, session: &SessionHandle, body: &str) -> Outcome<String> {
        let expression = Probe::source(body, &self.site.url(""), &self.site.far(""), &self.word);
        evaluate(session, expression).await
    }

    /// Waits until the site has been asked for this.
    async fn await_hit(&self, target: &str, limit: Duration) -> bool {
        let until = tokio::time::Instant::now() + limit;
        while tokio::time::Instant::now() < until {
            if !self.site.hits(target).is_empty() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

async fn evaluate(session: &SessionHandle, expression: impl Into<String>) -> Outcome<String> {
    let limit = OpContext::within(Duration::from_secs(10));
    let value = session.run_within(Evaluate::new(expression), &limit).await?.into_value();
    Ok(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
}

/// Fails unless two values are alike.
#[expect(clippy::needless_pass_by_value, reason = "values are given as they come")]
fn same(what: &str, got: impl ToString, want: impl ToString) -> Outcome {
    let (got, want) = (got.to_string(), want.to_string());
    if got == want { Ok(()) } else { Err(format!("{what}\n   got {got}\n  want {want}").into()) }
}

#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    tries: usize,
    /// Whether nothing else may run meanwhile.
    alone: bool,
    work: fn(Context) -> Work,
}

/// Held by every trial, so that one which measures time can wait until it is alone.
static ALONE: RwLock<()> = RwLock::new(());

/// Lets a trial run beside others, but not beside one that must be alone.
pub(crate) fn beside_others() -> RwLockReadGuard<'static, ()> {
    ALONE.read().unwrap_or_else(PoisonError::into_inner)
}

macro_rules! steps {
    ($family:literal, $tries:literal, alone $alone:literal: $($name:ident),* $(,)?) => {
        pub(super) fn steps() -> Vec<super::Step> {
            vec![$(super::Step {
                name: concat!($family, "::", stringify!($name)),
                tries: $tries,
                alone: $alone,
                work: |context| Box::pin($name(context)),
            }),*]
        }
    };
}
use steps;

pub(crate) fn trials(runtime: &Arc<Runtime>, site: &Arc<Site>, subject: &Arc<Subject>) -> Vec<Trial> {
    let all = [
        dialogs::steps(),
        identity::steps(),
        requests::steps(),
        side_by_side::steps(),
        timing::steps(),
        traces::steps(),
    ];
    // By WebDriver every session has a browser of its own, which another that opens does not touch.
    let is_for = |step: &Step| subject.name.starts_with("cdp") || !step.name.ends_with("another_opens_and_closes");
    all.into_iter().flatten().filter(is_for).map(|step| trial(runtime, site, subject, &step)).collect()
}

fn trial(runtime: &Arc<Runtime>, site: &Arc<Site>, subject: &Arc<Subject>, step: &Step) -> Trial {
    let (runtime, site, subject) = (Arc::clone(runtime), Arc::clone(site), Arc::clone(subject));
    let step = *step;
    Trial::test(format!("{}::steps::{}", subject.name, step.name), move || {
        let _alone = step.alone.then(|| ALONE.write().unwrap_or_else(PoisonError::into_inner));
        let _beside = (!step.alone).then(beside_others);
        let mut verdict = Ok(());
        for _ in 0..step.tries.max(2) {
            let context = Context { subject: Arc::clone(&subject), site: Arc::clone(&site), word: word() };
            let work = (step.work)(context);
            verdict = runtime.block_on(async {
                match tokio::time::timeout(Duration::from_secs(40), work).await {
                    Ok(verdict) => verdict.map_err(|error| Failed::from(error.to_string())),
                    Err(_) => Err(Failed::from("took longer than 40 seconds")),
                }
            });
            if verdict.is_ok() {
                break;
            }
        }
        verdict
    })
}
