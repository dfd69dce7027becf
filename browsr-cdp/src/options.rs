//! [`LaunchOptions`]: which browser is launched, and how.

use std::path::PathBuf;
use std::time::Duration;

use browsr_core::process::Sandbox;

/// How browsers are launched. The defaults are right for a server and for a desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaunchOptions {
    /// The browser to start, used for every session; none to look for one.
    pub executable: Option<PathBuf>,
    /// Which program serves headless sessions where none is named.
    pub headless: HeadlessBinary,
    /// Whether the browser confines its processes. Only an explicit choice switches it off, and it is logged.
    pub sandbox: Sandbox,
    /// The user to run as, where we are root; none for `nobody` (65534). Without root it has no effect.
    pub run_as: Option<u32>,
    /// How long a browser may take to answer after its start.
    pub timeout: Duration,
    /// Ports on which no page may reach anything by any host: those of our own servers.
    pub blocked_ports: Vec<u16>,
    /// How many browsers may run at once; none for one per 512 MiB of memory, 4 to 64. Each owner of sessions has one, and
    /// so has each session with [`Isolation::Process`](browsr_core::Isolation::Process) or a window. Where all are in use, a
    /// new session waits until its time is up and fails with [`PoolExhausted`](browsr_core::ErrorKind::PoolExhausted).
    pub max_browsers: Option<usize>,
    /// How we talk to the browser.
    pub transport: Transport,
    /// Switches of the embedding program itself, such as `--lang=de`. Never pass on what a user of it sent.
    pub extra_args: Vec<String>,
}

impl LaunchOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the browser to start.
    #[must_use]
    pub fn with_executable(mut self, executable: impl Into<PathBuf>) -> Self {
        self.executable = Some(executable.into());
        self
    }

    /// Chooses the program for headless sessions.
    #[must_use]
    pub const fn with_headless(mut self, headless: HeadlessBinary) -> Self {
        self.headless = headless;
        self
    }

    /// Chooses whether the browser confines its processes.
    #[must_use]
    pub const fn with_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Names the user to run as where we are root.
    #[must_use]
    pub const fn with_run_as(mut self, user: u32) -> Self {
        self.run_as = Some(user);
        self
    }

    /// Sets how long a browser may take to answer after its start.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the ports that no page may reach.
    #[must_use]
    pub fn with_blocked_ports(mut self, ports: impl Into<Vec<u16>>) -> Self {
        self.blocked_ports = ports.into();
        self
    }

    /// Sets how many browsers may run at once, at least one.
    #[must_use]
    pub const fn with_max_browsers(mut self, max: usize) -> Self {
        self.max_browsers = Some(max);
        self
    }

    /// Chooses how we talk to the browser.
    #[must_use]
    pub const fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Adds a switch of the embedding program itself.
    #[must_use]
    pub fn with_extra_arg(mut self, switch: impl Into<String>) -> Self {
        self.extra_args.push(switch.into());
        self
    }
}

impl Default for LaunchOptions {
    fn default() -> Self {
        Self {
            executable: None,
            headless: HeadlessBinary::default(),
            sandbox: Sandbox::default(),
            run_as: None,
            timeout: Duration::from_secs(20),
            blocked_ports: Vec::new(),
            max_browsers: None,
            transport: Transport::default(),
            extra_args: Vec::new(),
        }
    }
}

/// Which program serves headless sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum HeadlessBinary {
    /// `chromium-headless-shell` where it is installed, else the full browser.
    #[default]
    Auto,
    /// `chromium-headless-shell`: starts fastest, takes the least memory.
    Shell,
    /// The full browser with `--headless`: renders and behaves as the headed one.
    Full,
}

/// How we talk to a browser that we launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// Two pipes: nobody else can connect, and the browser ends with us.
    Pipe,
    /// A free port on loopback, which every local process can use. Where the system has no pipes.
    Port,
}

impl Default for Transport {
    fn default() -> Self {
        if cfg!(unix) { Self::Pipe } else { Self::Port }
    }
}
