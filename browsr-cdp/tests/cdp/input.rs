use std::time::{Duration, Instant};

use browsr_core::input::{Action, Button, Input, Key, KeyChord, Transform};
use browsr_core::{ErrorKind, Point, Script};
use serde_json::json;

use crate::support::*;

cases! {
    keys_and_text_arrive_trusted_and_in_order
    chords_act_as_commands
    a_long_text_by_keys_is_fast_and_whole
    a_drag_ends_with_a_drop
    the_wheel_scrolls
    the_pointer_and_its_buttons_last_between_commands
    input_that_fails_lets_go_of_what_it_held
    a_frame_of_the_same_site_takes_scripts_and_input
    a_frame_of_another_site_takes_scripts_and_input
    a_reference_to_a_frame_ends_with_its_document
    what_is_no_frame_is_refused
}

const FIELD: &str = "<input id=f style='position:absolute;left:0;top:0;width:200px;height:60px'><script>\
    log=[];for(const t of ['keydown','input','keyup'])f.addEventListener(t,e=>log.push(t+':'+(e.key??e.data)+':'+e.isTrusted))</script>";

fn keys(text: &str) -> Vec<Action> {
    text.chars()
        .flat_map(|character| {
            let key = Key::character(character);
            [Action::KeyDown(key.clone()), Action::KeyUp(key)]
        })
        .collect()
}

async fn keys_and_text_arrive_trusted_and_in_order(chrome: Chrome) {
    let session = chrome.on(FIELD).await;
    let mut actions = click_at(20.0, 20.0);
    actions.extend(keys("aé"));
    actions.push(Action::Text("漢字😀".into()));
    actions.extend(keys("z"));
    act(&session, actions).await;
    assert_eq!(value(&session, "f.value").await, "aé漢字😀z");
    let log = value(&session, "log.join(' ')").await;
    let expected = "keydown:a:true input:a:true keyup:a:true keydown:é:true input:é:true keyup:é:true \
        input:漢字😀:true keydown:z:true input:z:true keyup:z:true";
    assert_eq!(log, expected);
}

async fn chords_act_as_commands(chrome: Chrome) {
    let session = chrome.on(FIELD).await;
    let mut actions = click_at(20.0, 20.0);
    actions.extend(keys("abc"));
    actions.extend(KeyChord::parse("Control+a").unwrap().actions());
    actions.extend(KeyChord::parse("Delete").unwrap().actions());
    actions.extend(keys("x"));
    actions.extend(KeyChord::parse("Shift+Home").unwrap().actions());
    act(&session, actions).await;
    assert_eq!(value(&session, "f.value + f.selectionStart + f.selectionEnd").await, "x01");
    // Modifiers are up again.
    act(&session, keys("q")).await;
    assert_eq!(value(&session, "f.value").await, "q");
}

