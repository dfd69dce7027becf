//! The websocket transport, for browsers that run elsewhere: `ws://` and, by rustls with ring, `wss://`.

use std::sync::Arc;

use browsr_core::policy::redact_url;
use browsr_core::{Error, ErrorKind, OpContext, Result};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use super::{Connection, Ends, EventSink, next_batch};

/// The largest frame and message that a remote browser may send.
const MAX_FRAME: usize = 64 << 20;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects to a `ws://` or `wss://` endpoint.
pub(crate) async fn connect(
    url: &Url,
    sink: Arc<dyn EventSink>,
    stop: CancellationToken,
    tasks: &TaskTracker,
    cx: &OpContext,
) -> Result<Connection> {
    let config = WebSocketConfig::default().max_frame_size(Some(MAX_FRAME)).max_message_size(Some(MAX_FRAME));
    let connector = if url.scheme() == "wss" { Connector::Rustls(tls_config()) } else { Connector::Plain };
    let opening = tokio_tungstenite::connect_async_tls_with_config(url.as_str(), Some(config), true, Some(connector));
    let (socket, _) = tokio::time::timeout_at(cx.deadline().into(), opening)
        .await
        .map_err(|_| Error::timeout(format!("connecting to {}", redact_url(url))))?
        .map_err(|source| {
            Error::new(ErrorKind::ProvisionFailed, format!("no browser answers at {}", redact_url(url)))
                .with_source(source)
        })?;
    let (connection, mut ends) = Connection::new(sink, stop);
    let outbox = std::mem::replace(&mut ends.outbox, mpsc::unbounded_channel().1);
    let (to_browser, from_browser) = socket.split();
    let writer_connection = connection.clone();
    tasks.spawn(async move {
        let stop = writer_connection.0.stop.clone();
        let _ = write(to_browser, outbox, &writer_connection, &stop).await;
        stop.cancel();
    });
    tasks.spawn(async move {
        let stop = ends.stop();
        let reason = tokio::select! {
            () = stop.cancelled() => "its connection was closed".to_owned(),
            result = read(from_browser, &ends) => match result {
                Ok(()) => "it closed the connection".to_owned(),
                Err(error) => error.to_string(),
            },
        };
        ends.gone(&reason);
    });
    Ok(connection)
}

/// Returns a TLS configuration by ring, whatever provider the process has installed.
fn tls_config() -> Arc<rustls::ClientConfig> {
    let roots: rustls::RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows every protocol version that rustls does");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn write(
    mut to_browser: SplitSink<Socket, Message>,
    mut outbox: mpsc::UnboundedReceiver<Vec<u8>>,
    connection: &Connection,
    stop: &CancellationToken,
) -> Result<(), tungstenite::Error> {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return to_browser.close().await,
            more = next_batch(&mut outbox, &mut batch) => if more.is_none() {
                return to_browser.close().await;
            },
        }
        let mut sent = 0;
        for text in batch.drain(..) {
            sent += text.len();
            // What serde_json wrote is UTF-8.
            let Ok(text) = Utf8Bytes::try_from(Bytes::from(text)) else { continue };
            to_browser.feed(Message::Text(text)).await?;
        }
        to_browser.flush().await?;
        connection.0.unsent.fetch_sub(sent, std::sync::atomic::Ordering::Relaxed);
    }
}

async fn read(mut from_browser: SplitStream<Socket>, ends: &Ends) -> Result<(), tungstenite::Error> {
    while let Some(message) = from_browser.next().await {
        match message? {
            Message::Text(text) => ends.dispatch(&Bytes::from(text)),
            Message::Binary(bytes) => ends.dispatch(&bytes),
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}
