//! A connection to one provider, or to the emulator of it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reshoot::{
    ApiKey, BaseUrl, Descriptor, DownloadOptions, Error, ErrorKind, Gate, HttpStage, Operation,
    Provider, Settings, Stage, Staging, WaitOptions, capabilities::Pace,
};
use reshoot_core::S3Stage;
use reshoot_emulator::Emulator;
use reshoot_journal::{Route, Routes, Via};

use crate::{
    args::{ConnectionArgs, LoadArgs, WaitingArgs},
    config,
    exit::Failure,
};

/// What is said wherever no real provider is asked.
pub(crate) const NO_MODEL: &str =
    "emulator: no model ran, nothing was billed; the result is your own clip";

/// How long jobs of the emulator inside this process take.
pub(crate) const EMULATED_TIME: Duration = Duration::from_secs(2);

/// How often the emulator inside this process is asked.
const EMULATED_PACE: Pace =
    Pace { first: Duration::from_millis(200), every: Duration::from_millis(200) };

/// A provider that can be asked, and what goes with it.
pub(crate) struct Session {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) provider: Arc<dyn Provider>,
    /// The provider is on this machine, and so are its results.
    is_local: bool,
}

impl Session {
    /// Connects by what was typed, with the user's key.
    pub(crate) fn connect(
        descriptor: &'static Descriptor,
        connection: &ConnectionArgs,
    ) -> Result<Self, Failure> {
        Self::at(descriptor, &config::via(descriptor, connection, None)?)
    }

    /// Connects to a place, with the user's key.
    fn at(descriptor: &'static Descriptor, via: &Via) -> Result<Self, Failure> {
        Self::with(descriptor, config::settings(descriptor, via)?)
    }

    fn with(descriptor: &'static Descriptor, settings: Settings) -> Result<Self, Failure> {
        let base_url = settings.base_url.as_deref().unwrap_or(descriptor.base_url);
        let is_local = BaseUrl::parse(base_url).is_ok_and(|base| base.is_loopback());
        let provider = (descriptor.connect)(settings).map_err(|error| Failure::set_up(&error))?;
        Ok(Self { descriptor, provider: provider.into(), is_local })
    }

    pub(crate) fn download_options(&self, overwrite: bool) -> DownloadOptions {
        DownloadOptions::default().with_overwrite(overwrite).with_loopback(self.is_local)
    }
}

/// How long and how often to ask.
pub(crate) fn wait_options(waiting: &WaitingArgs, emulated: bool) -> WaitOptions {
    let options = WaitOptions::default().with_timeout(waiting.timeout);
    match waiting.poll_every {
        Some(every) => options.with_pace(Pace { first: every, every }),
        None if emulated => options.with_pace(EMULATED_PACE),
        None => options,
    }
}

/// Finds the way to every provider, for the runner. Each is connected once, and all that uses its key
/// shares one gate and one budget.
#[derive(Default)]
pub(crate) struct Connections {
    /// The store of the emulator inside this process, if that takes the providers' place.
    emulated_stage: Option<String>,
    load: LoadArgs,
    connected: Mutex<Vec<(Via, Route)>>,
}

impl Connections {
    /// To the providers themselves.
    pub(crate) fn real() -> Self {
        Self::default()
    }

    /// To an emulator inside this process.
    pub(crate) fn emulated(emulator: &Emulator) -> Self {
        Self { emulated_stage: Some(emulator.stage_url()), ..Self::default() }
    }

    /// With what was said of the keys.
    pub(crate) fn with_load(mut self, load: &LoadArgs) -> Self {
        self.load = load.clone();
        self
    }

    /// The way to a provider, or what its user must do to open it.
    pub(crate) fn route(&self, via: &Via) -> Result<Route, Failure> {
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, route)) = connected.iter().find(|(known, _)| known == via) {
            return Ok(route.clone());
        }
        let descriptor =
            reshoot::provider(&via.provider).map_err(|error| Failure::set_up(&error))?;
        let same_key = connected.iter().find(|(known, _)| known.provider == via.provider);
        let (gate, budget) = match same_key {
            Some((_, route)) => (route.gate.clone(), route.budget.clone()),
            None => {
                let load = config::load(descriptor, &self.load)?;
                (Some(Gate::new(load.load(descriptor))), Some(load.budget(descriptor)))
            }
        };
        let route = self.open(descriptor, via)?.with_gate(gate).with_budget(budget);
        connected.push((via.clone(), route.clone()));
        Ok(route)
    }

    fn open(&self, descriptor: &'static Descriptor, via: &Via) -> Result<Route, Failure> {
        let (session, store) = match &self.emulated_stage {
            None => (Session::at(descriptor, via)?, bucket(via.stage.as_deref())?),
            Some(stage) => (emulated(descriptor, via)?, emulated_store(descriptor, stage)?),
        };
        Ok(Route::new(session.provider).with_stage(store).with_loopback(session.is_local))
    }
}

impl Routes for Connections {
    fn connect(&self, via: &Via) -> Result<Route, Error> {
        self.route(via)
            .map_err(|failure| Error::new(ErrorKind::Config, Operation::Configure, failure.message))
    }
}

fn bucket(bucket: Option<&str>) -> Result<Option<Arc<dyn Stage>>, Failure> {
    let Some(bucket) = bucket else {
        return Ok(None);
    };
    let stage = S3Stage::from_env(bucket).map_err(|error| Failure::set_up(&error))?;
    Ok(Some(Arc::new(stage)))
}

fn emulated(descriptor: &'static Descriptor, via: &Via) -> Result<Session, Failure> {
    let key = ApiKey::new("emulator").map_err(|error| Failure::set_up(&error))?;
    let mut settings = Settings::new(key);
    settings.base_url.clone_from(&via.base_url);
    settings.files_url.clone_from(&via.files_url);
    Session::with(descriptor, settings)
}

fn emulated_store(
    descriptor: &Descriptor,
    stage_url: &str,
) -> Result<Option<Arc<dyn Stage>>, Failure> {
    if emulated_staging(descriptor) == Staging::Provider {
        return Ok(None);
    }
    let store = HttpStage::new(stage_url).map_err(|error| Failure::set_up(&error))?;
    Ok(Some(Arc::new(store)))
}

/// Starts an emulator in this process.
pub(crate) async fn start_emulator() -> Result<Emulator, Failure> {
    let emulator = Emulator::builder().job_time(EMULATED_TIME).start().await;
    emulator.map_err(|error| Failure::usage(crate::exit::with_cause(&error)))
}

/// The way to a provider's emulator in this process.
pub(crate) fn emulated_via(descriptor: &Descriptor, emulator: &Emulator) -> Via {
    let mut via = Via::new(descriptor.name());
    via.base_url = Some(emulator.url(descriptor.name()));
    via.files_url = emulator.files_url(descriptor.name());
    via
}

/// Where local files go in an emulated run: to the emulated upload, where the provider has one.
pub(crate) const fn emulated_staging(descriptor: &Descriptor) -> Staging {
    if descriptor.capabilities.upload.is_some() { Staging::Provider } else { Staging::Store }
}