async fn a_long_text_by_keys_is_fast_and_whole(chrome: Chrome) {
    let session = chrome.on(FIELD).await;
    act(&session, click_at(20.0, 20.0)).await;
    let text: String = ('a'..='z').cycle().take(500).collect();
    let started = Instant::now();
    act(&session, keys(&text)).await;
    let took = started.elapsed();
    assert_eq!(value(&session, "f.value").await, text);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

async fn a_drag_ends_with_a_drop(chrome: Chrome) {
    let session = chrome
        .on("<div id=a draggable=true style='position:absolute;left:0;top:0;width:50px;height:50px;background:red'></div>\
            <div id=b style='position:absolute;left:200px;top:0;width:100px;height:100px;background:blue'></div>\
            <script>got='';a.ondragstart=e=>e.dataTransfer.setData('text','cargo');b.ondragover=e=>e.preventDefault();\
            b.ondrop=e=>{e.preventDefault();got=e.dataTransfer.getData('text')+e.isTrusted}</script>")
        .await;
    let button = Button::Left;
    act(
        &session,
        vec![
            Action::PointerMove { to: Point::new(20.0, 20.0), steps: 1 },
            Action::PointerDown { button, click_count: 1 },
            Action::PointerMove { to: Point::new(240.0, 40.0), steps: 5 },
            Action::PointerMove { to: Point::new(250.0, 50.0), steps: 1 },
            Action::PointerUp { button, click_count: 1 },
        ],
    )
    .await;
    let dropped = async || value(&session, "got").await == "cargotrue";
    eventually("the drop came with its data", Duration::from_secs(2), dropped).await;
}

async fn the_wheel_scrolls(chrome: Chrome) {
    let session = chrome.on("<div style='height:5000px'>tall</div>").await;
    act(&session, vec![Action::Wheel { at: Point::new(100.0, 100.0), delta_x: 0.0, delta_y: 400.0 }]).await;
    let scrolled = async || value(&session, "scrollY").await == json!(400);
    eventually("the page has scrolled", Duration::from_secs(2), scrolled).await;
}

async fn the_pointer_and_its_buttons_last_between_commands(chrome: Chrome) {
    let session = chrome
        .on("<div style='position:absolute;left:0;top:0;width:100px;height:100px' id=d></div>\
            <script>log=[];d.onmousedown=e=>log.push('down'+e.button);d.onmousemove=e=>log.at(-1)==(m='move'+e.buttons)||log.push(m);d.oncontextmenu=e=>e.preventDefault();\
            d.onmouseup=e=>log.push('up'+e.clientX)</script>")
        .await;
    act(&session, vec![Action::PointerMove { to: Point::new(30.0, 30.0), steps: 1 }]).await;
    act(&session, vec![Action::PointerDown { button: Button::Right, click_count: 1 }]).await;
    act(&session, vec![Action::PointerMove { to: Point::new(60.0, 30.0), steps: 1 }]).await;
    act(&session, vec![Action::PointerUp { button: Button::Right, click_count: 1 }]).await;
    assert_eq!(value(&session, "log.join(' ')").await, "move0 down2 move2 up60");
}

async fn input_that_fails_lets_go_of_what_it_held(chrome: Chrome) {
    let session = chrome
        .on(&format!("{FIELD}<script>ups=0;addEventListener('mouseup',()=>ups++);addEventListener('keyup',e=>ups+=e.key=='Shift')</script>"))
        .await;
    let actions = vec![
        Action::PointerMove { to: Point::new(20.0, 20.0), steps: 1 },
        Action::PointerDown { button: Button::Left, click_count: 1 },
        Action::KeyDown(Key::named("Shift").unwrap()),
        Action::Pause(Duration::from_secs(5)),
    ];
    let error = session.perform_actions(&Input::new(actions), &millis(400)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let released = async || value(&session, "ups").await == json!(2);
    eventually("button and key were released", Duration::from_secs(2), released).await;
    act(&session, keys("a")).await;
    assert_eq!(value(&session, "log.at(-1)").await, "keyup:a:true");
}

const INNER: &str = "<style>body{margin:0}</style><input id=f style='width:150px;height:50px'>\
    <button id=b style='position:absolute;left:0;top:60px;width:150px;height:50px' onclick='clicks++'>b</button><script>clicks=0</script>";

async fn in_frame(chrome: &Chrome, inner: &str) {
    let session = chrome
        .on(&format!("<iframe src='{inner}' style='position:absolute;left:100px;top:50px;width:300px;height:200px;border:0'></iframe>"))
        .await;
    let locate = Script::function("() => document.querySelector('iframe')");
    let frame = session.frame(&locate, &within(5)).await.unwrap();
    let read = |source: &'static str| Script::function(source).in_frame(&frame);
    let path = session.evaluate(&read("() => location.pathname"), &within(5)).await.unwrap();
    assert_eq!(path, "/inner");
    // The page's own world of the frame.
    let page_world = Script::expression("clicks").in_frame(&frame);
    assert_eq!(session.evaluate(&page_world, &within(5)).await.unwrap()["value"], 0);
    let to_page = Transform::new(1.0, Point::new(100.0, 50.0));
    // A browser aims at a frame of another process by what that has drawn, which may be nothing yet: a press is
    // repeated until it comes, as commands do it. Each click comes once or not at all.
    let clicked = async || {
        let button = Input::new(click_at(20.0, 80.0)).in_frame(&frame, to_page);
        session.perform_actions(&button, &within(5)).await.unwrap();
        session.evaluate(&page_world, &within(5)).await.unwrap()["value"] == 1
    };
    eventually("the button of the frame was clicked", Duration::from_secs(5), clicked).await;
    session.perform_actions(&Input::new(click_at(20.0, 20.0)).in_frame(&frame, to_page), &within(5)).await.unwrap();
    let mut actions = keys("hi");
    actions.push(Action::Text("!".into()));
    session.perform_actions(&Input::new(actions).in_frame(&frame, to_page), &within(5)).await.unwrap();
    let typed = async || {
        session.evaluate(&read("() => document.querySelector('#f').value"), &within(5)).await.unwrap() == "hi!"
    };
    eventually("the text is in the field of the frame", Duration::from_secs(2), typed).await;
    assert_eq!(session.evaluate(&page_world, &within(5)).await.unwrap()["value"], 1);
}

async fn a_frame_of_the_same_site_takes_scripts_and_input(chrome: Chrome) {
    let inner = chrome.site.page("/inner", INNER);
    in_frame(&chrome, inner.as_str()).await;
}

async fn a_frame_of_another_site_takes_scripts_and_input(chrome: Chrome) {
    chrome.site.page("/inner", INNER);
    in_frame(&chrome, chrome.site.elsewhere("/inner").as_str()).await;
}

async fn a_reference_to_a_frame_ends_with_its_document(chrome: Chrome) {
    chrome.site.page("/inner", INNER);
    for inner in [chrome.site.url("/inner"), chrome.site.elsewhere("/inner")] {
        let session = chrome.on(&format!("<iframe src='{inner}'></iframe>")).await;
        let locate = Script::function("() => document.querySelector('iframe')");
        let frame = session.frame(&locate, &within(5)).await.unwrap();
        let read = Script::function("() => location.pathname").in_frame(&frame);
        assert_eq!(session.evaluate(&read, &within(5)).await.unwrap(), "/inner");
        value(
            &session,
            "new Promise(r=>{const i=document.querySelector('iframe');i.onload=r;i.src='/landed'}).then(()=>1)",
        )
        .await;
        assert_eq!(session.evaluate(&read, &within(5)).await.unwrap_err().kind(), ErrorKind::NoSuchFrame);
        let anew = session.frame(&locate, &within(5)).await.unwrap();
        let read = Script::function("() => location.pathname").in_frame(&anew);
        assert_eq!(session.evaluate(&read, &within(5)).await.unwrap(), "/landed");
        value(&session, "document.querySelector('iframe').remove()").await;
        assert_eq!(session.evaluate(&read, &within(5)).await.unwrap_err().kind(), ErrorKind::NoSuchFrame);
    }
}

async fn what_is_no_frame_is_refused(chrome: Chrome) {
    let session = chrome.on("<p id=p>x").await;
    for source in ["() => document.querySelector('p')", "() => null", "() => 1"] {
        let error = session.frame(&Script::function(source), &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoSuchFrame, "{source}");
    }
}
