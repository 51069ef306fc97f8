//! What the tests share: fixtures, and providers that talk to an emulator.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "only tests use this")]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use reshoot::{
    ApiKey, Descriptor, DownloadOptions, EditOptions, HttpStage, Provider, ProviderStage, Settings,
    Stage, WaitOptions, capabilities::Pace,
};
use reshoot_emulator::Emulator;

/// The clip that the README edits: 640×360, 3 s, sound.
#[must_use]
pub fn clip() -> PathBuf {
    fixture("clip.mp4")
}

/// A file of `tests/fixtures`.
#[must_use]
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// An emulator whose jobs take some milliseconds.
pub async fn emulator() -> Emulator {
    Emulator::builder().job_time(Duration::from_millis(40)).start().await.unwrap()
}

/// A client for a provider, pointed at the emulator.
#[must_use]
pub fn connect(descriptor: &Descriptor, emulator: &Emulator) -> Box<dyn Provider> {
    let name = descriptor.name();
    connect_to(descriptor, &emulator.url(name), emulator.files_url(name).as_deref())
}

/// A client for a provider, pointed at a server of the test's own.
#[must_use]
pub fn connect_to(descriptor: &Descriptor, base: &str, files: Option<&str>) -> Box<dyn Provider> {
    let mut settings = Settings::new(ApiKey::new("test-key").unwrap()).with_base_url(base);
    settings.timeout = Duration::from_secs(10);
    if let Some(files) = files {
        settings = settings.with_files_url(files);
    }
    (descriptor.connect)(settings).unwrap()
}

/// The place for local files: the provider's upload where it has one, else the emulator's store.
#[must_use]
pub fn stage<'a>(provider: &'a dyn Provider, emulator: &Emulator) -> Box<dyn Stage + 'a> {
    if provider.capabilities().upload.is_some() {
        return Box::new(ProviderStage(provider));
    }
    Box::new(HttpStage::new(&emulator.stage_url()).unwrap())
}

/// Options for an edit that takes milliseconds.
#[must_use]
pub fn fast(stage: &dyn Stage) -> EditOptions<'_> {
    let pace = Pace { first: Duration::from_millis(10), every: Duration::from_millis(10) };
    let mut options = EditOptions::default();
    options.stage = Some(stage);
    options.wait = WaitOptions::default().with_pace(pace).with_timeout(Duration::from_secs(20));
    options.download = DownloadOptions::default().with_loopback(true);
    options
}

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
