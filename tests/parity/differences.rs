//! What pages in a session do otherwise than in the plain browser, on purpose.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use crate::answers::Answers;
use crate::probe::Probe;
use crate::subjects::{Kind, Subject};

/// One deliberate difference. It must show in every subject and probe that it names: one that no longer does is out of
/// date.
struct Difference {
    what: &'static str,
    reason: &'static str,
    subjects: &'static [&'static str],
    /// Probes and what a session answers to each; `any` where that varies, `sometimes` where it may be what the plain
    /// browser answers.
    probes: &'static [(&'static str, &'static str)],
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        what: "scroll bars are hidden",
        reason: "pages and pictures have the width that was asked for",
        subjects: &["cdp-shell", "cdp", "webdriver-chrome", "webdriver-firefox"],
        probes: &[("lifecycle::has_scroll_bars", "0")],
    },
    Difference {
        what: "every page counts as visible and focused",
        reason: "sessions run side by side, and none is to be slowed down because another is in front",
        subjects: &["cdp-shell"],
        probes: &[("windows::a_popup_is_visible", "visible true")],
    },
    Difference {
        what: "every page counts as visible and focused",
        reason: "sessions run side by side, and none is to be slowed down because another is in front",
        subjects: &["cdp"],
        probes: &[("windows::a_page_behind_a_popup", "visible true")],
    },
    Difference {
        what: "every page counts as focused",
        reason: "sessions run side by side, and each is to take input as if it were in front",
        subjects: &["webdriver-firefox"],
        probes: &[
            ("lifecycle::is_visible_and_focused", "sometimes"),
            ("lifecycle::focus_at_load", "focus"),
            ("forms::focus_moves", "true,true,true"),
            ("forms::events_of_typing_by_command", "input,change abc"),
            ("frames::takes_the_focus_same", "true true top true true"),
            ("frames::takes_the_focus_other", "true true top true true"),
        ],
    },
    Difference {
        what: "a page is told of the focus once it has loaded",
        reason: "chromedriver focuses the window",
        subjects: &["webdriver-chrome"],
        probes: &[("lifecycle::focus_at_load", "sometimes")],
    },
    Difference {
        what: "a popup has the viewport of the session, whatever size was asked for",
        reason: "it may become the session's page, and input and pictures go by the viewport",
        subjects: &["cdp-shell", "cdp", "webdriver-firefox"],
        probes: &[("windows::with_a_size_has_it", "1280 wide")],
    },
    Difference {
        what: "a popup gets the viewport of the session only when it becomes the session's page",
        reason: "a driver can size no window but the current one",
        subjects: &["webdriver-chrome"],
        probes: &[("windows::with_a_size_has_it", "any"), ("windows::a_popup_has_the_size_of_the_page", "false")],
    },
    Difference {
        what: "links send no pings",
        reason: "the switch `--no-pings`: a session requests what its page needs",
        subjects: &["cdp", "webdriver-chrome"],
        probes: &[("requests::a_ping_arrives", "none")],
    },
    Difference {
        what: "Firefox prefetches nothing for later pages",
        reason: "`network.prefetch-next` is off: a session requests what its page needs",
        subjects: &["webdriver-firefox"],
        probes: &[("requests::a_link_may_prefetch", "not")],
    },
    Difference {
        what: "WebRTC finds no addresses of this machine",
        reason: "our WebRTC policy: peers would connect past a proxy and past the policy of the engine",
        subjects: &["cdp", "cdp-shell", "webdriver-chrome"],
        probes: &[("messaging::peers_hide_local_addresses", "none"), ("messaging::peers_connect", "never")],
    },
    Difference {
        what: "pages are not kept for going back",
        reason: "a page that is kept is no longer the page that events and commands are about; it is loaded again",
        subjects: &["cdp", "webdriver-chrome"],
        probes: &[("windows::comes_back_from_the_cache_of_pages", "false,false")],
    },
    Difference {
        what: "no popup is blocked",
        reason: "chromedriver starts Chrome without its popup blocker",
        subjects: &["webdriver-chrome"],
        probes: &[
            ("windows::a_second_popup_after_the_first_is_let_through", "opened,opened"),
            ("windows::opens_without_activation", "opened"),
        ],
    },
    Difference {
        what: "a page may write to the clipboard",
        reason: "as in the browser with a window; the headless shell has nobody to ask",
        subjects: &["cdp-shell"],
        probes: &[("dialogs::clipboard_is_written", "written"), ("dialogs::permission_clipboard_write", "granted")],
    },
    Difference {
        what: "a page may ask where it is",
        reason: "chromedriver grants geolocation",
        subjects: &["webdriver-chrome"],
        probes: &[("dialogs::permission_geolocation", "granted"), ("dialogs::place", "error 2")],
    },
    Difference {
        what: "documents have globals that begin with `cdc_`",
        reason: "chromedriver keeps natives there for its own scripts",
        subjects: &["webdriver-chrome"],
        probes: &[
            ("traces::named_globals", "any"),
            ("traces::number_of_globals_is_that_of_a_popup", "any"),
            ("traces::frames_have_no_marks_same_frame", "any"),
            ("traces::frames_have_no_marks_other_frame", "sometimes"),
            ("traces::frames_have_no_marks_srcdoc_frame", "any"),
        ],
    },
    Difference {
        what: "objects that are logged are read",
        reason: "chromedriver listens to the console",
        subjects: &["webdriver-chrome"],
        probes: &[("traces::console_does_not_read_objects", "1")],
    },
    Difference {
        what: "shared, service and nested workers have other languages, and brands with `HeadlessChrome`",
        reason: "no override reaches them, and the shell's switches say no more",
        subjects: &["cdp-shell"],
        probes: &[
            ("identity::answers_are_the_same_in_a_shared_worker", "any"),
            ("identity::answers_are_the_same_in_a_service_worker", "any"),
            ("identity::brands_are_the_same_in_shared_worker", "any"),
            ("identity::brands_are_the_same_in_service_worker", "any"),
            ("identity::fetch_says_the_same_in_nested_worker", "any"),
            ("identity::fetch_says_the_same_in_shared_worker", "any"),
            ("identity::fetch_says_the_same_in_service_worker", "any"),
            ("identity::requests_say_the_same_for_service_worker", "any"),
        ],
    },
    Difference {
        what: "the window of a popup has the size of the others, whatever size was asked for",
        reason: "it may become the session's page, and input and pictures go by the viewport",
        subjects: &["cdp-shell", "webdriver-firefox"],
        probes: &[("windows::with_a_size_says_it", "true,true,false,false,true")],
    },
    Difference {
        what: "a page that asks to send notifications gets no answer",
        reason: "full Chromium asks in a window that nobody sees; what a page may do is not for a session to choose yet",
        subjects: &["cdp"],
        probes: &[("dialogs::notification_is_asked_for", "sometimes")],
    },
    Difference {
        what: "pages name the system where they should name the machine, and one hint is empty; workers are as they should be",
        reason: "chromedriver's override of client hints has no words for them, and without it nearly all hints are empty",
        subjects: &["webdriver-chrome"],
        probes: &[
            ("identity::plain_facts", "any"),
            ("identity::high_entropy_values", "any"),
            ("identity::header_hints_that_were_asked_for", "any"),
            ("identity::answers_are_the_same_in_a_worker", "any"),
            ("identity::answers_are_the_same_in_a_blob_worker", "any"),
            ("identity::answers_are_the_same_in_a_module_worker", "any"),
            ("identity::answers_are_the_same_in_a_nested_worker", "any"),
            ("identity::answers_are_the_same_in_a_worker_of_same_frame", "any"),
            ("identity::answers_are_the_same_in_a_worker_of_other_frame", "any"),
            ("identity::answers_are_the_same_in_a_shared_worker", "any"),
            ("identity::answers_are_the_same_in_a_service_worker", "any"),
        ],
    },
    Difference {
        what: "dialogs in a frame within a frame of another site may hold up the page",
        reason: "chromedriver does not always tell of them",
        subjects: &["webdriver-chrome"],
        probes: &[("dialogs::in_frame_in_other_frame", "sometimes")],
    },
    Difference {
        what: "the history of a session begins with a page of the driver",
        reason: "chromedriver opens one before the first of the session",
        subjects: &["webdriver-chrome"],
        probes: &[("lifecycle::history_is_short_in_a_fresh_session", "sometimes")],
    },
];

