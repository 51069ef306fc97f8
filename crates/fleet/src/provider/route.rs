//! The way to an account at a provider.

use std::{fmt, sync::Arc};

use reshoot_core::{
    Asker, Checked, EditRequest, Error, Provider, ProviderStage, Ready, Stage, Staging,
};

/// A provider, and what goes with it. Jobs on clones of one route are asked for together, where the provider
/// can: make it once.
#[derive(Clone)]
#[non_exhaustive]
pub struct Route {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Where local files go; none: to the provider's own upload.
    pub stage: Option<Arc<dyn Stage>>,
    /// Whether results may lie on this machine, as those of an emulator do.
    pub allow_loopback: bool,
    /// Asks for all jobs of this process on this route and its clones.
    pub(super) asker: Asker,
}

impl Route {
    /// A provider with its own upload.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let asker = Asker::new(Arc::clone(&provider));
        Self { provider, stage: None, allow_loopback: false, asker }
    }

    /// Stages local files elsewhere.
    #[must_use]
    pub fn with_stage(mut self, stage: Option<Arc<dyn Stage>>) -> Self {
        self.stage = stage;
        self
    }

    /// Lets results lie on this machine, or not.
    #[must_use]
    pub const fn with_loopback(mut self, allow: bool) -> Self {
        self.allow_loopback = allow;
        self
    }

    pub(super) fn check(&self, request: EditRequest) -> Result<Checked, String> {
        let staging = self.stage.as_ref().map_or(Staging::Provider, |stage| stage.staging());
        request.check(self.provider.capabilities(), staging).map_err(|them| them.to_string())
    }

    pub(super) async fn stage(&self, checked: Checked) -> Result<Ready, Error> {
        match &self.stage {
            Some(stage) => checked.stage(&**stage).await,
            None => checked.stage(&ProviderStage(&*self.provider)).await,
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

/// Finds the way to an account at a provider, with its key and address: the worker's own, never the
/// order's.
pub trait Routes: Send + Sync {
    /// Connects.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when there is no key, or no such provider or account.
    fn connect(&self, provider: &str, account: &str) -> Result<Route, Error>;
}

impl<F: Fn(&str, &str) -> Result<Route, Error> + Send + Sync> Routes for F {
    fn connect(&self, provider: &str, account: &str) -> Result<Route, Error> {
        self(provider, account)
    }
}
