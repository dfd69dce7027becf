//! Trusted input: pointer, wheel, keys and text, and what it leads to at once.

use std::sync::Arc;
use std::time::Instant;

use browsr_core::input::{Action, ActionOutcome, Button, Input, Key, Modifiers, NavigationSeen};
use browsr_core::{Error, OpContext, Point, Result};
use chromiumoxide::cdp::browser_protocol::input::{
    DispatchKeyEventParams, DispatchKeyEventType, DispatchMouseEventParams, DispatchMouseEventType, InsertTextParams,
    MouseButton,
};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;

use crate::connection::{SessionKey, StartedCall};
use crate::error::CallError;
use crate::evaluate::no_frame;
use crate::session::CdpSession;
use crate::state::Look;

/// How many calls may be under way before their answers are waited for.
const MAX_AHEAD: usize = 64;

/// What is held down, and where the pointer is; lasts from one command to the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pointer: Point,
    buttons: Vec<Button>,
    modifiers: Modifiers,
    keys: Vec<Key>,
}

/// Events that may be sent without waiting for each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Pointer,
    Keys,
}

struct Dispatch<'a> {
    session: &'a CdpSession,
    page: SessionKey,
    held: Held,
    ahead: Vec<StartedCall>,
    sort: Sort,
}

impl CdpSession {
    pub(crate) async fn act(&self, input: &Input, cx: &OpContext) -> Result<ActionOutcome> {
        if input.actions.is_empty() && self.state().lock().input.buttons.is_empty() {
            // Nothing to release either: what is known of the page stays.
            return Ok(ActionOutcome::new());
        }
        let (target, page, epoch, held) = {
            let mut inner = self.state().lock();
            inner.take_denied()?;
            let page = inner.page()?;
            if let Some(token) = input.frame.token() {
                let (id, main) = token.split_once('#').ok_or_else(no_frame)?;
                if page.frames.get(id).is_none_or(|frame| frame.main.as_deref() != Some(main)) {
                    return Err(no_frame());
                }
            }
            page.navigation.begin_input();
            let found = (Arc::clone(&page.target), Arc::clone(&page.session), page.navigation.epoch);
            inner.opened = 0;
            inner.input_running = true;
            (found.0, found.1, found.2, inner.input.clone())
        };
        let _running = Running(self);
        let mut dispatch =
            Dispatch { session: self, page: Arc::clone(&page), held, ahead: Vec::new(), sort: Sort::Pointer };
        let released = if input.releases { dispatch.release_buttons() } else { Vec::new() };
        let dispatched = dispatch.all(input, cx).await;
        let completed = match &dispatched {
            Ok(()) => true,
            Err(error) if self.page_is_gone(&target, error) => false,
            Err(_) => {
                dispatch.release();
                self.state().lock().input = Held { pointer: dispatch.held.pointer, ..Held::default() };
                return Err(dispatched.expect_err("this is the arm of errors").into_error("input"));
            }
        };
        self.state().lock().input = dispatch.held;
        if completed {
            self.fence(&target, &page, epoch, cx).await?;
        }
        let mut inner = self.state().lock();
        let mut outcome = ActionOutcome::new();
        outcome.completed = completed;
        outcome.released = released;
        outcome.opened = inner.opened;
        outcome.dialogs = std::mem::take(&mut inner.dialogs);
        inner.take_denied()?;
        if let Some(page) = inner.page_of(&target) {
            let navigation = &mut page.navigation;
            navigation.input_at = Some(Instant::now());
            outcome.navigation = if navigation.is_pending() {
                NavigationSeen::Pending
            } else if navigation.epoch == epoch {
                NavigationSeen::None
            } else if navigation.same_document {
                NavigationSeen::SameDocument
            } else {
                NavigationSeen::Committed
            };
        }
        Ok(outcome)
    }

    /// Releases the buttons that input has left pressed, without waiting.
    pub(crate) fn let_go(&self) {
        let (page, held) = {
            let mut inner = self.state().lock();
            let Ok(page) = inner.page().map(|page| Arc::clone(&page.session)) else { return };
            (page, inner.input.clone())
        };
        if held.buttons.is_empty() {
            return;
        }
        let mut dispatch = Dispatch { session: self, page, held, ahead: Vec::new(), sort: Sort::Pointer };
        dispatch.release_buttons();
        self.state().lock().input = dispatch.held;
    }

