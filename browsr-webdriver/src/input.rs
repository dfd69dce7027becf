//! Trusted input as [W3C actions](https://www.w3.org/TR/webdriver2/#actions), and what it leads to at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use browsr_core::input::{Action, ActionOutcome, Button, DialogSeen, Input, Key, NavigationSeen, Transform};
use browsr_core::options::PopupPolicy;
use browsr_core::{OpContext, Point, Result, Script};
use serde_json::{Value, json};

use crate::bidi::Bidi;
use crate::driver::DriverBrowser as Browser;
use crate::error::{CallError, Refusal};
use crate::keys::key_value;
use crate::line::Line;
use crate::session::WebDriverSession;

/// Presses of a button nearer to each other than this count as one more click each, so a new click waits it out.
const DOUBLE_CLICK: Duration = Duration::from_millis(600);
/// How long after input a window that opens is its doing.
const FOLLOWS: Duration = Duration::from_millis(500);

/// Where the pointer is, and when it was last pressed; lasts from one command to the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pointer: Point,
    clicked_at: Option<Instant>,
    buttons: Vec<Button>,
}

impl WebDriverSession {
    pub(crate) async fn act(&self, input: &Input, cx: &OpContext) -> Result<ActionOutcome> {
        if input.actions.is_empty() && self.state().input.buttons.is_empty() {
            // Nothing to release either: what is known of the page stays.
            return Ok(ActionOutcome::new());
        }
        let mut line = self.line(cx).await?;
        let fail = |error: CallError| match error {
            CallError::Refused(refusal) if refusal.status == fantoccini::error::ErrorStatus::NoSuchFrame => {
                crate::error::no_frame()
            }
            error => error.into_error("sending input"),
        };
        self.leave_alone_what_is_open(&line, cx).await?;
        line.look(true, true, cx).await.map_err(fail)?;
        let started = self.moves().started;
        {
            let mut state = self.state();
            state.started = started;
            state.refresh = None;
        }
        let before = self.current()?;
        // Chrome takes the coordinates of the page wherever it looks, Firefox those of the frame.
        let frame = input.frame.token().filter(|_| self.browser == Browser::Firefox);
        let way = Way { frame, bidi: self.bidi.as_ref().filter(|_| frame.is_some()) };
        if way.bidi.is_none() {
            line.enter(frame, cx).await.map_err(fail)?;
        }
        let released = if input.releases { self.let_go(&line, cx).await } else { Vec::new() };
        let recent = self.state().input.clicked_at.is_some_and(|at| at.elapsed() < DOUBLE_CLICK);
        if recent && begins_click(input) && self.state().input.buttons.is_empty() {
            // The driver forgets the click before, and so does not take this one for its second half.
            let _ = way.release(&line, cx).await;
        }
        let dispatched = self.perform(&mut line, &way, input, cx).await;
        let completed = match dispatched {
            Ok(()) => true,
            Err(error) if error.is_prompt() => {
                self.answer_prompt(&error).await;
                true
            }
            Err(error) if error.is_closed_window() || (frame.is_some() && error.is_lost_context()) => {
                line.doubt_frame();
                false
            }
            Err(error) => {
                if !matches!(error, CallError::Deadline | CallError::Gone(_)) {
                    let _ = way.release(&line, &OpContext::within(Duration::from_millis(500))).await;
                }
                self.state().input = Held::default();
                return Err(fail(error));
            }
        };
        let mut outcome = self.outcome(&mut line, &before, completed, cx).await?;
        outcome.released = released;
        Ok(outcome)
    }

    /// Performs input part by part: what the driver's keys cannot type is inserted between.
    async fn perform(
        &self,
        line: &mut Line<'_>,
        way: &Way<'_>,
        input: &Input,
        cx: &OpContext,
    ) -> Result<(), CallError> {
        for part in input.actions.split_inclusive(is_insertion) {
            let (inserted, performed) = match part.split_last() {
                Some((Action::Text(text), rest)) if text.contains('\t') => (Some(text), rest),
                _ => (None, part),
            };
            if !performed.is_empty() {
                let (sources, held) = self.sources(performed, &input.to_page, way.frame.is_some());
                let performed = way.perform(line, sources, cx).await;
                if performed.is_ok() || performed.as_ref().is_err_and(CallError::is_prompt) {
                    self.state().input = held;
                }
                performed?;
            }
            if let Some(text) = inserted {
                self.insert(line, input, text, cx).await?;
            }
        }
        Ok(())
    }

