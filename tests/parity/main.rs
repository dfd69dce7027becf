//! Pages behave in a session as in the plain browser: probes and steps on every backend, each a test named
//! `subject::family::probe`.
//!
//! A probe is a script in a page (`probes/`). What the plain browser answers to it is in `plain.json`; `make parity`
//! takes those answers anew, by a bare protocol loop (`plain.rs`), and compares. What sessions do otherwise on purpose is
//! in `differences.rs`, with reasons, and from there in `docs/parity.md`. Steps (`steps/`) are cases that need the API.
//!
//! `BROWSR_TEST_BACKENDS` chooses subjects as for the conformance cases, `BROWSR_TEST_REQUIRE=1` makes a browser that is
//! missing a failure, `BROWSR_PARITY=anew` is what `make parity` sets, and with it `BROWSR_UPDATE=1` writes the table.
#![expect(clippy::disallowed_methods, reason = "a test drops its tasks with its runtime")]

mod answers;
mod differences;
mod identity;
mod plain;
mod probe;
mod replies;
mod site;
mod steps;
mod subjects;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use browsr::command::extract::Evaluate;
use browsr::{OpContext, SessionHandle};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use answers::Answers;
use probe::Probe;
use site::Site;
use subjects::{Kind, Subject, word};

/// How many probes run at a time unless told otherwise. They wait more than they work.
const THREADS: usize = 4;

/// How often a probe is asked until it answers as wanted.
const TRIES: usize = 3;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(THREADS));
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let site = Arc::new(runtime.block_on(Site::start()).expect("a free port"));
    let probes = probe::all();
    let anew = std::env::var("BROWSR_PARITY").is_ok_and(|value| value == "anew");
    let update = std::env::var_os("BROWSR_UPDATE").is_some();
    let mut answers = Answers::committed();
    let subjects: Vec<_> = subjects::all().into_iter().map(Arc::new).collect();
    let mut trials = vec![differences::trial(&probes, &answers)];
    if anew && !arguments.list {
        let wanted = Kind::ALL.map(|kind| (kind, wanted(&arguments, &subjects, kind, &probes)));
        let fresh = runtime.block_on(answers::take(&site, &wanted)).expect("answers of the plain browsers");
        trials.extend(answers::compare(&wanted, &answers, &fresh, update));
        answers = answers.updated(fresh);
        if update {
            answers.write();
        }
    }
    let answers = Arc::new(answers);
    for subject in &subjects {
        // Steps come first: a page that a probe has left open must not be taken for one that a click opens.
        trials.extend(steps::trials(&runtime, &site, subject));
        for probe in probes.iter().filter(|probe| answers.concern(subject, probe, anew)) {
            trials.push(trial(&runtime, &site, subject, probe, &answers));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    runtime.block_on(async {
        for subject in &subjects {
            subject.engine.shutdown(Duration::from_secs(2)).await;
        }
    });
    conclusion.exit_code()
}

/// The probes that a plain browser is asked: those of subjects that are here, as far as the filter leaves them in.
fn wanted(arguments: &Arguments, subjects: &[Arc<Subject>], kind: Kind, probes: &[Probe]) -> Vec<Probe> {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let mut names: Vec<_> =
        subjects.iter().filter(|subject| subject.kind == kind).map(|subject| subject.name).collect();
    let plain = format!("plain-{}", kind.name());
    if !names.is_empty() {
        names.push(&plain);
    }
    let is_wanted = |probe: &&Probe| {
        probe.is_for(kind) && names.iter().any(|name| format!("{name}::{}", probe.name).contains(filter))
    };
    probes.iter().filter(is_wanted).cloned().collect()
}

fn trial(
    runtime: &Arc<Runtime>,
    site: &Arc<Site>,
    subject: &Arc<Subject>,
    probe: &Probe,
    answers: &Arc<Answers>,
) -> Trial {
    let (runtime, site, subject) = (Arc::clone(runtime), Arc::clone(site), Arc::clone(subject));
    let (probe, answers) = (probe.clone(), Arc::clone(answers));
    Trial::test(format!("{}::{}", subject.name, probe.name), move || {
        let wanted = answers.wanted(&subject, &probe)?;
        let _beside = steps::beside_others();
        let mut verdict = Ok(());
        // A machine under load makes pages late, so that an answer counts as another only if it comes again, from a
        // session that nothing else has used.
        for first in (0..TRIES).map(|tried| tried == 0) {
            let mut probe = probe.clone();
            probe.fresh |= !first;
            let got = runtime.block_on(answer(&subject, &site, &probe));
            verdict = differences::judge(&subject, &probe.name, &got, &wanted);
            if verdict.is_ok() {
                break;
            }
        }
        verdict.map_err(Failed::from)
    })
}

/// Takes a session's answer. A session that has failed is not used again.
async fn answer(subject: &Subject, site: &Site, probe: &Probe) -> String {
    let session = match subject.session(probe.fresh).await {
        Ok(session) => session,
        Err(error) => return format!("no session: {error}"),
    };
    let word = word();
    match ask(&session, site, probe, &word).await {
        Ok(answer) if !probe.fresh => {
            subject.give_back(session);
            answer
        }
        ended => {
            let _ = session.close().await;
            ended.unwrap_or_else(|error| format!("{:?}: {error}", error.kind()))
        }
    }
}

async fn ask(session: &SessionHandle, site: &Site, probe: &Probe, word: &str) -> browsr::Result<String> {
    session.navigate(site.url(&probe.path(word))).await?;
    let expression = probe.expression(&site.url(""), &site.far(""), word);
    let limit = OpContext::within(Duration::from_secs(15));
    let value = session.run_within(Evaluate::new(expression), &limit).await?.into_value();
    Ok(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
}
