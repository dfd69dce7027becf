//! Commands on the components that people use: editors that draw for themselves, masks, pickers, popups, shadow roots.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Context, cases};
use crate::capability::Capabilities;
use crate::command::AnyCommand;
use crate::command::element::{Check, SelectOption, Uncheck};
use crate::command::keyboard::{Clear, PressKey, TypeText};
use crate::command::pointer::{Click, Drag, DragTo, Hover, MouseDown, MouseUp, MoveMouseTo, Scroll};
use crate::command::upload::{UploadFile, UploadedFile};
use crate::command::wait::{ElementState, Wait, WaitForElement, WaitForFunction};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::types::Point;

cases! { "components":
    Capabilities::DOM => [
        a_field_of_an_editor_takes_text_though_it_cannot_be_seen,
        the_surface_of_an_editor_stands_for_its_field,
        an_editor_is_observed_once,
        filling_an_editor_replaces_all_of_it,
        a_surface_of_two_fields_stands_for_none,
        a_field_under_a_part_of_its_component_takes_text,
        a_field_under_a_layer_or_a_dialog_takes_none,
        a_field_that_loses_the_focus_is_told,
        a_component_with_a_field_in_its_shadow_root_takes_text,
        text_goes_to_what_has_the_focus,
        text_goes_to_what_has_the_focus_in_a_frame,
        the_body_of_a_frame_takes_text,
        a_value_that_is_set_is_seen_by_who_watches_it,
        ranges_and_colours_tell_what_they_kept,
        a_tab_in_a_text_is_a_tab,
        appending_goes_behind_the_last_text,
        a_mask_takes_text_where_it_begins,
        shortcuts_are_named_by_their_letter,
        selecting_takes_no_focus,
        check_finds_the_box_in_a_shadow_root,
        a_step_takes_effect_before_the_next,
        the_wheel_scrolls_what_is_under_it,
        a_drag_holds_before_it_moves,
        a_drag_goes_along_its_path,
        buttons_stay_down_until_they_are_released,
        buttons_are_released_before_the_next_click_and_after_a_failure,
        positions_are_from_the_top_left,
        waiting_for_an_element_to_go,
        waiting_for_a_function,
        waiting_lets_time_pass,
        files_are_given_by_their_content,
        delays_stand_between_characters,
        selectors_count_and_go_inside,
    ],
}

async fn batch(cx: &Context, commands: Value) -> Result<Vec<Value>> {
    let commands: Vec<AnyCommand> = serde_json::from_value(commands).unwrap();
    let batch = serde_json::to_value(cx.session.batch(&commands).await?).unwrap();
    Ok(batch["results"].as_array().unwrap().clone())
}

/// An error at the end of a short time.
async fn refused<C: crate::Command>(cx: &Context, command: C) -> Error
where
    C::Output: std::fmt::Debug,
{
    cx.session.run_within(command, &OpContext::within(Duration::from_millis(1500))).await.unwrap_err()
}