    /// Inserts text where the focus is.
    async fn insert(&self, line: &mut Line<'_>, input: &Input, text: &str, cx: &OpContext) -> Result<(), CallError> {
        let Some(bidi) = &self.bidi else {
            let frame = input.frame.token().filter(|_| self.browser == Browser::Firefox);
            line.enter(frame, cx).await?;
            let insert = "document.execCommand('insertText', false, arguments[0]); return 1";
            return line.execute(insert, json!([text]), cx).await.map(drop);
        };
        let insert = Script::function("text => document.execCommand('insertText', false, text)");
        let inserted = self.run_by_bidi(bidi, &insert.arg(text).in_frame(&input.frame), cx).await;
        inserted.map(drop).map_err(|error| {
            CallError::Refused(Refusal {
                status: fantoccini::error::ErrorStatus::UnknownError,
                message: error.message().to_owned(),
                prompt: None,
            })
        })
    }

    /// Releases the buttons that input has left pressed, and says which they were.
    pub(crate) async fn let_go(&self, line: &Line<'_>, cx: &OpContext) -> Vec<Button> {
        let held = std::mem::take(&mut self.state().input.buttons);
        if !held.is_empty() {
            let up = |button: &Button| json!({ "type": "pointerUp", "button": button_number(*button) });
            let mut ticks = Ticks::default();
            for button in &held {
                ticks.pointer(up(button));
            }
            let way = Way { frame: None, bidi: None };
            if let Err(error) = way.perform(line, ticks.into_body(), cx).await {
                tracing::debug!(?error, "buttons could not be released");
            }
        }
        held
    }

    /// Looks at what came of input.
    async fn outcome(
        &self,
        line: &mut Line<'_>,
        before: &Arc<str>,
        completed: bool,
        cx: &OpContext,
    ) -> Result<ActionOutcome> {
        let mut outcome = ActionOutcome::new();
        outcome.completed = completed;
        self.state().input_at = Some(Instant::now());
        // The mark is read where the input went; that the page holds scripts back says that it is leaving.
        let started = self.state().started;
        let leaving = async {
            loop {
                tokio::time::sleep(Duration::from_millis(10)).await;
                let moves = self.moves();
                if moves.started > started && moves.ending.is_none() {
                    return;
                }
            }
        };
        let look = tokio::select! {
            biased;
            look = line.look(false, false, cx) => look,
            // Chrome holds scripts back until the new document is there, which may take for ever.
            () = leaving, if self.browser == Browser::Chrome && self.bidi.is_some() => {
                self.state().input_at = Some(Instant::now());
                outcome.navigation = NavigationSeen::Pending;
                outcome.dialogs = self.take_dialogs();
                return Ok(outcome);
            }
        };
        self.state().input_at = Some(Instant::now());
        let gone = self.current()? != *before;
        outcome.navigation = match &look {
            _ if gone => NavigationSeen::None,
            Ok(look) => match look.known {
                None => NavigationSeen::Committed,
                Some(known) if known.pending => NavigationSeen::Pending,
                Some(known) if known.same > 0 => NavigationSeen::SameDocument,
                Some(_) => NavigationSeen::None,
            },
            Err(CallError::Deadline) => NavigationSeen::Pending,
            Err(_) => NavigationSeen::None,
        };
        if let Err(error @ CallError::Gone(_)) = look {
            return Err(error.into_error("sending input"));
        }
        outcome.opened = self.find_windows(line, cx).await?;
        outcome.dialogs = self.take_dialogs();
        Ok(outcome)
    }

    fn take_dialogs(&self) -> Vec<DialogSeen> {
        let mut dialogs = std::mem::take(&mut self.state().dialogs_seen);
        if let Some(bidi) = &self.bidi {
            dialogs.append(&mut bidi.events().dialogs);
        }
        dialogs
    }

