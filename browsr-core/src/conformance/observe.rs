//! Observing: what a language model is told of a page.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::error::Result;
use crate::observe::{InteractiveElement, Observation, ObserveOptions};

cases! { "observe":
    Capabilities::DOM => [
        elements_have_roles_names_and_states,
        secrets_are_never_shown,
        what_is_hidden_or_out_of_reach_is_not_listed,
        every_selector_finds_its_element_in_shadows_and_frames_too,
        what_covers_an_element_is_named,
        the_state_is_short_and_says_where_it_is,
        text_begins_where_the_page_is_scrolled_to,
        a_large_page_is_cut_and_what_is_in_view_stays,
        a_page_that_changes_is_observed_once_it_is_still,
        a_blank_page_is_observed_too,
        the_wire_has_the_shape_that_clients_know,
    ],
    Capabilities::DOM.union(Capabilities::FULL_PAGE) => [a_full_page_is_shown_whole],
}

fn quick() -> ObserveOptions {
    ObserveOptions::new().with_image(false)
}

#[track_caller]
fn find<'a>(seen: &'a Observation, selector: &str) -> &'a InteractiveElement {
    let found = seen.interactive.iter().find(|element| element.selector.as_deref() == Some(selector));
    found.unwrap_or_else(|| panic!("no {selector} in\n{}\n{:#?}", seen.interactive_text, selectors(seen)))
}

fn selectors(seen: &Observation) -> Vec<&str> {
    seen.interactive.iter().filter_map(|element| element.selector.as_deref()).collect()
}

async fn elements_have_roles_names_and_states(cx: Context) -> Result<()> {
    let seen = cx.visit("observe").await?.observe(&quick()).await?;
    for (selector, role, name) in [
        ("#mail", "textbox", "E-mail"),
        ("#pass", "textbox", "Password"),
        ("#nick", "textbox", "Only if you like"),
        ("#plain", "textbox", "Placeholder name"),
        ("#titled", "textbox", "Title name"),
        ("#box", "checkbox", "Remember me"),
        ("#styled-label", "checkbox", "Styled box"),
        ("#land", "combobox", "Country"),
        ("#long", "textbox", "Message"),
        ("#off", "button", "Not yet"),
        ("#icon", "button", "Close"),
        ("#image", "button", "Picture"),
        ("#tab", "tab", "First tab"),
        ("#more", "button", "More"),
        ("#tile", "generic", "A tile with words"),
        ("#edit", "textbox", "Notes"),
        ("summary", "button", "Details"),
        ("#end", "link", "At the end"),
    ] {
        let element = find(&seen, selector);
        assert_eq!((element.role.as_str(), element.name.as_str()), (role, name), "{selector}");
    }
    for (selector, attribute, value) in [
        ("#mail", "value", "ada@example.test"),
        ("#mail", "required", "true"),
        ("#box", "checked", "true"),
        ("#styled-label", "checked", "false"),
        ("#land", "value", "France"),
        ("#land", "options", "Germany | France | Spain"),
        ("#off", "disabled", "true"),
        ("#tab", "selected", "true"),
        ("#more", "expanded", "false"),
        ("#edit", "value", "Draft"),
        ("summary", "expanded", "false"),
    ] {
        assert_eq!(find(&seen, selector).attributes.get(attribute), Some(&json!(value)), "{selector}");
    }
    assert!(!find(&seen, "#off").clickable);
    let send = seen.interactive.iter().find(|element| element.name == "Send it").expect("a submit button");
    assert_eq!((send.role.as_str(), send.clickable, send.in_viewport), ("button", true, true));
    for line in [
        "link \"Home\" -> /article?from=top",
        "link \"Elsewhere\" -> http://elsewhere.test/x",
        "textbox \"E-mail\" type=email value=\"ada@example.test\" required",
        "checkbox \"Remember me\" checked",
        "combobox \"Country\" value=\"France\" options=\"Germany | France | Spain\"",
        "button \"Not yet\" disabled",
        "button \"More\" collapsed",
        "clickable \"A tile with words\"",
        "link \"At the end\" -> /article (below)",
    ] {
        assert!(
            seen.interactive_text.lines().any(|l| l.ends_with(&format!("] {line}"))),
            "{line}\n{}",
            seen.interactive_text
        );
    }
    let numbers: Vec<_> = seen.interactive.iter().map(|element| element.index).collect();
    assert_eq!(numbers, (0..seen.interactive.len()).collect::<Vec<_>>());
    Ok(())
}