/// Compares an answer with the wanted one, and with the table.
pub(crate) fn judge(subject: &Subject, probe: &str, got: &str, wanted: &str) -> Result<(), String> {
    let listed = DIFFERENCES
        .iter()
        .filter(|difference| difference.subjects.contains(&subject.name))
        .flat_map(|difference| difference.probes)
        .find(|(name, _)| *name == probe);
    match listed {
        None if got == wanted => Ok(()),
        None => Err(format!("\n   got {got}\n  want {wanted}")),
        Some((_, "sometimes")) => Ok(()),
        Some(_) if got == wanted => {
            Err(format!("answers as the plain browser does ({got}); take it out of tests/parity/differences.rs"))
        }
        Some((_, answer)) if *answer == "any" || *answer == got => Ok(()),
        Some((_, answer)) => Err(format!("\n   got {got}\n  want {answer} (a deliberate difference; plain {wanted})")),
    }
}

const INTRODUCTION: &str = "\
# Parity with the plain browser

A page in a browsr session behaves as the same page in the same browser without browsr. `tests/parity` checks this: it
runs probes, which are scripts in pages of a local site, in a session on every backend, and compares what they return with
what the plain browser returns when a bare protocol loop drives it. The answers of the plain browsers are committed in
`tests/parity/plain.json`, so `make test` needs no second browser. What a browser says of itself is computed from its
version, as that browser says it with a window.

