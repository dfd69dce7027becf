//! Dialogs that evaluated code meets: the code goes on, and runs once.

use browsr::{DialogPolicy, SessionOptions};

use super::{Context, Outcome, evaluate, same, steps};

steps! { "dialogs", 1, alone false:
    evaluated_code_goes_on_after_an_alert,
    evaluated_code_goes_on_after_a_confirm,
    evaluated_code_goes_on_after_a_prompt,
    evaluated_code_goes_on_after_three_in_a_row,
    evaluated_code_goes_on_after_one_from_a_timer,
    evaluated_code_goes_on_after_one_in_a_frame,
    evaluated_code_goes_on_after_one_in_a_frame_of_the_other_site,
    accepted_dialogs_say_yes,
    what_is_clicked_is_told_once,
}

/// Evaluates code that counts its runs in the page.
async fn meets(cx: Context, code: &str, want: &str) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/page")).await?;
    let got = cx.ask(&session, &format!("window.runs = (window.runs || 0) + 1;\n{code}")).await?;
    same("answer", got, want)?;
    same("runs", evaluate(&session, "window.runs").await?, 1)?;
    cx.subject.give_back(session);
    Ok(())
}

async fn evaluated_code_goes_on_after_an_alert(cx: Context) -> Outcome {
    meets(cx, "return 'back with ' + alert('hear')", "back with undefined").await
}

async fn evaluated_code_goes_on_after_a_confirm(cx: Context) -> Outcome {
    meets(cx, "return 'back with ' + confirm('yes?')", "back with false").await
}

async fn evaluated_code_goes_on_after_a_prompt(cx: Context) -> Outcome {
    meets(cx, "return 'back with ' + prompt('what?', 'that')", "back with null").await
}

async fn evaluated_code_goes_on_after_three_in_a_row(cx: Context) -> Outcome {
    meets(cx, "return [alert(1), confirm(2), prompt(3)].map(String).join()", "undefined,false,null").await
}

async fn evaluated_code_goes_on_after_one_from_a_timer(cx: Context) -> Outcome {
    let code = "setTimeout(() => { window.said = confirm('later') }, 10); await pause(150); return window.said";
    meets(cx, code, "false").await
}

async fn evaluated_code_goes_on_after_one_in_a_frame(cx: Context) -> Outcome {
    meets(cx, "return inside('same_frame', () => String(confirm('from within')))", "false").await
}

async fn evaluated_code_goes_on_after_one_in_a_frame_of_the_other_site(cx: Context) -> Outcome {
    meets(cx, "return inside('other_frame', () => String(confirm('from far within')))", "false").await
}

async fn accepted_dialogs_say_yes(cx: Context) -> Outcome {
    let session = cx.open(SessionOptions::new().with_dialogs(DialogPolicy::Accept)).await?;
    session.navigate(cx.site.url("/page")).await?;
    let got = cx.ask(&session, "return [confirm('yes?'), prompt('what?', 'that')].join()").await?;
    let far = cx.ask(&session, "return inside('other_frame', () => String(confirm('there?')))").await?;
    session.close().await?;
    same("here", got, "true,that")?;
    same("in a frame of the other site", far, "true")
}

async fn what_is_clicked_is_told_once(cx: Context) -> Outcome {
    let session = cx.subject.session(false).await?;
    session.navigate(cx.site.url("/page")).await?;
    let listen = "window.presses = 0; window.said = []; \
        document.querySelector('#button').onclick = () => { presses++; said.push(confirm('sure?')) }; 1";
    evaluate(&session, listen).await?;
    let outcome = session.click("#button").await?;
    same("dialogs", outcome.dialogs.len(), 1)?;
    same("presses", evaluate(&session, "presses + ' ' + said.join()").await?, "1 false")?;
    cx.subject.give_back(session);
    Ok(())
}
