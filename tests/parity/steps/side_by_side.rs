//! Two sessions at once: each is as if it were alone.

use browsr::SessionOptions;

use super::{Context, Outcome, evaluate, same, steps};

steps! { "side_by_side", 3, alone true:
    two_sessions_run_at_full_speed,
    two_sessions_share_nothing,
    a_session_goes_on_while_another_opens_and_closes,
}

async fn two_sessions_run_at_full_speed(cx: Context) -> Outcome {
    let (one, two) = (cx.subject.session(false).await?, cx.subject.session(false).await?);
    for session in [&one, &two] {
        session.navigate(cx.site.url("/counters")).await?;
    }
    let (first, second) = tokio::join!(evaluate(&one, "COUNT()"), evaluate(&two, "COUNT()"));
    cx.subject.give_back(one);
    cx.subject.give_back(two);
    same("the first", first?, "frames,timers,visible,true")?;
    same("the second", second?, "frames,timers,visible,true")
}

async fn two_sessions_share_nothing(cx: Context) -> Outcome {
    let (one, two) = (cx.subject.session(false).await?, cx.subject.session(false).await?);
    for session in [&one, &two] {
        session.navigate(cx.site.url("/page")).await?;
    }
    let word = &cx.word;
    let keep = format!(
        "localStorage.setItem('{word}', 1); sessionStorage.setItem('{word}', 1); document.cookie = '{word}=1'; \
         await (await caches.open('{word}')).put('/x', new Response('x')); \
         await new Promise(done => {{ indexedDB.open('{word}').onsuccess = done }}); return 'kept'"
    );
    cx.ask(&one, &keep).await?;
    let look = format!(
        "return [localStorage.getItem('{word}') !== null, sessionStorage.getItem('{word}') !== null, \
         document.cookie.includes('{word}'), await caches.has('{word}'), \
         (await indexedDB.databases()).some(one => one.name === '{word}')].join()"
    );
    let (own, other) = (cx.ask(&one, &look).await?, cx.ask(&two, &look).await?);
    let listen = format!(
        "window.heard = 'nothing'; new BroadcastChannel('{word}').onmessage = event => {{ heard = event.data }}; 1"
    );
    for session in [&one, &two] {
        evaluate(session, listen.clone()).await?;
    }
    cx.ask(&one, &format!("new BroadcastChannel('{word}').postMessage('told'); await pause(150); return 1")).await?;
    let (near, far) = (evaluate(&one, "heard").await?, evaluate(&two, "heard").await?);
    cx.subject.give_back(one);
    cx.subject.give_back(two);
    same("its own", own, "true,true,true,true,true")?;
    same("the other's", other, "false,false,false,false,false")?;
    same("channel", format!("{near} {far}"), "told nothing")
}

async fn a_session_goes_on_while_another_opens_and_closes(cx: Context) -> Outcome {
    let one = cx.subject.session(false).await?;
    one.navigate(cx.site.url("/counters")).await?;
    let (count, other) = tokio::join!(evaluate(&one, "COUNT()"), async {
        let two = cx.open(SessionOptions::new().with_start_url(cx.site.url("/counters").parse()?)).await?;
        two.close().await?;
        Outcome::Ok(())
    });
    other?;
    let after = evaluate(&one, "document.visibilityState + ' ' + document.hasFocus()").await?;
    cx.subject.give_back(one);
    same("meanwhile", count?, "frames,timers,visible,true")?;
    same("afterwards", after, "visible true")
}