    /// Whether input failed because it closed its page, and the session goes on with another.
    fn page_is_gone(&self, target: &str, error: &CallError) -> bool {
        matches!(error, CallError::Detached) && {
            let mut inner = self.state().lock();
            inner.page_of(target).is_none()
        }
    }

    /// Waits until the events that belong to the input have come. The browser holds a script back while the page is on
    /// its way to another document, so the first sign of that is as good.
    async fn fence(&self, target: &str, page: &SessionKey, epoch: u64, cx: &OpContext) -> Result<()> {
        let fence = self.connection().start_command(Some(page), &EvaluateParams::new("1"));
        let moved = self.state().wait("the page was taking input", cx, |inner| match inner.page_of(target) {
            Some(page) if !page.crashed && !page.navigation.is_started() && page.navigation.epoch == epoch => {
                Look::Wait
            }
            _ => Look::Ready(Ok(())),
        });
        tokio::select! {
            biased;
            passed = fence.wait(cx) => match passed {
                Err(CallError::Deadline) => Err(Error::timeout("the page was taking input")),
                Err(error @ CallError::Gone(_)) => Err(error.into_error("input")),
                // A page that closed or crashed of it has taken it.
                _ => Ok(()),
            },
            moved = moved => moved,
        }
    }
}

/// Input is under way as long as this lives, however the future ends.
struct Running<'a>(&'a CdpSession);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.state().lock().input_running = false;
    }
}

