//! Requests on their way to a submit: checked, then ready.

use std::time::Duration;

use url::Url;

use crate::{
    capabilities::Capabilities,
    check::Probed,
    error::{Error, ErrorKind, Operation},
    estimate::Estimate,
    media::VideoFacts,
    request::EditRequest,
    stage::Stage,
    violation::Warning,
};

/// A request that breaks no limit of one provider. Local files in it were probed.
///
/// Made by [`EditRequest::check`]; becomes [`Ready`] by [`stage`](Checked::stage).
#[derive(Clone, Debug)]
pub struct Checked {
    pub(crate) request: EditRequest<Probed>,
    pub(crate) capabilities: &'static Capabilities,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) video: Option<VideoFacts>,
}

impl Checked {
    /// The provider that it was checked for.
    #[must_use]
    pub const fn provider(&self) -> &'static str {
        self.capabilities.provider
    }

    /// What will run, but perhaps not as meant. Show it before spending.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What was found in the clip; none if it is at a URL.
    #[must_use]
    pub const fn video(&self) -> Option<&VideoFacts> {
        self.video.as_ref()
    }

    /// What the edit will cost. Show it before spending.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let length = self.video.as_ref().map(|video| video.duration);
        Estimate::new(&self.request, length, self.capabilities)
    }

    /// How many local files will be staged.
    #[must_use]
    pub fn local_files(&self) -> usize {
        std::iter::once(&self.request.video)
            .chain(&self.request.reference_images)
            .filter(|media| matches!(media, Probed::Local(_)))
            .count()
    }

    /// Brings local files to `stage`, one after the other, and makes the request ready to submit.
    ///
    /// # Errors
    /// Those of [`Stage::put`]. Nothing was spent.
    pub async fn stage(self, stage: &dyn Stage) -> Result<Ready, Error> {
        let estimate = self.estimate();
        let video = self.request.video.clone().staged(stage).await?;
        let mut images = Vec::with_capacity(self.request.reference_images.len());
        for image in self.request.reference_images.clone() {
            images.push(image.staged(stage).await?);
        }
        let mut request = self.request.with_media(video, images);
        if request.idempotency_key.is_none() && self.capabilities.idempotency.is_some() {
            request.idempotency_key = Some(fresh_idempotency_key()?);
        }
        Ok(Ready { request, provider: self.capabilities.provider, estimate })
    }
}

impl Probed {
    async fn staged(self, stage: &dyn Stage) -> Result<Url, Error> {
        match self {
            Self::Remote(url) => Ok(url),
            Self::Local(file) => Ok(stage.put(&file).await?.url),
        }
    }
}

/// A request that one provider can run now: checked, all media at URLs, idempotency key set where
/// the provider honours one.
///
/// Only this can be submitted, so spending unchecked does not compile.
#[derive(Clone, Debug)]
pub struct Ready {
    request: EditRequest<Url>,
    provider: &'static str,
    estimate: Estimate,
}

impl Ready {
    /// The request. It is the same for every try, and so is the idempotency key in it.
    #[must_use]
    pub const fn request(&self) -> &EditRequest<Url> {
        &self.request
    }

    /// The provider that it was checked for.
    #[must_use]
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// What the edit will cost.
    #[must_use]
    pub const fn estimate(&self) -> Estimate {
        self.estimate
    }

    /// The request, if it was checked for `provider`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when it was checked for another provider: check it again.
    pub fn request_for(&self, provider: &'static str) -> Result<&EditRequest<Url>, Error> {
        if self.provider == provider {
            return Ok(&self.request);
        }
        let message = format!("the request was checked for {}, not for {provider}", self.provider);
        Err(Error::new(ErrorKind::InvalidRequest, Operation::Submit, message)
            .with_provider(provider))
    }
}

/// How long a staged file must stay readable: queue and run, with room to spare.
pub const STAGED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// An idempotency key that nobody used before: `reshoot-` and 128 random bits, 40 characters of
/// `[a-z0-9-]`.
///
/// [`Checked::stage`] makes one where the provider honours such keys and the request has none. Who
/// keeps a record ahead of the submit puts one into the request before, to find it again.
///
/// # Errors
/// [`ErrorKind::Config`] when the system gives no random numbers.
pub fn fresh_idempotency_key() -> Result<String, Error> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| {
        let message = "the system gives no random numbers for an idempotency key";
        Error::new(ErrorKind::Config, Operation::Check, message).with_source(error)
    })?;
    Ok(format!("reshoot-{:032x}", u128::from_be_bytes(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_keys_differ_and_fit_the_strictest_rule() {
        let (one, two) = (fresh_idempotency_key().unwrap(), fresh_idempotency_key().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 40);
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    }
}