async fn secrets_are_never_shown(cx: Context) -> Result<()> {
    let session = cx.visit("observe").await?;
    session.fill("#pass", "typedsecret").await?;
    let seen = session.observe(&quick()).await?;
    let all = serde_json::to_string(&seen).unwrap();
    assert!(!all.contains("secret"), "{all}");
    for selector in ["#pass", "#code"] {
        let attributes = &find(&seen, selector).attributes;
        assert_eq!((attributes.get("filled"), attributes.get("value")), (Some(&json!("true")), None), "{selector}");
    }
    assert!(seen.interactive_text.contains("textbox \"Password\" type=password filled"), "{}", seen.interactive_text);
    Ok(())
}

async fn what_is_hidden_or_out_of_reach_is_not_listed(cx: Context) -> Result<()> {
    let seen = cx.visit("observe").await?.observe(&quick()).await?;
    for name in ["gone link", "hidden link", "folded link", "link for nobody", "inert button", "Inside"] {
        assert!(!seen.interactive.iter().any(|element| element.name.contains(name)), "{name}");
        assert!(!seen.state_text.contains(name), "{name}");
    }
    assert!(!seen.state_text.contains("folded words"));
    let scrolled = find(&seen, "#scrolled");
    assert_eq!((scrolled.in_viewport, scrolled.clickable), (false, true), "it can be scrolled to");
    Ok(())
}

async fn every_selector_finds_its_element_in_shadows_and_frames_too(cx: Context) -> Result<()> {
    let session = cx.visit("observe").await?;
    let seen = session.observe(&quick()).await?;
    assert!(seen.interactive.iter().all(|element| element.selector.is_some()), "{:?}", selectors(&seen));
    let shadow = seen.interactive.iter().find(|element| element.name == "In a shadow").expect("the shadow is open");
    session.click(shadow.selector.as_deref().unwrap()).await?;
    assert_eq!(session.evaluate("clicked.at(-1)").await?, "In a shadow");
    for frame in ["#same", "#other"] {
        // A click in a frame may scroll the page.
        let seen = session.observe(&quick()).await?;
        let press = find(&seen, &format!("{frame} >>> #press"));
        assert_eq!((press.role.as_str(), press.name.as_str()), ("button", "Press"));
        let shown =
            session.run(crate::command::capture::GetElementBoundingBox::new(press.selector.clone().unwrap())).await?;
        assert!(
            (press.bounding_box.x - shown.x).abs() < 1.0 && (press.bounding_box.y - shown.y).abs() < 1.0,
            "{press:?} {shown:?}"
        );
        session.click(press.selector.as_deref().unwrap()).await?;
        assert_eq!(session.text(format!("{frame} >>> #words")).await?, "pressed true");
    }
    // Each selector leads back to something of the same tag.
    for element in &seen.interactive {
        let info = crate::command::extract::GetBasicInfo::new(element.selector.clone().unwrap());
        assert_eq!(session.run(info).await?["tag"], json!(element.tag), "{:?}", element.selector);
    }
    Ok(())
}

async fn what_covers_an_element_is_named(cx: Context) -> Result<()> {
    let seen = cx.visit("observe").await?.observe(&quick()).await?;
    let covered = seen.interactive.iter().find(|element| element.name == "Covered").expect("it is listed");
    assert!(!covered.clickable);
    assert_eq!(covered.attributes["covered_by"], "<div id=\"cover\" class=\"cover\">");
    assert!(seen.click_targets().all(|target| target.name != "Covered"));
    Ok(())
}

