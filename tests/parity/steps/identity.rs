//! A name of the caller's choosing is the name everywhere.

use std::time::Duration;

use browsr::{Isolation, SessionOptions, UserAgent};

use super::{Context, Outcome, evaluate, same, steps};
use crate::subjects::Kind;

const NAME: &str = "Mozilla/5.0 (Parity; rv:9) Agent/7.1";

steps! { "identity", 1, alone false:
    a_custom_name_is_said_in_every_place_and_request,
    a_random_name_is_one_name_and_hides_automation_on_request,
    a_session_with_a_start_page_says_what_others_say,
}

/// What belongs to no page says a session's own name only in a browser of its own.
fn named(user_agent: UserAgent) -> SessionOptions {
    SessionOptions::new().with_isolation(Isolation::Process).with_user_agent(user_agent)
}

async fn a_custom_name_is_said_in_every_place_and_request(cx: Context) -> Outcome {
    const PLACES: &[&str] = &[
        "page",
        "same_frame",
        "other_frame",
        "frame_in_other_frame",
        "sandboxed_frame",
        "worker",
        "nested_worker",
        "worker_of_other_frame",
        "shared_worker",
        "service_worker",
        "popup",
        "other_popup",
    ];
    let session = cx.open(named(UserAgent::Custom(NAME.to_owned()))).await?;
    session.navigate(cx.site.url("/page")).await?;
    let mut wrong = Vec::new();
    for place in PLACES {
        let ask = format!(
            "return inside({place:?}, async () => navigator.userAgent + ' / ' + \
             (await (await fetch('/headers')).json())['user-agent'])"
        );
        let got = cx.ask(&session, &ask).await?;
        if got != format!("{NAME} / {NAME}") {
            wrong.push(format!("{place}: {got}"));
        }
    }
    let word = &cx.word;
    session.navigate(cx.site.url(&format!("/parts?{word}"))).await?;
    let more = format!(
        "const all = [fetch('/taken?fetch{word}'), fetch(FAR + '/headers?far{word}'), navigator.sendBeacon('/taken?beacon{word}', 'x'),\
         loaded(frame(FAR + '/page?frame{word}')), fromWorker('/taken?worker{word}', {{}}, 300),\
         loaded(element('link', {{ rel: 'stylesheet', href: '/taken?style{word}' }}), 300),\
         new FontFace('x', 'url(/taken?font{word})').load().catch(() => 0)];\
         new SharedWorker('/taken?shared{word}'); const socket = new WebSocket(`ws://${{location.host}}/talk?{word}`);\
         await Promise.all(all); await next(socket, 'open', 1000); await pause(60); return 'done'"
    );
    cx.ask(&session, &more).await?;
    session.close().await?;
    let seen = cx.site.seen(word);
    for target in seen.keys() {
        for hit in cx.site.hits(target) {
            let got = hit.header("user-agent").unwrap_or("none");
            if got != NAME {
                wrong.push(format!("{target}: {got}"));
            }
        }
    }
    if seen.len() < 14 {
        wrong.push(format!("only {} requests: {seen:?}", seen.len()));
    }
    same("wrong in", wrong.join("\n"), "")
}

async fn a_random_name_is_one_name_and_hides_automation_on_request(cx: Context) -> Outcome {
    let options = named(UserAgent::Random).with_disable_automation_detection(true);
    let session = cx.open(options).await?;
    session.navigate(cx.site.url("/page")).await?;
    let ask = "const ask = async () => [navigator.userAgent, (await (await fetch('/headers')).json())['user-agent']].join(' / ');\
        const own = await ask(); const wrong = [];\
        if (own !== navigator.userAgent + ' / ' + navigator.userAgent) wrong.push('page: ' + own);\
        for (const place of ['other_frame', 'worker', 'shared_worker', 'service_worker']) { const there = await inside(place, ask); if (there !== own) wrong.push(place + ': ' + there) }\
        return wrong.join()";
    let got = cx.ask(&session, ask).await?;
    let signs = "return [await inside('page', () => navigator.webdriver), await inside('other_frame', () => navigator.webdriver), \
        await inside('popup', () => navigator.webdriver), 'webdriver' in navigator].join()";
    let signs = cx.ask(&session, signs).await?;
    session.close().await?;
    same("otherwise in", got, "")?;
    // Firefox has no way to hide it.
    let hidden = if cx.subject.kind == Kind::Firefox { "true,true,true,true" } else { "false,false,false,true" };
    same("navigator.webdriver", signs, hidden)
}

async fn a_session_with_a_start_page_says_what_others_say(cx: Context) -> Outcome {
    let one = cx.open(SessionOptions::new().with_start_url(cx.site.url("/page?one").parse()?)).await?;
    let two = cx.subject.session(false).await?;
    two.navigate(cx.site.url("/page?two")).await?;
    let ask = "navigator.userAgent + navigator.languages + JSON.stringify(navigator.userAgentData || 0) + screen.width";
    let (first, second) = (evaluate(&one, ask).await?, evaluate(&two, ask).await?);
    // The document of a start page says so too.
    cx.await_hit("/page?one", Duration::from_secs(1)).await;
    let header = |target: &str| {
        let hits = cx.site.hits(target);
        hits.last().map(|hit| {
            ["user-agent", "accept-language", "sec-ch-ua"].map(|name| hit.header(name).unwrap_or("none").to_owned())
        })
    };
    let headers = (header("/page?one"), header("/page?two"));
    one.close().await?;
    cx.subject.give_back(two);
    same("in the page", &first, second)?;
    same("in the request", format!("{:?}", headers.0), format!("{:?}", headers.1))?;
    same(
        "headless",
        first.contains("Headless") || (cx.subject.kind != Kind::Firefox && !first.contains("Chrome/")),
        false,
    )
}
