//! `browsr serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use browsr::http::{ApiKey, CdpHost, Server, ServerConfig, TokenKey};
use clap::Args;
use tokio::net::TcpListener;
use url::Url;

use super::browser::BrowserArguments;
use super::signals::Signals;
use super::{Failure, print};

/// What `browsr serve` takes. The API keys come from the environment or from a file: a command line is for all to read.
#[derive(Debug, Args)]
#[command(after_help = "API keys come from BROWSR_API_KEY, separated by commas, or from --api-key-file. \
                        Without a key the server listens on loopback only.")]
pub(crate) struct ServeArgs {
    /// Where to listen. Anything but loopback needs an API key.
    #[arg(long, value_name = "ADDRESS", env = "BROWSR_LISTEN", default_value = "127.0.0.1:8082")]
    listen: SocketAddr,
    /// The URL that clients know the server by, where it stands behind a proxy.
    #[arg(long, value_name = "URL", env = "BROWSR_PUBLIC_URL")]
    public_url: Option<Url>,
    /// How many sessions there may be at once.
    #[arg(long, value_name = "N", env = "BROWSR_MAX_SESSIONS", default_value_t = 16)]
    max_sessions: usize,
    /// How many browsers may run at once: each API key has one, and so has a session with `isolation: "process"` or a
    /// window. Default: one for each 512 MiB of memory, 4 to 64.
    #[arg(long, value_name = "N", env = "BROWSR_MAX_BROWSERS", value_parser = clap::value_parser!(u16).range(1..))]
    max_browsers: Option<u16>,
    /// Read API keys from this file, one on a line.
    #[arg(long, value_name = "FILE", env = "BROWSR_API_KEY_FILE")]
    api_key_file: Option<PathBuf>,
    /// Let `cdp_url` name this host, besides those on loopback. May be repeated.
    #[arg(long, value_name = "HOST[:PORT]", env = "BROWSR_ALLOW_CDP_HOST", value_delimiter = ',')]
    allow_cdp_host: Vec<CdpHost>,
    /// Keep the key that signs frame tokens in this file; made if it is not there. Default: in the state folder.
    #[arg(long, value_name = "FILE", env = "BROWSR_TOKEN_KEY_FILE")]
    token_key_file: Option<PathBuf>,
    /// How long a caller waits for a slot.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    slot_timeout: Duration,
    /// How long opening a session may take in all.
    #[arg(long, value_name = "SECONDS", default_value = "40", value_parser = seconds)]
    create_timeout: Duration,
    /// How long a command may take unless it says otherwise.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    command_timeout: Duration,
    /// How long a scrape may take.
    #[arg(long, value_name = "SECONDS", default_value = "55", value_parser = seconds)]
    scrape_timeout: Duration,
    /// How long a session may stand idle unless it says otherwise.
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    idle_timeout: Duration,
    /// How long a session may live unless it says otherwise.
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    max_lifetime: Duration,
    /// How long running requests may go on after a signal.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    drain_timeout: Duration,
    #[command(flatten)]
    browser: BrowserArguments,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|error| error.to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

pub(crate) async fn run(arguments: ServeArgs) -> Result<ExitCode, Failure> {
    let mut signals = Signals::new()?;
    let config = config(&arguments)?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    let listen = listener.local_addr()?;
    // No page may reach our own port, by whatever name.
    let engine = arguments
        .browser
        .engine(&[listen.port()], arguments.max_sessions, arguments.max_browsers)?
        .max_sessions(arguments.max_sessions)
        .slot_timeout(arguments.slot_timeout)
        .create_timeout(arguments.create_timeout)
        .command_timeout(arguments.command_timeout)
        .scrape_timeout(arguments.scrape_timeout)
        .idle_timeout(arguments.idle_timeout)
        .max_lifetime(arguments.max_lifetime)
        .build()?;
    print(&format!("browsr listening on http://{listen}\n"))?;
    let (first, stop) = tokio::sync::oneshot::channel();
    let serving = Server::serve(listener, engine, config, async { drop(stop.await) });
    let impatience = async {
        let _ = signals.next().await;
        // The server may have ended by itself meanwhile.
        let _ = first.send(());
        signals.next().await
    };
    tokio::select! {
        served = serving => served.map(|()| ExitCode::SUCCESS).map_err(Failure::from),
        number = impatience => kill(number),
    }
}

/// Ends at once. The browsers and drivers hang on pipes of ours and end with us.
#[expect(clippy::exit, reason = "a second signal asks for just this; returning would wait for the runtime")]
fn kill(signal: u8) -> ! {
    std::process::exit(128 + i32::from(signal))
}

fn config(arguments: &ServeArgs) -> Result<ServerConfig, Failure> {
    let variable = std::env::var("BROWSR_API_KEY").unwrap_or_default();
    let mut keys = ApiKey::list(&variable)?;
    // Somebody meant to set one: a server without a key would not be what they asked for.
    if keys.is_empty() && !variable.trim().is_empty() {
        return Err("BROWSR_API_KEY holds no API key; unset it to serve without one".into());
    }
    if let Some(file) = &arguments.api_key_file {
        let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let read = ApiKey::list(&text)?;
        if read.is_empty() {
            return Err(format!("{} holds no API key", file.display()).into());
        }
        keys.extend(read);
    }
    let mut config = ServerConfig::new()
        .with_listen(arguments.listen)
        .with_api_keys(keys)
        .with_token_key(token_key(arguments)?)
        .with_drain_timeout(arguments.drain_timeout);
    if let Some(url) = &arguments.public_url {
        config = config.with_public_url(url.clone());
    }
    for host in &arguments.allow_cdp_host {
        config = config.with_cdp_host(host.clone());
    }
    // Before anything is bound or launched.
    config.validate()?;
    Ok(config)
}

fn token_key(arguments: &ServeArgs) -> Result<TokenKey, Failure> {
    if let Some(file) = &arguments.token_key_file {
        return Ok(TokenKey::load_or_create(file)?);
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    let Some(state) = state else { return Ok(TokenKey::random()) };
    Ok(TokenKey::load_or_create(&state.join("browsr/frame-token.key")).unwrap_or_else(|error| {
        tracing::warn!(%error, "frame tokens end with this process");
        TokenKey::random()
    }))
}