impl Dispatch<'_> {
    async fn all(&mut self, input: &Input, cx: &OpContext) -> Result<(), CallError> {
        for action in &input.actions {
            match action {
                Action::PointerMove { to, steps } => {
                    let to = input.to_page.apply(*to);
                    let from = self.held.pointer;
                    let steps = (*steps).clamp(1, 1000);
                    if !self.held.buttons.is_empty() {
                        self.catch_up(cx).await?;
                    }
                    for step in 1..=steps {
                        let part = f64::from(step) / f64::from(steps);
                        self.held.pointer =
                            Point::new(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part);
                        let event = self.mouse(DispatchMouseEventType::MouseMoved);
                        self.send(Sort::Pointer, &event, cx).await?;
                        if steps > 1 || !self.held.buttons.is_empty() {
                            // Moves that are sent together count as one; a path and a drag need each of them.
                            self.catch_up(cx).await?;
                        }
                    }
                }
                Action::PointerDown { button, click_count } => {
                    if !self.held.buttons.contains(button) {
                        self.held.buttons.push(*button);
                    }
                    self.press(DispatchMouseEventType::MousePressed, *button, *click_count, cx).await?;
                }
                Action::PointerUp { button, click_count } => {
                    self.held.buttons.retain(|held| held != button);
                    self.press(DispatchMouseEventType::MouseReleased, *button, *click_count, cx).await?;
                }
                Action::Wheel { at, delta_x, delta_y } => {
                    self.held.pointer = input.to_page.apply(*at);
                    let event = DispatchMouseEventParams {
                        delta_x: Some(*delta_x),
                        delta_y: Some(*delta_y),
                        ..self.mouse(DispatchMouseEventType::MouseWheel)
                    };
                    self.send(Sort::Pointer, &event, cx).await?;
                }
                Action::KeyDown(key) => self.key_down(key, cx).await?,
                Action::KeyUp(key) => self.key_up(key, cx).await?,
                Action::Text(text) => self.send(Sort::Keys, &InsertTextParams::new(text.as_str()), cx).await?,
                Action::Pause(time) => {
                    self.catch_up(cx).await?;
                    tokio::time::sleep((*time).min(cx.remaining())).await;
                    if cx.is_expired() {
                        return Err(CallError::Deadline);
                    }
                }
                _ => {
                    return Err(CallError::Refused { code: 0, message: "the cdp backend knows no such action".into() });
                }
            }
        }
        self.catch_up(cx).await
    }

    async fn press(
        &mut self,
        kind: DispatchMouseEventType,
        button: Button,
        click_count: u32,
        cx: &OpContext,
    ) -> Result<(), CallError> {
        let event = DispatchMouseEventParams {
            button: Some(mouse_button(button)),
            click_count: Some(click_count.into()),
            ..self.mouse(kind)
        };
        self.send(Sort::Pointer, &event, cx).await
    }

    fn mouse(&self, kind: DispatchMouseEventType) -> DispatchMouseEventParams {
        let buttons = self.held.buttons.iter().fold(0, |mask, button| mask | button_bit(*button));
        DispatchMouseEventParams {
            button: self.held.buttons.first().map(|button| mouse_button(*button)),
            buttons: Some(buttons),
            modifiers: Some(self.held.modifiers.bits().into()),
            ..DispatchMouseEventParams::new(kind, self.held.pointer.x, self.held.pointer.y)
        }
    }

    async fn key_down(&mut self, key: &Key, cx: &OpContext) -> Result<(), CallError> {
        self.held.modifiers = self.held.modifiers.union(key.modifier());
        let repeats = self.held.keys.contains(key);
        if !repeats {
            self.held.keys.push(key.clone());
        }
        // With Control, Alt or Meta a key is a command and makes no text.
        let commands = self.held.modifiers.without(Modifiers::SHIFT) != Modifiers::NONE;
        let text = (!key.text.is_empty() && !commands).then(|| key.text.clone());
        let kind = if text.is_some() { DispatchKeyEventType::KeyDown } else { DispatchKeyEventType::RawKeyDown };
        let event = DispatchKeyEventParams {
            unmodified_text: text.clone(),
            text,
            auto_repeat: Some(repeats),
            ..self.key(kind, key)
        };
        self.send(Sort::Keys, &event, cx).await
    }

    async fn key_up(&mut self, key: &Key, cx: &OpContext) -> Result<(), CallError> {
        self.held.modifiers = self.held.modifiers.without(key.modifier());
        self.held.keys.retain(|held| held != key);
        let event = self.key(DispatchKeyEventType::KeyUp, key);
        self.send(Sort::Keys, &event, cx).await
    }

    fn key(&self, kind: DispatchKeyEventType, key: &Key) -> DispatchKeyEventParams {
        DispatchKeyEventParams {
            key: Some(key.key.clone()),
            code: Some(key.code.to_owned()),
            windows_virtual_key_code: Some(key.key_code.into()),
            native_virtual_key_code: Some(key.key_code.into()),
            modifiers: Some(self.held.modifiers.bits().into()),
            // The protocol has a flag for the numeric keypad, and only left and right besides.
            is_keypad: Some(key.location == 3),
            location: Some(if key.location == 3 { 0 } else { key.location.into() }),
            ..DispatchKeyEventParams::new(kind)
        }
    }

    /// Sends an event without waiting for the answer, where the browser keeps the order.
    async fn send<C: chromiumoxide::types::Command + Sync>(
        &mut self,
        sort: Sort,
        event: &C,
        cx: &OpContext,
    ) -> Result<(), CallError> {
        // Pointer events are aimed, which takes time, and keys go to what has the focus after that.
        if self.sort != sort || self.ahead.len() >= MAX_AHEAD {
            self.catch_up(cx).await?;
            self.sort = sort;
        }
        self.ahead.push(self.session.connection().start_command(Some(&self.page), event));
        Ok(())
    }

    /// Waits for the answers to all that was sent.
    async fn catch_up(&mut self, cx: &OpContext) -> Result<(), CallError> {
        for call in std::mem::take(&mut self.ahead) {
            call.wait(cx).await?.result::<serde::de::IgnoredAny>()?;
        }
        Ok(())
    }

    /// Lets go of the buttons that are held, without waiting, and says which they were.
    fn release_buttons(&mut self) -> Vec<Button> {
        let released = std::mem::take(&mut self.held.buttons);
        for button in &released {
            let event = DispatchMouseEventParams {
                button: Some(mouse_button(*button)),
                click_count: Some(1),
                ..self.mouse(DispatchMouseEventType::MouseReleased)
            };
            self.session.connection().post_command(Some(&self.page), &event);
        }
        released
    }

    /// Lets go of everything that is held, without waiting.
    fn release(&mut self) {
        self.release_buttons();
        let connection = self.session.connection();
        for key in std::mem::take(&mut self.held.keys).into_iter().rev() {
            self.held.modifiers = self.held.modifiers.without(key.modifier());
            connection.post_command(Some(&self.page), &self.key(DispatchKeyEventType::KeyUp, &key));
        }
    }
}

const fn button_bit(button: Button) -> i64 {
    match button {
        Button::Right => 2,
        Button::Middle => 4,
        _ => 1,
    }
}

const fn mouse_button(button: Button) -> MouseButton {
    match button {
        Button::Right => MouseButton::Right,
        Button::Middle => MouseButton::Middle,
        _ => MouseButton::Left,
    }
}
