//! Bringing local media to where a provider can read them.

use std::{path::PathBuf, time::SystemTime};

use async_trait::async_trait;
use url::Url;

use crate::{error::Error, provider::Provider};

/// What a file is, to whoever takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// The clip to edit.
    Video,
    /// A reference image.
    Image,
}

/// A local file that was probed and found good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: MediaKind,
    /// Its length when it was probed; what is sent must be as long.
    pub bytes: u64,
    /// Its media type, by content and not by name, such as `video/mp4`.
    pub content_type: &'static str,
}

impl LocalFile {
    /// A file that was probed and found good.
    #[must_use]
    pub const fn new(
        path: PathBuf,
        kind: MediaKind,
        bytes: u64,
        content_type: &'static str,
    ) -> Self {
        Self { path, kind, bytes, content_type }
    }

    /// The ending that fits its content, such as `mp4`.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        match self.content_type {
            "video/quicktime" => "mov",
            "image/jpeg" => "jpg",
            "image/png" => "png",
            "image/webp" => "webp",
            "image/bmp" => "bmp",
            _ => "mp4",
        }
    }
}

/// A file where the provider can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Staged {
    /// Where the provider reads it. Often signed: do not log it.
    pub url: Url,
    /// When it will be gone, where that is known.
    pub expires: Option<SystemTime>,
}

impl Staged {
    /// A file at `url`, until `expires`.
    #[must_use]
    pub const fn new(url: Url, expires: Option<SystemTime>) -> Self {
        Self { url, expires }
    }
}

/// Where local media go, and so which limits hold for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staging {
    /// To the provider's own upload, if it has one.
    Provider,
    /// To a store of the user's own.
    Store,
}

/// A place that takes local files and gives URLs that the provider can read.
#[async_trait]
pub trait Stage: Send + Sync {
    /// Which limits hold for what is staged here.
    fn staging(&self) -> Staging;

    /// Brings one file there, streaming it from disk.
    ///
    /// # Errors
    /// Whatever keeps the file from arriving; nothing was spent.
    async fn put(&self, file: &LocalFile) -> Result<Staged, Error>;
}

/// The provider's own upload as the place for local files.
#[derive(Clone, Copy, Debug)]
pub struct ProviderStage<'a, P: ?Sized>(pub &'a P);

#[async_trait]
impl<P: Provider + ?Sized> Stage for ProviderStage<'_, P> {
    fn staging(&self) -> Staging {
        Staging::Provider
    }

    async fn put(&self, file: &LocalFile) -> Result<Staged, Error> {
        self.0.upload(file).await
    }
}
