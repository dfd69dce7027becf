//! What the plain browsers answer: the committed table, answers taken anew, and which of them a subject is to give.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use crate::identity::{self, Expected};
use crate::plain::Plain;
use crate::probe::Probe;
use crate::site::Site;
use crate::subjects::{Kind, Subject};

/// Answers by the browser's name, then by the probe's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers(BTreeMap<String, BTreeMap<String, String>>);

/// How often a probe is asked anew where its answer is not the committed one.
const TRIES: usize = 3;

impl Answers {
    pub(crate) fn committed() -> Self {
        let text = std::fs::read_to_string(file()).unwrap_or_else(|_| "{}".to_owned());
        Self(serde_json::from_str(&text).expect("plain.json is a table of tables of texts"))
    }

    pub(crate) fn get(&self, kind: Kind, probe: &str) -> Option<&str> {
        self.0.get(kind.name())?.get(probe).map(String::as_str)
    }

    /// Whether a subject runs a probe. Full Chromium by CDP runs those where it differs from headless-shell; sessions by
    /// WebDriver leave out what the engine alone decides, unless all is asked anew.
    pub(crate) fn concern(&self, subject: &Subject, probe: &Probe, anew: bool) -> bool {
        if !probe.is_for(subject.kind) {
            return false;
        }
        if subject.name != "cdp" {
            return anew || !probe.engine || subject.name == "cdp-shell";
        }
        probe.chromium
            || identity::is_derived(&probe.name)
            || self.get(Kind::Shell, &probe.name) != self.get(Kind::Chromium, &probe.name)
    }

    /// What a subject is to answer.
    pub(crate) fn wanted(&self, subject: &Subject, probe: &Probe) -> Result<String, Failed> {
        if let Some(wanted) = identity::wanted(subject.kind, &probe.name) {
            return Ok(wanted);
        }
        let found = self.get(subject.kind, &probe.name).map(ToOwned::to_owned);
        found.ok_or_else(|| "plain.json has no answer; BROWSR_UPDATE=1 make parity takes it".into())
    }

    /// These, with newer ones in their place.
    pub(crate) fn updated(mut self, newer: Self) -> Self {
        for (kind, answers) in newer.0 {
            self.0.entry(kind).or_default().extend(answers);
        }
        self
    }

    /// Writes the table, without the answers to probes that are no more.
    pub(crate) fn write(&self) {
        let known: Vec<_> = crate::probe::all().into_iter().map(|probe| probe.name).collect();
        let mut table = self.0.clone();
        for answers in table.values_mut() {
            answers.retain(|name, _| known.contains(name) && !identity::is_derived(name));
        }
        let text = serde_json::to_string_pretty(&table).expect("texts are JSON");
        std::fs::write(file(), text + "\n").expect("plain.json can be written");
    }
}

/// Asks every plain browser. Answers that the version decides are for [`identity`] to judge and do not come here.
pub(crate) async fn take(site: &Arc<Site>, wanted: &[(Kind, Vec<Probe>)]) -> Result<Answers, String> {
    let mut running = tokio::task::JoinSet::new();
    for (kind, probes) in wanted.iter().filter(|(_, probes)| !probes.is_empty()) {
        let (kind, site, probes) = (*kind, Arc::clone(site), probes.clone());
        running.spawn(async move {
            let mut plain = Plain::start(kind).await.map_err(|error| format!("{kind:?}: {error}"))?;
            let committed = Answers::committed();
            let mut answers = BTreeMap::new();
            for probe in probes {
                let mut answer = String::new();
                for _ in 0..TRIES {
                    answer = match plain.answer(&site, &probe).await {
                        Ok(answer) => answer,
                        Err(error) => {
                            plain.stop().await;
                            plain = Plain::start(kind).await.map_err(|error| format!("{kind:?}: {error}"))?;
                            format!("no answer: {error}")
                        }
                    };
                    let known = committed.get(kind, &probe.name);
                    if known.is_none_or(|known| known == answer) || identity::is_derived(&probe.name) {
                        break;
                    }
                }
                answers.insert(probe.name, answer);
            }
            plain.stop().await;
            Ok::<_, String>((kind.name().to_owned(), answers))
        });
    }
    let mut all = Answers::default();
    while let Some(one) = running.join_next().await {
        let (kind, answers) = one.map_err(|error| error.to_string())??;
        all.0.insert(kind, answers);
    }
    Ok(all)
}

/// Makes a trial of each answer: it is the committed one still.
pub(crate) fn compare(asked: &[(Kind, Vec<Probe>)], committed: &Answers, fresh: &Answers, update: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (kind, probes) in asked {
        for probe in probes {
            let got = fresh.get(*kind, &probe.name).unwrap_or_default().to_owned();
            let wanted = match identity::expected_of_plain(*kind, &probe.name) {
                Expected::Nothing => continue,
                Expected::Computed(wanted) => Some(wanted),
                Expected::Committed if update => continue,
                Expected::Committed => committed.get(*kind, &probe.name).map(ToOwned::to_owned),
            };
            trials.push(Trial::test(format!("plain-{}::{}", kind.name(), probe.name), move || {
                let got = identity::without_headless(&got);
                match wanted {
                    Some(wanted) if wanted == got => Ok(()),
                    Some(wanted) => Err(Failed::from(format!("\n   got {got}\n  want {wanted}"))),
                    None => Err("plain.json has no answer; BROWSR_UPDATE=1 make parity takes it".into()),
                }
            }));
        }
    }
    trials
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/plain.json")
}
