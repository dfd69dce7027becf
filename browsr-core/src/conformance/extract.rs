//! Reading: title, text, attributes, content, scripts.

use std::time::Duration;

use serde_json::json;

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::AnyCommand;
use crate::command::extract::{
    ContentKind, Evaluate, EvaluateOnElement, GetBasicInfo, GetContent, GetText, InspectElement, PageContent,
};
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};

cases! { "extract":
    Capabilities::DOM => [
        evaluate_awaits_at_the_top_level,
        text_is_read_as_it_is_shown,
        text_of_a_missing_element_is_an_error_at_the_deadline,
        an_attribute_may_be_missing,
        content_comes_as_markdown_html_or_json,
        content_can_be_of_one_element,
        evaluate_returns_values_of_every_kind,
        evaluate_awaits_promises,
        evaluate_reports_what_is_thrown,
        evaluate_sees_and_sets_globals_of_the_page,
        evaluate_survives_lone_surrogates,
        evaluate_that_never_ends_times_out_and_the_session_goes_on,
        evaluate_on_element_gives_the_element_by_three_names,
        element_facts_are_complete,
        shapes_on_the_wire_are_as_documented,
    ],
    Capabilities::DOM.union(Capabilities::RAW_CDP) => [headers_set_by_devtools_are_sent],
}

async fn headers_set_by_devtools_are_sent(cx: Context) -> Result<()> {
    let session = &cx.session;
    session.navigate(cx.site.url("headers")).await?;
    assert!(!session.text("pre").await?.contains("x-berth"));
    session.send_cdp("Network.setExtraHTTPHeaders", json!({ "headers": { "X-Berth": "twelve" } })).await?;
    session.navigate(cx.site.url("headers")).await?;
    assert!(session.text("pre").await?.contains("x-berth: twelve"));
    Ok(())
}

async fn text_is_read_as_it_is_shown(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    assert_eq!(session.text("#link").await?, "A link");
    assert_eq!(session.text("#age").await?, "7");
    assert_eq!(session.text("#unicode").await?, "naïve 世界 👩‍👩‍👧 é");
    Ok(())
}

async fn text_of_a_missing_element_is_an_error_at_the_deadline(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    let soon = OpContext::within(Duration::from_secs(2));
    let error = session.run_within(GetText::new("#never"), &soon).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchElement);
    Ok(())
}

async fn an_attribute_may_be_missing(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    assert_eq!(session.attribute("#link", "href").await?.as_deref(), Some("/article"));
    assert_eq!(session.attribute("#link", "target").await?, None);
    Ok(())
}

async fn content_comes_as_markdown_html_or_json(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let PageContent::Text(markdown) = session.run(GetContent::new()).await? else { panic!("no text") };
    assert!(markdown.contains("# How bread rises") && markdown.contains("Imprint"), "{markdown}");
    let html = session.run(GetContent::new().with_kind(ContentKind::Html)).await?;
    let PageContent::Text(html) = html else { panic!("no text") };
    assert!(html.starts_with("<!DOCTYPE html><html") && html.ends_with("</html>"), "{html}");
    let json = session.run(GetContent::new().with_kind(ContentKind::Json)).await?;
    let PageContent::Object(json) = json else { panic!("no object") };
    assert_eq!(json["title"], "How bread rises");
    assert_eq!(json["links"][0], json!({ "text": "Home", "href": cx.site.url("") }));
    Ok(())
}

async fn content_can_be_of_one_element(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let content = session.run(GetContent::new().of("ul")).await?;
    let PageContent::Text(markdown) = content else { panic!("no text") };
    assert!(markdown.contains("warmth") && !markdown.contains("gluten"), "{markdown}");
    Ok(())
}

async fn evaluate_returns_values_of_every_kind(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    for (expression, kind, value) in [
        ("1 + 1", "number", json!(2)),
        ("'text'", "string", json!("text")),
        ("true", "boolean", json!(true)),
        ("({ a: [1, { b: null }] })", "object", json!({ "a": [1, { "b": null }] })),
        ("[1, 'x']", "object", json!([1, "x"])),
        ("null", "object", json!(null)),
        ("let a = 1; let b = 2; a + b", "number", json!(3)),
    ] {
        let result = session.run(Evaluate::new(expression)).await?.result;
        assert_eq!((&result["type"], &result["value"]), (&json!(kind), &value), "{expression}");
    }
    let result = session.run(Evaluate::new("undefined")).await?.result;
    assert_eq!(result["type"], "undefined");
    Ok(())
}

async fn evaluate_awaits_promises(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    let value = session.evaluate("new Promise(done => setTimeout(() => done(7), 50))").await?;
    assert_eq!(value, 7);
    Ok(())
}

async fn evaluate_reports_what_is_thrown(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    for (expression, words) in [
        ("(() => { throw new TypeError('broken') })()", "broken"),
        ("nothing.here", "nothing is not defined"),
        ("Promise.reject(new Error('later'))", "later"),
        ("1 +", "SyntaxError"),
    ] {
        let error = session.evaluate(expression).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::JavascriptError, "{expression}: {error:?}");
        assert!(error.message().contains(words), "{expression}: {error}");
    }
    Ok(())
}

