//! The screencast: frames as the browser sends them, the newest for whoever looks next.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use browsr_core::session::{FrameStream, ScreencastFrame, ScreencastOptions};
use browsr_core::{Error, ImageFormat, OpContext, Result};
use bytes::Bytes;
use chromiumoxide::cdp::browser_protocol::page::{
    ScreencastFrameAckParams, StartScreencastFormat, StartScreencastParams, StopScreencastParams,
};
use futures_core::Stream;
use tokio::sync::watch;

use crate::connection::{SessionKey, base64_member};
use crate::session::CdpSession;
use crate::state::{Inner, SessionState};

/// A screencast that runs.
#[derive(Debug)]
pub(crate) struct Casting {
    params: StartScreencastParams,
    format: ImageFormat,
    /// The page that it shows.
    on: Option<SessionKey>,
    since: Instant,
    latest: watch::Sender<Option<ScreencastFrame>>,
    /// Tells one screencast from the next.
    number: u64,
}

impl CdpSession {
    pub(crate) async fn cast(&self, options: &ScreencastOptions, cx: &OpContext) -> Result<FrameStream> {
        let format = match options.format {
            ImageFormat::Png => StartScreencastFormat::Png,
            ImageFormat::Jpeg => StartScreencastFormat::Jpeg,
            other => {
                return Err(Error::unsupported(format!("the browser casts no {}; use jpeg or png", other.as_str())));
            }
        };
        let params = StartScreencastParams {
            format: Some(format),
            quality: Some(options.quality.min(100).into()),
            max_width: Some(options.max_width.into()),
            max_height: Some(options.max_height.into()),
            every_nth_frame: Some(1),
        };
        let (latest, frames) = watch::channel(None);
        let (session, number) = {
            let mut inner = self.state().lock();
            let session = Arc::clone(&inner.page()?.session);
            let number = inner.casting.as_ref().map_or(0, |casting| casting.number + 1);
            inner.casting = Some(Casting {
                params: params.clone(),
                format: options.format,
                on: Some(Arc::clone(&session)),
                since: Instant::now(),
                latest,
                number,
            });
            (session, number)
        };
        let guard = Guard { state: Arc::clone(self.state()), number };
        self.connection()
            .call(Some(&session), &params, cx)
            .await
            .map_err(|error| error.into_error("starting a screencast"))?;
        let next = Box::pin(next_frame(frames));
        Ok(FrameStream::new(Frames { next, _guard: guard }))
    }
}

impl SessionState {
    /// Takes a frame, asks for the next, and puts it where the newest is found.
    pub(crate) fn cast(&self, session: &str, message: &Bytes) {
        // The image is most of the message, which is never parsed as a whole.
        let Some(data) = base64_member(message, "data") else { return };
        let Some(ack) = frame_number(message) else { return };
        self.connection.post_command(Some(&session.into()), &ScreencastFrameAckParams::new(ack));
        let inner = self.lock();
        if let Some(casting) = inner.casting.as_ref().filter(|casting| casting.on.as_deref() == Some(session)) {
            let frame = ScreencastFrame::new(message.slice_ref(data), casting.format, casting.since.elapsed());
            casting.latest.send_replace(Some(frame));
        }
    }

    /// Has the screencast show the current page.
    pub(crate) fn move_casting(&self, inner: &mut Inner) {
        let page = inner.any_page().map(|page| Arc::clone(&page.session)).ok();
        let Some(casting) = &mut inner.casting else { return };
        if casting.on == page {
            return;
        }
        if let Some(old) = &casting.on {
            self.connection.post_command(Some(old), &StopScreencastParams::default());
        }
        if let Some(new) = &page {
            self.connection.post_command(Some(new), &casting.params);
        }
        casting.on = page;
    }
}

/// Reads the number of a frame, an integer, which tells it from the session id of the message, a text.
fn frame_number(message: &[u8]) -> Option<i64> {
    const KEY: &[u8] = b"\"sessionId\":";
    memchr::memmem::find_iter(message, KEY).find_map(|at| {
        let rest = &message[at + KEY.len()..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
    })
}

type Frame = Option<ScreencastFrame>;
type Receiver = watch::Receiver<Frame>;

async fn next_frame(mut frames: Receiver) -> (Frame, Receiver) {
    loop {
        if frames.changed().await.is_err() {
            return (None, frames);
        }
        let frame = frames.borrow_and_update().clone();
        if frame.is_some() {
            return (frame, frames);
        }
    }
}

struct Frames {
    next: Pin<Box<dyn Future<Output = (Frame, Receiver)> + Send>>,
    _guard: Guard,
}

impl Stream for Frames {
    type Item = Result<ScreencastFrame>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (frame, frames) = std::task::ready!(self.next.as_mut().poll(cx));
        self.next = Box::pin(next_frame(frames));
        Poll::Ready(frame.map(Ok))
    }
}

/// Stops the screencast when its stream goes.
struct Guard {
    state: Arc<SessionState>,
    number: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut inner = self.state.lock();
        if inner.casting.as_ref().is_some_and(|casting| casting.number == self.number)
            && let Some(Casting { on: Some(page), .. }) = inner.casting.take()
        {
            self.state.connection.post_command(Some(&page), &StopScreencastParams::default());
        }
    }
}
