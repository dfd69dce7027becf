//! The pipe transport: JSON texts with a NUL after each, over two pipes that only the browser and we hold.
#![cfg(unix)]

use std::io;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::message::is_for_reading;
use super::{Connection, Ends, EventSink, MAX_EVENT, MAX_REPLY, next_batch};

/// How much is kept of either end of a message that is too large.
const END: usize = 4 << 10;

/// Starts the reader and the writer of a connection over our ends of the pipes.
pub(crate) fn connect(
    to_browser: Sender,
    from_browser: Receiver,
    sink: Arc<dyn EventSink>,
    stop: CancellationToken,
    tasks: &TaskTracker,
) -> Connection {
    let (connection, mut ends) = Connection::new(sink, stop);
    let outbox = std::mem::replace(&mut ends.outbox, mpsc::unbounded_channel().1);
    let writer_connection = connection.clone();
    tasks.spawn(async move {
        let stop = writer_connection.0.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            _ = write(to_browser, outbox, &writer_connection) => stop.cancel(),
        }
    });
    tasks.spawn(async move {
        let stop = ends.stop();
        let reason = tokio::select! {
            () = stop.cancelled() => "its connection was closed".to_owned(),
            result = read(from_browser, &ends) => match result {
                Ok(()) => "it ended".to_owned(),
                Err(error) => error.to_string(),
            },
        };
        ends.gone(&reason);
    });
    connection
}

async fn write(
    mut to_browser: Sender,
    mut outbox: mpsc::UnboundedReceiver<Vec<u8>>,
    connection: &Connection,
) -> io::Result<()> {
    let mut batch = Vec::new();
    let mut text = Vec::new();
    while next_batch(&mut outbox, &mut batch).await.is_some() {
        text.clear();
        for message in &batch {
            text.extend_from_slice(message);
            text.push(0);
        }
        to_browser.write_all(&text).await?;
        connection.0.unsent.fetch_sub(text.len() - batch.len(), std::sync::atomic::Ordering::Relaxed);
        text.shrink_to(1 << 16);
    }
    Ok(())
}

async fn read(mut from_browser: Receiver, ends: &Ends) -> io::Result<()> {
    let mut buffer = BytesMut::with_capacity(1 << 16);
    // How much of the buffer is known to hold no end of a message.
    let mut scanned = 0;
    // The begin of a message that is too large, and how much of it is gone.
    let mut oversized: Option<(BytesMut, usize)> = None;
    loop {
        while let Some(step) = memchr::memchr(0, &buffer[scanned..]) {
            let message = buffer.split_to(scanned + step).freeze();
            buffer.advance(1);
            scanned = 0;
            match oversized.take() {
                None => ends.dispatch(&message),
                Some((head, gone)) => {
                    let tail = &message[message.len().saturating_sub(END)..];
                    ends.dispatch_oversized(&head, tail, head.len() + gone + message.len());
                }
            }
        }
        scanned = buffer.len();
        if let Some((_, gone)) = &mut oversized {
            // The last of it stays, in case that the end is near.
            let passed = scanned.saturating_sub(END);
            buffer.advance(passed);
            *gone += passed;
            scanned -= passed;
        } else if scanned > MAX_EVENT && (scanned > MAX_REPLY || !is_for_reading(&buffer[..END])) {
            let head = BytesMut::from(&buffer[..END]);
            // What it took of memory is given back.
            buffer = BytesMut::from(&buffer[scanned - END..]);
            oversized = Some((head, scanned - 2 * END));
            scanned = END;
        }
        buffer.reserve(1 << 16);
        if from_browser.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}