async fn evaluate_sees_and_sets_globals_of_the_page(cx: Context) -> Result<()> {
    let session = cx.visit("actions").await?;
    assert_eq!(session.evaluate("typeof log").await?, "function");
    session.evaluate("window.mine = 5").await?;
    assert_eq!(session.evaluate("mine").await?, 5);
    Ok(())
}

async fn evaluate_survives_lone_surrogates(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    let value = session.evaluate(r"'a\ud800b'").await?;
    assert_eq!(value, "a\u{fffd}b");
    session.evaluate(r"document.querySelector('#heading').textContent = 'x\udc00y'").await?;
    assert_eq!(session.text("#heading").await?, "x\u{fffd}y");
    Ok(())
}

async fn evaluate_that_never_ends_times_out_and_the_session_goes_on(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    for expression in ["while (true) {}", "new Promise(() => {})"] {
        let start = std::time::Instant::now();
        let soon = OpContext::within(Duration::from_millis(500));
        let error = session.run_within(Evaluate::new(expression), &soon).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::ScriptTimeout), "{error:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let start = std::time::Instant::now();
        assert_eq!(session.title().await?, "Widgets", "after {expression}");
        assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    }
    Ok(())
}

async fn evaluate_on_element_gives_the_element_by_three_names(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    for expression in ["this.id", "el.id", "element.id", "el => el.id"] {
        let result = session.run(EvaluateOnElement::new("#heading", expression)).await?;
        assert_eq!(result.value(), "heading", "{expression}");
    }
    let error = session.run(EvaluateOnElement::new("#heading", "el.no.such")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JavascriptError);
    Ok(())
}

async fn element_facts_are_complete(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    let info = session.run(GetBasicInfo::new("#link")).await?;
    assert_eq!((&info["tag"], &info["visible"], &info["enabled"]), (&json!("a"), &json!(true), &json!(true)));
    assert_eq!(info["attributes"]["title"], "a title");
    let info = session.run(GetBasicInfo::new("#gone")).await?;
    assert_eq!(info["visible"], false);
    for (selector, role, name) in [
        ("#link", "link", "A link"),
        ("#named", "button", "Named by label"),
        ("#age", "spinbutton", "Age"),
        ("input[type=image]", "button", "picture button"),
        ("#heading", "heading", "A heading"),
    ] {
        let facts = session.run(InspectElement::new(selector)).await?;
        assert_eq!((&facts["role"], &facts["name"]), (&json!(role), &json!(name)), "{selector}");
        assert!(facts["html"].as_str().is_some_and(|html| html.starts_with('<')));
        let again = facts["selector"].as_str().unwrap_or_default();
        let same = format!("document.querySelector({again:?}) === document.querySelector({selector:?})");
        assert_eq!(session.evaluate(same).await?, true, "{again}");
    }
    Ok(())
}

/// The forms that existing clients read.
async fn shapes_on_the_wire_are_as_documented(cx: Context) -> Result<()> {
    let session = cx.visit("widgets").await?;
    let command = |name: &str, data: serde_json::Value| AnyCommand::from_parts(name, Some(data));
    let batch = [
        command("get_title", json!(null))?,
        command("get_attribute", json!({ "selector": "#link", "attribute": "target" }))?,
        command("evaluate", json!({ "expression": "2 * 21" }))?,
        command("get_content", json!({ "kind": null }))?,
        command("get_element_bounding_box", json!({ "selector": "#link" }))?,
        command("hover", json!({ "selector": "#link" }))?,
        command("extract_structured_content", json!({ "query": "all" }))?,
    ];
    let result = serde_json::to_value(session.batch(&batch).await?).unwrap_or_default();
    let results = &result["results"];
    let data = |value| json!({ "success": true, "command_type": "extraction", "content_type": "data", "data": value });
    assert_eq!(results[0], data(json!({ "result": { "type": "string", "value": "Widgets" } })));
    let null = json!({ "result": { "type": "object", "subtype": "null", "value": null } });
    assert_eq!(results[1], data(null));
    assert_eq!(results[2]["data"]["result"]["value"], 42);
    assert_eq!(results[3]["content_type"], "markdown");
    assert!(results[4]["data"]["width"].is_f64());
    assert_eq!(results[5], json!({ "success": true, "command_type": "action" }));
    assert_eq!((&results[6]["success"], &results[6]["debug"]["code"]), (&json!(false), &json!("unsupported")));
    assert_eq!((&result["steps_completed"], &result["total_steps"]), (&json!(6), &json!(7)));
    Ok(())
}

async fn evaluate_awaits_at_the_top_level(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    assert_eq!(session.evaluate("await Promise.resolve(6) + 1").await?, 7);
    session.evaluate("const later = await Promise.resolve('late'); window.awaited = later;").await?;
    assert_eq!(session.evaluate("window.awaited").await?, "late");
    for _ in 0..2 {
        assert_eq!(session.evaluate("const once = 4; class Once {}; once").await?, 4);
    }
    // The control: what cannot be read at all is told so.
    let error = session.evaluate("await await await").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JavascriptError);
    Ok(())
}
