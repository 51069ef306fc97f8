//! Checking a request against one provider's capabilities: every violation at once, before anything
//! is sent or spent.

mod media;
mod options;

use std::path::Path;

use url::Url;

use crate::{
    capabilities::Capabilities,
    media::{VideoFacts, probe_image, probe_video},
    ready::Checked,
    request::{EditRequest, Media},
    stage::{LocalFile, MediaKind, Staging},
    violation::{Violation, Violations, Warning},
};

/// A medium after probing: at a URL, or a local file that was found good.
#[derive(Clone, Debug)]
pub(crate) enum Probed {
    Remote(Url),
    Local(LocalFile),
}

/// What the rules found so far.
#[derive(Debug, Default)]
struct Findings {
    violations: Vec<Violation>,
    warnings: Vec<Warning>,
}

impl Findings {
    fn refuse(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    fn warn(&mut self, field: &'static str, message: impl Into<String>) {
        self.warnings.push(Warning::new(field, message));
    }
}

impl EditRequest<Media> {
    /// Checks the request against what a provider can do, probing local files.
    ///
    /// Reads only the headers of local files, in some milliseconds; blocks for as long. `staging`
    /// says where local files will go, since a provider's own upload has limits of its own.
    ///
    /// Of a clip at a URL nothing is known here, so the estimate is only a bound: see
    /// [`check_knowing`](Self::check_knowing).
    ///
    /// # Errors
    /// Every violation, each with its field, its limit and the limit's source. Nothing was sent or
    /// spent.
    pub fn check(
        self,
        capabilities: &'static Capabilities,
        staging: Staging,
    ) -> Result<Checked, Violations> {
        self.check_knowing(capabilities, staging, None)
    }

    /// Checks the request like [`check`](Self::check), knowing what is in a clip at a URL.
    ///
    /// `remote` is what [`probe_link`](crate::media::probe_link) found at the URL of the video, or
    /// none if that is not known. The clip then keeps to the limits like a local one, except those
    /// of an upload, and [`Checked::estimate`] goes by its length. That holds as long as the same
    /// clip stays at the URL. For a local video, `remote` counts for nothing: the file does.
    ///
    /// # Errors
    /// Every violation, each with its field, its limit and the limit's source. Nothing was sent or
    /// spent.
    pub fn check_knowing(
        self,
        capabilities: &'static Capabilities,
        staging: Staging,
        remote: Option<&VideoFacts>,
    ) -> Result<Checked, Violations> {
        let mut findings = Findings::default();
        options::check(&self, capabilities, &mut findings);
        media::check_staging(&self, capabilities, staging, &mut findings);
        let upload = match staging {
            Staging::Provider => capabilities.upload,
            Staging::Store => None,
        };
        let mut facts = remote.filter(|_| matches!(self.video, Media::Url(_))).cloned();
        if let Some(facts) = &facts {
            media::check_video(facts, &self, capabilities, None, &mut findings);
        }
        let video =
            probe(&self.video, MediaKind::Video, capabilities, &mut findings, |path, findings| {
                let (file, found) = probe_clip(path, findings)?;
                media::check_video(&found, &self, capabilities, upload.as_ref(), findings);
                facts = Some(found);
                Some(file)
            });
        let images: Vec<_> = self
            .reference_images
            .iter()
            .map(|image| {
                probe(image, MediaKind::Image, capabilities, &mut findings, |path, findings| {
                    probe_picture(path, capabilities, upload.as_ref(), findings)
                })
            })
            .collect();
        let images: Option<Vec<_>> = images.into_iter().collect();
        match (video, images) {
            (Some(video), Some(images)) if findings.violations.is_empty() => Ok(Checked {
                request: self.with_media(video, images),
                capabilities,
                warnings: findings.warnings,
                video: facts,
            }),
            _ => Err(Violations {
                provider: capabilities.provider,
                list: findings.violations,
                could_do: Vec::new(),
            }),
        }
    }
}

/// A medium that can be used, or nothing and at least one more violation.
fn probe(
    media: &Media,
    kind: MediaKind,
    capabilities: &Capabilities,
    findings: &mut Findings,
    local: impl FnOnce(&Path, &mut Findings) -> Option<LocalFile>,
) -> Option<Probed> {
    match media {
        Media::Url(url) => {
            let store = capabilities.upload.and_then(|upload| upload.value.scheme);
            let fine = media::check_url(url, media::field(kind), store, findings);
            fine.then(|| Probed::Remote(url.clone()))
        }
        Media::File(path) => local(path, findings).map(Probed::Local),
    }
}

fn probe_clip(path: &Path, findings: &mut Findings) -> Option<(LocalFile, VideoFacts)> {
    match probe_video(path) {
        Ok(facts) => {
            let content_type = facts.container.content_type();
            let file = LocalFile::new(path.to_owned(), MediaKind::Video, facts.bytes, content_type);
            Some((file, facts))
        }
        Err(error) => {
            findings.refuse(Violation::new(media::field(MediaKind::Video), error.to_string()));
            None
        }
    }
}

fn probe_picture(
    path: &Path,
    capabilities: &Capabilities,
    upload: Option<&crate::capabilities::Fact<crate::capabilities::UploadLimits>>,
    findings: &mut Findings,
) -> Option<LocalFile> {
    match probe_image(path) {
        Ok(facts) => {
            media::check_image(path, &facts, capabilities, upload, findings);
            let content_type = facts.format.content_type();
            Some(LocalFile::new(path.to_owned(), MediaKind::Image, facts.bytes, content_type))
        }
        Err(error) => {
            findings.refuse(Violation::new(media::field(MediaKind::Image), error.to_string()));
            None
        }
    }
}

#[cfg(test)]
mod tests;