async fn a_field_of_an_editor_takes_text_though_it_cannot_be_seen(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(TypeText::new("#drawn textarea", "ls -l\nü世")).await?;
    assert_eq!(session.text("#model").await?, r#""ls -l\nü世""#);
    Ok(())
}

async fn the_surface_of_an_editor_stands_for_its_field(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let outcome = session.run(TypeText::new("#lines", "abc")).await?;
    assert_eq!(session.text("#model").await?, "\"abc\"");
    assert_eq!(outcome.typed_into.as_deref(), Some("<textarea>"));
    Ok(())
}

async fn an_editor_is_observed_once(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let seen = session.observe(&crate::ObserveOptions::new()).await?;
    let editors: Vec<_> = seen.interactive.iter().filter(|element| element.tag == "textarea").collect();
    assert_eq!(editors.len(), 2, "{editors:?}");
    let editor = editors[0];
    assert_eq!(editor.role.as_str(), "textbox");
    assert!(editor.bounding_box.width > 290.0 && editor.bounding_box.height > 50.0, "{editor:?}");
    session.fill(editor.selector.clone().unwrap_or_default(), "by its selector").await?;
    assert_eq!(session.text("#model").await?, "\"by its selector\"");
    Ok(())
}

async fn filling_an_editor_replaces_all_of_it(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(TypeText::new("#lines", "old text")).await?;
    session.fill("#lines", "new").await?;
    assert_eq!(session.text("#model").await?, "\"new\"");
    session.run(Clear::new("#lines")).await?;
    assert_eq!(session.text("#model").await?, "\"\"");
    Ok(())
}

async fn a_surface_of_two_fields_stands_for_none(cx: Context) -> Result<()> {
    cx.visit("components").await?;
    let error = refused(&cx, TypeText::new("#between", "x")).await;
    assert_eq!(error.kind(), ErrorKind::ElementNotInteractable, "{error:?}");
    // Nor does a text beside a field that is to be seen.
    cx.session.evaluate("document.querySelector('#other-of-two').remove(); 1").await?;
    let error = refused(&cx, TypeText::new("#between", "x")).await;
    assert_eq!(error.kind(), ErrorKind::ElementNotInteractable, "{error:?}");
    Ok(())
}

async fn a_field_under_a_part_of_its_component_takes_text(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.fill("#under", "typed").await?;
    assert_eq!(session.text("#under").await?, "typed");
    Ok(())
}

async fn a_field_under_a_layer_or_a_dialog_takes_none(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.click("#open-layer").await?;
    let error = refused(&cx, TypeText::new("#under", "x")).await;
    assert_eq!(error.kind(), ErrorKind::ElementClickIntercepted, "{error:?}");
    assert!(error.message().contains("layer"), "{error:?}");
    session.evaluate("layer.classList.remove('open'); modal.showModal(); 1").await?;
    let error = refused(&cx, TypeText::new("#under", "x")).await;
    assert_eq!(error.kind(), ErrorKind::ElementClickIntercepted, "{error:?}");
    session.fill("#in-modal", "inside").await?;
    // The control: with the dialog closed the field takes text.
    session.evaluate("modal.close(); 1").await?;
    session.fill("#under", "typed").await?;
    session.evaluate("covered.inert = true; 1").await?;
    assert!(refused(&cx, TypeText::new("#under", "x")).await.message().contains("covered"));
    Ok(())
}

async fn a_field_that_loses_the_focus_is_told(cx: Context) -> Result<()> {
    cx.visit("components").await?;
    let error = refused(&cx, TypeText::new("#thief-field", "x")).await;
    assert!(error.message().contains("thief"), "{error:?}");
    assert_eq!(cx.session.text("#thief").await?, "");
    Ok(())
}

async fn a_component_with_a_field_in_its_shadow_root_takes_text(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.fill("#field-host", "Bob").await?;
    assert_eq!(
        session.evaluate("document.querySelector('#field-host').shadowRoot.querySelector('input').value").await?,
        "Bob"
    );
    Ok(())
}

async fn text_goes_to_what_has_the_focus(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.click("#keys").await?;
    session.run(TypeText::into_focus("Hi ü")).await?;
    assert_eq!(session.text("#keys").await?, "Hi ü");
    session.run(TypeText::into_focus("new").clearing()).await?;
    assert_eq!(session.text("#keys").await?, "new");
    Ok(())
}

async fn text_goes_to_what_has_the_focus_in_a_frame(cx: Context) -> Result<()> {
    let session = cx.visit("article").await?;
    let frame = "const f = document.createElement('iframe'); f.id = 'f'; f.srcdoc = '<input id=i autofocus>'; document.body.prepend(f); 1";
    session.evaluate(frame).await?;
    session.click("#f >>> #i").await?;
    session.run(TypeText::into_focus("a\tb")).await?;
    assert_eq!(session.text("#f >>> #i").await?, "a\tb");
    Ok(())
}

async fn the_body_of_a_frame_takes_text(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let frame = "const f = document.createElement('iframe'); f.id = 'f'; f.srcdoc = '<body id=b contenteditable><p>old</p>'; document.body.prepend(f); 1";
    session.evaluate(frame).await?;
    session.fill("#f >>> #b", "one").await?;
    session.click("#keys").await?;
    session.fill("#f >>> #b", "new").await?;
    assert_eq!(session.text("#f >>> #b").await?.trim(), "new");
    Ok(())
}

async fn a_value_that_is_set_is_seen_by_who_watches_it(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.fill("#tracked", "45").await?;
    assert_eq!(session.text("#tracked-seen").await?, "45");
    Ok(())
}

async fn ranges_and_colours_tell_what_they_kept(cx: Context) -> Result<()> {
    cx.visit("components").await?;
    let outcome = cx.session.run(TypeText::new("#tracked", "43").clearing()).await?;
    assert_eq!(outcome.value_set.as_deref(), Some("45"));
    let outcome = cx.session.run(TypeText::new("#colour", "#f80").clearing()).await?;
    assert_eq!(outcome.value_set.as_deref(), Some("#ff8800"));
    for (field, value) in [("#tracked", "101"), ("#tracked", "many"), ("#colour", "reddish"), ("#colour", "#12")] {
        assert_eq!(refused(&cx, TypeText::new(field, value)).await.field(), Some("text"), "{value}");
    }
    Ok(())
}

async fn a_tab_in_a_text_is_a_tab(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(TypeText::new("#area", "a\tb\tc")).await?;
    assert_eq!(session.text("#area").await?, "a\tb\tc");
    // The key goes on.
    session.run(PressKey::new("Tab")).await?;
    assert_ne!(session.evaluate("document.activeElement.id").await?, "area");
    Ok(())
}

async fn appending_goes_behind_the_last_text(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(TypeText::new("#rich", " more")).await?;
    let text = session
        .evaluate(
            "[...document.querySelectorAll('#rich p')].map(p => p.textContent.replace(/\\u00a0/g, ' ')).join('|')",
        )
        .await?;
    assert_eq!(text, "first|last more");
    Ok(())
}

async fn a_mask_takes_text_where_it_begins(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(TypeText::new("#mask", "1230")).await?;
    assert_eq!(session.text("#mask").await?, "12/30");
    Ok(())
}

async fn shortcuts_are_named_by_their_letter(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.click("#keys").await?;
    for key in ["Control+B", "Control+b", "Control+Shift+b", "B", "Alt+ArrowUp"] {
        session.run(PressKey::new(key)).await?;
    }
    let log = session.text("#key-log").await?;
    let keys: Vec<_> = log
        .split_whitespace()
        .filter(|key| !["Control", "Alt", "Shift+shift", "Control+shift"].contains(key))
        .collect();
    // A character by itself comes as the keyboard makes it, with or without the key that is held for it.
    assert_eq!((&keys[..3], keys[4]), (&["b", "b", "B+shift"][..], "ArrowUp"), "{log}");
    assert!(keys[3].starts_with('B'), "{log}");
    Ok(())
}

async fn selecting_takes_no_focus(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.click("#open-popup").await?;
    session.run(SelectOption::new("#in-popup", ["b"])).await?;
    assert_eq!(session.text("#picked").await?, "b");
    assert_eq!(session.evaluate("popup.hidden").await?, false);
    Ok(())
}

async fn check_finds_the_box_in_a_shadow_root(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let state = "document.querySelector('#switch-host').shadowRoot.querySelector('input').checked";
    session.run(Check::new("#switch-host")).await?;
    assert_eq!(session.evaluate(state).await?, true);
    session.run(Check::new("#switch-host")).await?;
    assert_eq!(session.evaluate(state).await?, true);
    session.run(Uncheck::new("#switch-host")).await?;
    assert_eq!(session.evaluate(state).await?, false);
    assert_eq!(refused(&cx, Check::new("#area")).await.kind(), ErrorKind::ElementNotInteractable);
    Ok(())
}

async fn a_step_takes_effect_before_the_next(cx: Context) -> Result<()> {
    for _ in 0..3 {
        cx.visit("components").await?;
        let results = batch(
            &cx,
            json!([
                { "command": "press_key", "data": { "selector": "#step-open", "key": "Enter" } },
                { "command": "wait_for_element", "data": { "selector": "#step-list li", "state": "visible" } },
                { "command": "press_key", "data": { "key": "ArrowDown" } },
                { "command": "press_key", "data": { "key": "Enter" } },
            ]),
        )
        .await?;
        assert!(results.iter().all(|result| result["success"] == true), "{results:?}");
        assert_eq!(cx.session.text("#step-chosen").await?, "two");
    }
    Ok(())
}

async fn the_wheel_scrolls_what_is_under_it(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(Scroll::by(0.0, 200.0).over("#scroller")).await?;
    let inner: f64 = session.evaluate("scroller.scrollTop").await?.as_f64().unwrap_or_default();
    assert!(inner > 0.0, "{inner}");
    session.evaluate("scrollTo(0, 0)").await?;
    session.evaluate("document.body.style.height = '5000px'; 1").await?;
    session.run(Scroll { x: Some(600.0), y: Some(300.0), ..Scroll::by(0.0, 300.0) }).await?;
    assert!(session.evaluate("scrollY").await?.as_f64().unwrap_or_default() > 0.0);
    let both = Scroll { x: Some(1.0), y: Some(1.0), ..Scroll::by(0.0, 1.0).over("#scroller") };
    assert_eq!(refused(&cx, both).await.kind(), ErrorKind::InvalidArgument);
    let half = Scroll { x: Some(1.0), ..Scroll::by(0.0, 1.0) };
    assert_eq!(refused(&cx, half).await.kind(), ErrorKind::InvalidArgument);
    assert_eq!(refused(&cx, Scroll::by(0.0, 0.0)).await.kind(), ErrorKind::InvalidArgument);
    Ok(())
}

async fn a_drag_holds_before_it_moves(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(DragTo::new("#handle", "#pad").with_hold(Duration::from_millis(300))).await?;
    let held: f64 = session.attribute("#pointer-log", "data-hold").await?.unwrap_or_default().parse().unwrap_or(0.0);
    assert!(held >= 250.0, "{held}");
    let long = DragTo::new("#handle", "#pad").with_hold(Duration::from_secs(11));
    assert_eq!(refused(&cx, long).await.field(), Some("hold_ms"));
    Ok(())
}

/// Where the pad is in the viewport.
async fn pad(cx: &Context) -> Result<Point> {
    cx.session.run(crate::command::pointer::ScrollIntoView::new("#pad")).await?;
    let found =
        cx.session.evaluate("(() => { const { x, y } = pad.getBoundingClientRect(); return { x, y } })()").await?;
    Ok(serde_json::from_value(found).unwrap())
}

async fn a_drag_goes_along_its_path(cx: Context) -> Result<()> {
    cx.visit("components").await?;
    let Point { x, y } = pad(&cx).await?;
    let at = |dx: f64, dy: f64| Point::new(x.round() + dx, y.round() + dy);
    cx.session.run(Drag::new(at(10.0, 10.0), at(150.0, 10.0)).via([at(50.0, 90.0), at(100.0, 20.0)])).await?;
    let log = cx.session.text("#pointer-log").await?;
    let place = |text: &str| log.find(text).unwrap_or_else(|| panic!("no {text} in {log}"));
    assert!(
        place("mousedown@10,") < place("mousemove@50,") && place("mousemove@50,") < place("mousemove@100,"),
        "{log}"
    );
    assert!(place("mousemove@100,") < place("mouseup@150,"), "{log}");
    Ok(())
}

async fn buttons_stay_down_until_they_are_released(cx: Context) -> Result<()> {
    cx.visit("components").await?;
    let Point { x, y } = pad(&cx).await?;
    let session = &cx.session;
    session.run(MoveMouseTo::new(x + 20.0, y + 20.0)).await?;
    session.run(MouseDown::new()).await?;
    session.run(MoveMouseTo::new(x + 60.0, y + 20.0)).await?;
    let log = session.text("#pointer-log").await?;
    assert!(log.contains("mousedown") && log.contains("mousemove") && !log.contains("mouseup"), "{log}");
    session.run(MouseUp::new()).await?;
    assert!(session.text("#pointer-log").await?.contains("mouseup"));
    Ok(())
}

async fn buttons_are_released_before_the_next_click_and_after_a_failure(cx: Context) -> Result<()> {
    cx.visit("components").await?;
    let Point { x, y } = pad(&cx).await?;
    cx.session.run(MoveMouseTo::new(x + 20.0, y + 20.0)).await?;
    let results = batch(
        &cx,
        json!([{ "command": "mouse_down" },
        { "command": "click", "data": { "selector": "#open-popup" } }]),
    )
    .await?;
    assert_eq!(results[1]["debug"]["released"], json!(["left"]), "{results:?}");
    cx.session.run(MoveMouseTo::new(x + 20.0, y + 20.0)).await?;
    let results = batch(
        &cx,
        json!([{ "command": "mouse_down" },
        { "command": "select_option", "data": { "selector": "#area", "values": ["x"] } }]),
    )
    .await?;
    assert_eq!(results[1]["success"], false);
    let log = cx.session.text("#pointer-log").await?;
    assert!(log.trim_end().rsplit(' ').take(2).any(|event| event.starts_with("mouseup")), "{log}");
    Ok(())
}

async fn positions_are_from_the_top_left(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    session.run(Click::new("#pad").at(Point::new(7.0, 9.0))).await?;
    let log = session.text("#pointer-log").await?;
    // The box lies between pixels, and some drivers round.
    assert!([8, 9, 10].iter().any(|y| log.contains(&format!("click@7,{y}"))), "{log}");
    session.run(Hover::new("#pad").at(Point::new(3.0, 4.0))).await?;
    Ok(())
}

async fn waiting_for_an_element_to_go(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let wait =
        |selector: &str, state| WaitForElement::new(selector).with_state(state).with_timeout(Duration::from_secs(3));
    for (selector, state) in [
        ("#comes", ElementState::Hidden),
        ("#nowhere", ElementState::Hidden),
        ("#nowhere", ElementState::Detached),
        ("#no-frame >>> p", ElementState::Detached),
    ] {
        let found = session.run(wait(selector, state)).await?;
        assert_eq!((found.found, found.visible), (false, false), "{selector}");
    }
    session.evaluate("setTimeout(() => pad.remove(), 200); 1").await?;
    session.run(wait("#pad", ElementState::Detached)).await?;
    let error = refused(&cx, wait("h1", ElementState::Hidden)).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    let mut both = wait("h1", ElementState::Hidden);
    both.visible_only = Some(true);
    assert_eq!(refused(&cx, both).await.field(), Some("visible_only"));
    Ok(())
}

async fn waiting_for_a_function(cx: Context) -> Result<()> {
    let session = cx.visit("components?later").await?;
    let ready = session.run(WaitForFunction::new("window.ready")).await?;
    assert_eq!(ready.value()["answer"], 42);
    let called = session.run(WaitForFunction::new("() => Promise.resolve('yes') // so it is")).await?;
    assert_eq!(called.value(), "yes");
    let began = Instant::now();
    let error = session.run(WaitForFunction::new("nothing.of.that.name")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JavascriptError);
    assert!(began.elapsed() < Duration::from_secs(5));
    let short = WaitForFunction::new("false").with_timeout(Duration::from_secs(1));
    assert_eq!(session.run(short).await.unwrap_err().kind(), ErrorKind::Timeout);
    Ok(())
}

async fn waiting_lets_time_pass(cx: Context) -> Result<()> {
    let began = Instant::now();
    cx.session.run(Wait::new(Duration::from_millis(300))).await?;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(refused(&cx, Wait::new(Duration::from_secs(61))).await.field(), Some("ms"));
    Ok(())
}

async fn files_are_given_by_their_content(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let text = || UploadedFile::new("note.txt", b"hello");
    session.run(UploadFile::new("#file", [text()])).await?;
    session.run(WaitForFunction::new("document.querySelector('#file-log').textContent")).await?;
    assert_eq!(session.text("#file-log").await?, "note.txt|text/plain|5|hello");
    session.run(UploadFile::new("#files", [text(), UploadedFile::new("b.bin", &[0xff, 0, 1])])).await?;
    session.run(WaitForFunction::new("document.querySelector('#file-log').textContent.includes('b.bin')")).await?;
    assert!(session.text("#file-log").await?.contains("b.bin|application/octet-stream|3|"));
    for (selector, files, field) in [
        ("#file", vec![text(), text()], "files"),
        ("#file", vec![UploadedFile::new("a.pdf", b"x")], "files"),
        ("#area", vec![text()], "selector"),
        ("#file", vec![UploadedFile::new("../x.txt", b"x")], "files[0]"),
    ] {
        let error = refused(&cx, UploadFile::new(selector, files)).await;
        assert_eq!(error.field(), Some(field), "{error:?}");
    }
    Ok(())
}

async fn delays_stand_between_characters(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    let began = Instant::now();
    session.run(TypeText::new("#keys", "abcd").with_delay(Duration::from_millis(100))).await?;
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    assert_eq!(session.text("#keys").await?, "abcd");
    Ok(())
}

async fn selectors_count_and_go_inside(cx: Context) -> Result<()> {
    let session = cx.visit("components").await?;
    for (selector, text) in [
        (".row >> nth=1", "Bob edit"),
        (".row >> nth=-2", "Ada edit"),
        (".row:has-text(\"bob\")", "Bob edit"),
        ("li:has-text('Ada') > button", "edit"),
        ("#list >> text=Bob", "Bob edit"),
        ("#list >> css=li >> nth=0 >> text=edit", "edit"),
        ("text=\"Twice here\"", "Twice here"),
    ] {
        assert_eq!(session.text(selector).await?.trim(), text, "{selector}");
    }
    assert_eq!(session.attribute("text=Twice here", "id").await?.as_deref(), Some("shown-twice"));
    for silent in ["text=fill: red", "text=A titled drawing"] {
        assert_eq!(refused(&cx, WaitForElement::new(silent)).await.kind(), ErrorKind::NoSuchElement, "{silent}");
    }
    for bad in [":is(li:has-text('Ada'))", "li:has-text(Ada)", "li >> nth=first"] {
        assert_eq!(refused(&cx, WaitForElement::new(bad)).await.kind(), ErrorKind::InvalidSelector, "{bad}");
    }
    Ok(())
}