async fn the_state_is_short_and_says_where_it_is(cx: Context) -> Result<()> {
    let session = cx.visit("observe").await?;
    let seen = session.observe(&quick()).await?;
    let text = &seen.state_text;
    assert!(
        text.starts_with(&format!(
            "URL: {}\nTitle: \"Sign up\"\nViewport: 1280x720, page height ",
            cx.site.url("observe")
        )),
        "{text}"
    );
    for words in [
        "# Sign up",
        "Please tell us who you are.",
        "- One point",
        "- Another point",
        "Name | Age",
        "Ada | 36",
        ": Home]",
        "(frame \"A frame\")",
        "Words in a frame",
        "(end of frame)",
        "Last words.",
        ": Remember me]",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(text.len() < 4000, "{} bytes", text.len());
    let without = session.observe(&quick().with_content(false)).await?.state_text;
    assert!(without.contains("Interactive elements") && !without.contains("Please tell us"), "{without}");
    let place = |words: &str| text.find(words).unwrap_or(usize::MAX);
    assert!(place("button \"In a shadow\"") < place("button \"Press\""), "{text}");
    assert!(place("button \"Press\"") < place("button \"In a scroller\""), "{text}");
    assert_eq!(seen.title.as_deref(), Some("Sign up"));
    assert_eq!(seen.viewport, (1280, 720));
    Ok(())
}

async fn text_begins_where_the_page_is_scrolled_to(cx: Context) -> Result<()> {
    let session = cx.visit("observe").await?;
    session.evaluate("scrollTo(0, 1e6)").await?;
    let seen = session.observe(&quick()).await?;
    assert!(
        !seen.state_text.contains("Please tell us") && seen.state_text.contains("Last words."),
        "{}",
        seen.state_text
    );
    assert!(seen.state_text.contains("(text above is left out)") && seen.state_text.contains("0 px below"));
    assert!(seen.interactive_text.contains("link \"Home\" -> /article?from=top (above)"), "{}", seen.interactive_text);
    assert!(find(&seen, "#end").in_viewport);
    let whole = session.observe(&quick().with_full_page(true)).await?;
    assert!(whole.state_text.contains("Please tell us"));
    Ok(())
}

async fn a_large_page_is_cut_and_what_is_in_view_stays(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let fill = "document.body.innerHTML = Array.from({ length: 3000 }, (_, i) => `<p>Paragraph ${i} with some words <a href=/${i}>link ${i}</a></p>`).join(''); scrollTo(0, 30000)";
    session.evaluate(fill).await?;
    let started = Instant::now();
    let seen = session.observe(&quick()).await?;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(seen.interactive.len(), 140);
    assert!(seen.click_targets().count() > 5);
    assert!(
        seen.state_text.contains("(140 of 3000, the nearest)") && seen.state_text.ends_with("(more text follows)"),
        "{}",
        seen.state_text
    );
    assert!(seen.state_text.len() < 30_000, "{} bytes", seen.state_text.len());
    let few = session.observe(&quick().with_max_elements(3).with_max_text(200)).await?;
    assert_eq!(few.interactive.len(), 3);
    assert!(few.interactive.iter().all(|element| element.in_viewport));
    assert!(few.state_text.len() < 900, "{}", few.state_text);
    Ok(())
}

async fn a_page_that_changes_is_observed_once_it_is_still(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    session.evaluate("document.body.innerHTML = '<p>Loading</p>'; setTimeout(() => document.body.innerHTML = '<h1>Here</h1><p>It has come at last.</p><button>Go on</button>', 300); 1").await?;
    let seen = session.observe(&quick().with_wait(Duration::from_secs(1))).await?;
    assert_eq!(seen.interactive_text, "[0] button \"Go on\"");
    Ok(())
}

async fn a_blank_page_is_observed_too(cx: Context) -> Result<()> {
    let seen = cx.session.observe(&ObserveOptions::new()).await?;
    assert_eq!((seen.url.as_str(), seen.title.as_deref(), seen.interactive.len()), ("about:blank", None, 0));
    assert!(seen.screenshot.is_some());
    Ok(())
}

async fn a_full_page_is_shown_whole(cx: Context) -> Result<()> {
    let session = cx.visit("observe").await?;
    let height = |seen: &Observation| {
        let image = seen.screenshot.as_ref().expect("a picture");
        u32::from_be_bytes(image.bytes[20..24].try_into().unwrap())
    };
    assert_eq!(height(&session.observe(&ObserveOptions::new()).await?), 720);
    assert!(height(&session.observe(&ObserveOptions::new().with_full_page(true)).await?) > 1500);
    Ok(())
}

async fn the_wire_has_the_shape_that_clients_know(cx: Context) -> Result<()> {
    let session = cx.visit("links").await?;
    let seen = serde_json::to_value(session.observe(&ObserveOptions::new()).await?).unwrap();
    assert!(seen["captured_at"].as_u64().is_some_and(|at| at > 1_700_000_000_000), "{}", seen["captured_at"]);
    assert_eq!(seen["viewport"], json!([1280, 720]));
    assert_eq!((&seen["screenshot"]["type"], &seen["screenshot"]["mime_type"]), (&json!("bytes"), &json!("image/png")));
    assert!(seen["screenshot"]["bytes"].as_str().is_some_and(|bytes| bytes.starts_with("iVBOR")));
    assert_eq!(seen["screenshot"]["name"], Value::Null);
    let first = &seen["interactive"][0];
    let keys: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted =
        ["index", "tag", "selector", "role", "name", "text", "attributes", "bounding_box", "in_viewport", "clickable"];
    assert!(wanted.iter().all(|key| keys.contains(key)) && keys.len() == wanted.len(), "{keys:?}");
    let target = &seen["click_targets"][0];
    assert_eq!(target["target_id"], json!(first["index"].to_string()));
    let (shown, center) = (&target["bounding_box"], &target["center"]);
    assert_eq!(center["x"].as_f64(), Some(shown["x"].as_f64().unwrap() + shown["width"].as_f64().unwrap() / 2.0));
    Ok(())
}
