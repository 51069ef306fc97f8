//! A connection to one provider, or to the emulator of it.

use std::time::Duration;

use reshoot::{
    ApiKey, BaseUrl, Checked, Descriptor, DownloadOptions, Error, HttpStage, Provider,
    ProviderStage, Ready, Settings, Stage, Staging, WaitOptions, capabilities::Pace,
};
use reshoot_core::S3Stage;
use reshoot_emulator::Emulator;

use crate::{
    args::{ConnectionArgs, WaitingArgs},
    config,
    exit::Failure,
};

/// What is said wherever no real provider is asked.
pub(crate) const NO_MODEL: &str =
    "emulator: no model ran, nothing was billed; the result is your own clip";

/// How long jobs of the emulator inside this process take.
const EMULATED_TIME: Duration = Duration::from_secs(2);

/// How often the emulator inside this process is asked.
const EMULATED_PACE: Pace =
    Pace { first: Duration::from_millis(200), every: Duration::from_millis(200) };

/// A provider that can be asked, and what goes with it.
pub(crate) struct Session {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) provider: Box<dyn Provider>,
    store: Option<Box<dyn Stage>>,
    /// The provider is on this machine, and so are its results.
    is_local: bool,
    emulator: Option<Emulator>,
}

impl Session {
    /// Connects with the user's key.
    pub(crate) fn connect(
        descriptor: &'static Descriptor,
        connection: &ConnectionArgs,
    ) -> Result<Self, Failure> {
        let settings = config::settings(descriptor, connection)?;
        Self::with(descriptor, settings)
    }

    /// Starts an emulator in this process and connects to it.
    pub(crate) async fn emulated(descriptor: &'static Descriptor) -> Result<Self, Failure> {
        let emulator = Emulator::builder()
            .job_time(EMULATED_TIME)
            .start()
            .await
            .map_err(|error| Failure::usage(crate::exit::with_cause(&error)))?;
        let name = descriptor.name();
        let key = ApiKey::new("emulator").map_err(|error| Failure::set_up(&error))?;
        let mut settings = Settings::new(key).with_base_url(emulator.url(name));
        settings.files_url = emulator.files_url(name);
        let mut session = Self::with(descriptor, settings)?;
        if emulated_staging(descriptor) == Staging::Store {
            let store =
                HttpStage::new(&emulator.stage_url()).map_err(|error| Failure::set_up(&error))?;
            session.store = Some(Box::new(store));
        }
        session.emulator = Some(emulator);
        Ok(session)
    }

    fn with(descriptor: &'static Descriptor, settings: Settings) -> Result<Self, Failure> {
        let base_url = settings.base_url.as_deref().unwrap_or(descriptor.base_url);
        let is_local = BaseUrl::parse(base_url).is_ok_and(|base| base.is_loopback());
        let provider = (descriptor.connect)(settings).map_err(|error| Failure::set_up(&error))?;
        Ok(Self { descriptor, provider, store: None, is_local, emulator: None })
    }

    /// Uses a bucket of the user's own, such as `s3://bucket/prefix`, for local files.
    pub(crate) fn with_bucket(mut self, bucket: Option<&str>) -> Result<Self, Failure> {
        if let Some(bucket) = bucket {
            let stage = S3Stage::from_env(bucket).map_err(|error| Failure::set_up(&error))?;
            self.store = Some(Box::new(stage));
        }
        Ok(self)
    }

    /// Brings local files to where the provider can read them.
    pub(crate) async fn stage(&self, checked: Checked) -> Result<Ready, Error> {
        match &self.store {
            Some(store) => checked.stage(&**store).await,
            None => checked.stage(&ProviderStage(&*self.provider)).await,
        }
    }

    pub(crate) const fn is_emulated(&self) -> bool {
        self.emulator.is_some()
    }

    /// How long a job takes, typically.
    pub(crate) const fn expected_time(&self) -> Duration {
        if self.is_emulated() { EMULATED_TIME } else { self.descriptor.capabilities.run_time.value }
    }

    pub(crate) fn wait_options(&self, waiting: &WaitingArgs) -> WaitOptions {
        let options = WaitOptions::default().with_timeout(waiting.timeout);
        match (waiting.poll_every, &self.emulator) {
            (Some(every), _) => options.with_pace(Pace { first: every, every }),
            (None, Some(_)) => options.with_pace(EMULATED_PACE),
            (None, None) => options,
        }
    }

    pub(crate) fn download_options(&self, overwrite: bool) -> DownloadOptions {
        DownloadOptions::default().with_overwrite(overwrite).with_loopback(self.is_local)
    }

    /// Ends the emulator, if there is one.
    pub(crate) async fn close(self) {
        if let Some(emulator) = self.emulator {
            emulator.shutdown().await;
        }
    }
}

/// Where local files go in an emulated run: to the emulated upload, where the provider has one.
pub(crate) const fn emulated_staging(descriptor: &Descriptor) -> Staging {
    if descriptor.capabilities.upload.is_some() { Staging::Provider } else { Staging::Store }
}