    /// Notes the windows that no input has opened, before the next input: they are not its own.
    pub(crate) async fn leave_alone_what_is_open(&self, line: &Line<'_>, cx: &OpContext) -> Result<()> {
        let open: Vec<Box<str>> = match &self.bidi {
            Some(bidi) => bidi.events().windows(),
            None => match line.wire().get("window/handles", cx).await {
                Ok(handles) => {
                    handles.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect()
                }
                Err(error) => return Err(error.into_error("looking for pages")),
            },
        };
        let mut state = self.state();
        let since = state.input_at;
        for window in open {
            let opened_at = self.bidi.as_ref().and_then(|bidi| bidi.events().opened_at(&window));
            let late = since.zip(opened_at).is_some_and(|(input, at)| at >= input && at - input < FOLLOWS);
            if !state.followed.iter().chain(&state.ignored).any(|known| **known == *window) {
                // One that input has opened a little later takes the place of the page.
                if late && self.popups == PopupPolicy::Follow {
                    state.followed.push(window.into());
                } else {
                    state.ignored.push(window.into());
                }
            }
        }
        Ok(())
    }

    /// Looks for windows that were opened, and follows the last where that is the policy.
    async fn find_windows(&self, line: &mut Line<'_>, cx: &OpContext) -> Result<u32> {
        let handles = match line.wire().get("window/handles", cx).await {
            Ok(handles) => handles,
            Err(CallError::Deadline) => return Ok(0),
            Err(error) => return Err(error.into_error("looking for new pages")),
        };
        let mut handles: Vec<Arc<str>> =
            handles.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect();
        if let Some(bidi) = &self.bidi {
            // Closed as they came.
            handles.retain(|window| !bidi.events().is_refused(window));
        } else {
            let known = |window: &Arc<str>| {
                let state = self.state();
                state.followed.contains(window) || state.ignored.contains(window)
            };
            let mut surplus = handles.len().saturating_sub(self.max_pages);
            let mut kept = Vec::with_capacity(handles.len());
            // In whatever order the driver lists them, it is the new ones that are too many.
            for window in handles.into_iter().rev() {
                if surplus > 0 && !known(&window) {
                    surplus -= 1;
                    line.close_window(&window, cx).await;
                    self.state().refused += 1;
                } else {
                    kept.push(window);
                }
            }
            kept.reverse();
            handles = kept;
        }
        let mut state = self.state();
        state.followed.retain(|window| handles.contains(window));
        state.ignored.retain(|window| handles.contains(window));
        let new: Vec<_> = handles
            .into_iter()
            .filter(|window| !state.followed.contains(window) && !state.ignored.contains(window))
            .collect();
        let opened = u32::try_from(new.len()).unwrap_or(u32::MAX);
        for window in new {
            if self.popups == PopupPolicy::Follow {
                state.followed.push(window);
                state.fresh = true;
            } else {
                state.ignored.push(window);
            }
        }
        Ok(opened)
    }

    /// Makes the sources of one call: each action is one tick, in which the other sources pause.
    fn sources(&self, actions: &[Action], to_page: &Transform, in_frame: bool) -> (Value, Held) {
        let map = |point: Point| if in_frame { point } else { to_page.apply(point) };
        let mut ticks = Ticks::default();
        let mut held = self.state().input.clone();
        for action in actions {
            match action {
                Action::PointerMove { to, steps } => {
                    let (from, to) = (held.pointer, map(*to));
                    let steps = (*steps).clamp(1, 1000);
                    for step in 1..=steps {
                        let part = f64::from(step) / f64::from(steps);
                        let (x, y) = (from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part);
                        ticks.pointer(move_to(x, y));
                    }
                    held.pointer = to;
                }
                Action::PointerDown { button, .. } => {
                    held.clicked_at = Some(Instant::now());
                    if !held.buttons.contains(button) {
                        held.buttons.push(*button);
                    }
                    ticks.pointer(json!({ "type": "pointerDown", "button": button_number(*button) }));
                }
                Action::PointerUp { button, .. } => {
                    held.buttons.retain(|held| held != button);
                    ticks.pointer(json!({ "type": "pointerUp", "button": button_number(*button) }));
                }
                Action::Wheel { at, delta_x, delta_y } => {
                    held.pointer = map(*at);
                    ticks.pointer(move_to(held.pointer.x, held.pointer.y));
                    ticks.wheel(json!({
                        "type": "scroll", "duration": 0, "x": whole(held.pointer.x), "y": whole(held.pointer.y),
                        "deltaX": whole(*delta_x), "deltaY": whole(*delta_y),
                    }));
                }
                Action::KeyDown(key) => ticks.key("keyDown", &key_value(key)),
                Action::KeyUp(key) => ticks.key("keyUp", &key_value(key)),
                Action::Text(text) => {
                    for character in text.chars() {
                        let value = key_value(&Key::character(character));
                        ticks.key("keyDown", &value);
                        ticks.key("keyUp", &value);
                    }
                }
                Action::Pause(time) => ticks.pause(*time),
                _ => {}
            }
        }
        (ticks.into_body(), held)
    }
}

