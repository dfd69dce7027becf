//! [`Provisioner`]: where browsers come from.

use std::any::Any;
use std::fmt;

use async_trait::async_trait;

use crate::backend::Endpoint;
use crate::context::OpContext;
use crate::error::Result;
use crate::options::SessionOptions;

/// Finds or makes the browser for a session.
///
/// The default, [`LocalProvisioner`], leaves it to the backend. Write one of your own for browsers that an
/// orchestrator starts elsewhere.
#[async_trait]
pub trait Provisioner: fmt::Debug + Send + Sync + 'static {
    /// Gets a browser. Dropping the guard of the instance gives it back, on whatever path that happens.
    ///
    /// # Errors
    ///
    /// [`ProvisionFailed`](crate::ErrorKind::ProvisionFailed) when none can be had.
    async fn acquire(&self, options: &SessionOptions, cx: &OpContext) -> Result<Instance>;
}

/// A browser to open a session on.
#[non_exhaustive]
pub struct Instance {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What gives it back when dropped.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl Instance {
    /// Makes an instance that nobody needs to give back.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, guard: Box::new(()) }
    }

    /// Sets what gives it back when dropped.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Any + Send + Sync) -> Self {
        self.guard = Box::new(guard);
        self
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Attaches to `cdp_url` where one is given, and otherwise lets the backend launch or share a browser of its own.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct LocalProvisioner {}

impl LocalProvisioner {
    /// Makes the provisioner.
    pub const fn new() -> Self {
        Self {}
    }
}

#[async_trait]
impl Provisioner for LocalProvisioner {
    async fn acquire(&self, options: &SessionOptions, _cx: &OpContext) -> Result<Instance> {
        Ok(Instance::new(options.cdp_url.clone().map_or(Endpoint::Local, Endpoint::Remote)))
    }
}