`make parity` takes the answers anew, compares them with the committed table, and runs the sessions against them.
`BROWSR_UPDATE=1 make parity` also writes the table and this page. Add a probe with every feature that touches pages.

";

const HAPPENED: &str = "\
## What happened, and where it is not told in full

What a navigation came to is told alike on every backend, by the cases `happened::` of the conformance suite, but for:

| what | where | what comes in its place |
|---|---|---|
| a body that is reset or cannot be decoded | Firefox | `navigation_failed`: Firefox puts an error page in the place of what had come |
| the text of half a page | Firefox, Chrome without BiDi | without BiDi nothing says that the body broke off: Chrome waits for its load until the time limit |
| `Location: javascript:` | chromedriver | no document and no status; the driver tells nothing of that answer. Firefox shows an error page: `navigation_failed` |
| the status, media type and name of a download | drivers without BiDi | that it is a download, where the page tells; nothing else |
| the header `Refresh` | drivers without BiDi | not seen; `<meta http-equiv=refresh>` is |
| the name of a network error | Chrome without BiDi | `net::ERR_FAILED` |
| dialogs and navigations that no command waited for | drivers without BiDi | dialogs are told where they met a command |
| pages beyond `max_pages` | drivers without BiDi | closed and counted after the next input |

Words of Firefox for network errors are given in those of Chrome by a table, its own beside them in `browser_error` of the
detail; what the table lacks is `net::ERR_FAILED`. Full Chromium asks for passwords in a window that nobody sees, so every
request of it is paused for a moment to answer such a question; the headless shell needs none of that.

";

/// The page for `docs/parity.md`.
fn document(probes: &[Probe], answers: &Answers) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("## Deliberate differences\n\n| what differs | where | why |\n|---|---|---|\n");
    for difference in DIFFERENCES {
        let subjects: Vec<_> = difference.subjects.iter().map(|name| format!("`{name}`")).collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {} | {} | {} |", difference.what, subjects.join(", "), difference.reason);
    }
    text.push_str("\nThe probes that show them:\n\n| probe | the plain browser | a session |\n|---|---|---|\n");
    for difference in DIFFERENCES {
        for (probe, answer) in difference.probes {
            let mut plain: Vec<_> = Kind::ALL
                .into_iter()
                .filter(|kind| difference.subjects.iter().any(|name| kind_of(name) == *kind))
                .filter_map(|kind| answers.get(kind, probe))
                .map(|answer| format!("`{}`", answer.replace('|', "\\|")))
                .collect();
            plain.dedup();
            let answer =
                if *answer == "any" { "varies".to_owned() } else { format!("`{}`", answer.replace('|', "\\|")) };
            let _ = writeln!(text, "| `{probe}` | {} | {answer} |", plain.join(" or "));
        }
    }
    text.push('\n');
    text.push_str(HAPPENED);
    text.push_str("\n## What is compared\n\n| family | probes |\n|---|---|\n");
    let mut families: Vec<_> = probes.iter().filter_map(|probe| probe.name.split("::").next()).collect();
    families.dedup();
    for family in families {
        let count = probes.iter().filter(|probe| probe.name.split("::").next() == Some(family)).count();
        let _ = writeln!(text, "| {family} | {count} |");
    }
    let _ = writeln!(text, "\n{} probes in all, beside the steps in `tests/parity/steps`.", probes.len());
    text
}

fn kind_of(subject: &str) -> Kind {
    match subject {
        "cdp-shell" => Kind::Shell,
        name if name.ends_with("firefox") => Kind::Firefox,
        _ => Kind::Chromium,
    }
}

/// The table names probes that exist, and the page is made of it.
pub(crate) fn trial(probes: &[Probe], answers: &Answers) -> Trial {
    let text = document(probes, answers);
    let names: Vec<_> = probes.iter().map(|probe| probe.name.clone()).collect();
    Trial::test("docs::the_table_of_differences_is_up_to_date", move || {
        for (probe, _) in DIFFERENCES.iter().flat_map(|difference| difference.probes) {
            if !names.iter().any(|name| name == probe) {
                return Err(Failed::from(format!("{probe} is no probe; take it out of tests/parity/differences.rs")));
            }
        }
        if std::fs::read_to_string(file()).is_ok_and(|found| found == text) {
            return Ok(());
        }
        if std::env::var_os("BROWSR_UPDATE").is_some() {
            return std::fs::write(file(), &text).map_err(|error| Failed::from(error.to_string()));
        }
        Err("docs/parity.md is not what the table says; run this test with BROWSR_UPDATE=1".into())
    })
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/parity.md")
}