/// How input gets to where it is for: by BiDi into a frame, which has a name there, else by the driver.
struct Way<'a> {
    frame: Option<&'a str>,
    bidi: Option<&'a Bidi>,
}

impl Way<'_> {
    async fn perform(&self, line: &Line<'_>, mut sources: Value, cx: &OpContext) -> Result<(), CallError> {
        match self.bidi {
            Some(bidi) => {
                sources["context"] = self.frame.into();
                bidi.call("input.performActions", &sources, cx).await.map(drop)
            }
            None => line.wire().post("actions", &sources, cx).await.map(drop),
        }
    }

    /// Has what is held released and earlier clicks forgotten.
    async fn release(&self, line: &Line<'_>, cx: &OpContext) -> Result<(), CallError> {
        match self.bidi {
            Some(bidi) => bidi.call("input.releaseActions", &json!({ "context": self.frame }), cx).await.map(drop),
            None => line.wire().delete("actions", cx).await.map(drop),
        }
    }
}

/// Whether an action is a text that keys would make something else of: a tab moves on.
fn is_insertion(action: &Action) -> bool {
    matches!(action, Action::Text(text) if text.contains('\t'))
}

fn begins_click(input: &Input) -> bool {
    input.actions.iter().any(|action| matches!(action, Action::PointerDown { click_count: 1, .. }))
}

fn move_to(x: f64, y: f64) -> Value {
    json!({ "type": "pointerMove", "duration": 0, "origin": "viewport", "x": x, "y": y })
}

/// The wheel knows whole pixels only.
#[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
fn whole(number: f64) -> i32 {
    number.round() as i32
}

const fn button_number(button: Button) -> u8 {
    match button {
        Button::Middle => 1,
        Button::Right => 2,
        _ => 0,
    }
}

/// The ticks of all sources; a source without an action in a tick pauses.
#[derive(Default)]
struct Ticks {
    count: usize,
    pointer: Vec<Value>,
    keys: Vec<Value>,
    wheel: Vec<Value>,
    /// Whether the modifier keys of the sequence come before or behind; nothing is sent of a source without use.
    used: [bool; 3],
}

impl Ticks {
    fn tick(&mut self, source: usize, action: Value) {
        let rest = || json!({ "type": "pause", "duration": 0 });
        let mut action = Some(action);
        for (index, list) in [&mut self.pointer, &mut self.keys, &mut self.wheel].into_iter().enumerate() {
            list.push(if index == source { action.take().unwrap_or_else(rest) } else { rest() });
        }
        self.used[source] = true;
        self.count += 1;
    }

    fn pointer(&mut self, action: Value) {
        self.tick(0, action);
    }

    fn key(&mut self, kind: &str, value: &str) {
        self.tick(1, json!({ "type": kind, "value": value }));
    }

    fn wheel(&mut self, action: Value) {
        self.tick(2, action);
    }

    fn pause(&mut self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.tick(0, json!({ "type": "pause", "duration": ms }));
    }

    fn into_body(self) -> Value {
        let [pointer, keys, wheel] = self.used;
        let mut sources = Vec::new();
        if pointer {
            sources.push(json!({
                "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": self.pointer,
            }));
        }
        if keys {
            sources.push(json!({ "type": "key", "id": "keyboard", "actions": self.keys }));
        }
        if wheel {
            sources.push(json!({ "type": "wheel", "id": "wheel", "actions": self.wheel }));
        }
        json!({ "actions": sources })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_keep_step() {
        let mut ticks = Ticks::default();
        ticks.key("keyDown", "a");
        ticks.pointer(move_to(1.0, 2.0));
        let body = ticks.into_body();
        assert_eq!(body["actions"].as_array().map(Vec::len), Some(2));
        assert_eq!(body["actions"][0]["actions"][0]["type"], "pause");
        assert_eq!(body["actions"][0]["actions"][1]["x"], 1.0);
        assert_eq!(body["actions"][1]["actions"][0]["value"], "a");
    }
}
