//! The rules about clips and reference images.

use std::{path::Path, time::Duration};

use url::Url;

use super::Findings;
use crate::{
    capabilities::{Capabilities, Fact, ImageLimits, Range, UploadLimits, VideoLimits},
    media::{ImageFacts, ImageFormat, VideoFacts},
    redact,
    request::{EditRequest, Media},
    stage::{MediaKind, Staging},
    violation::Violation,
};

type Upload<'a> = Option<&'a Fact<UploadLimits>>;

/// The field of the request that a medium stands in.
pub(super) const fn field(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Video => "video",
        MediaKind::Image => "reference_images",
    }
}

/// Whether a URL is one that a provider could fetch: from anywhere, or from its own `store`.
pub(super) fn check_url(
    url: &Url,
    field: &'static str,
    store: Option<&str>,
    findings: &mut Findings,
) -> bool {
    let problem = if !matches!(url.scheme(), "http" | "https") && store != Some(url.scheme()) {
        "must be an http or https URL, or a local file"
    } else if !url.username().is_empty() || url.password().is_some() {
        "holds a user name or password, which the provider would see; use a presigned URL"
    } else if redact::is_cut(url) {
        "was shown like this to keep its signature secret: give the whole link"
    } else {
        return true;
    };
    findings.refuse(Violation::new(field, format!("{}: {problem}", redact::shown(url))));
    false
}

/// Refuses local files that have nowhere to go.
pub(super) fn check_staging(
    request: &EditRequest<Media>,
    capabilities: &Capabilities,
    staging: Staging,
    findings: &mut Findings,
) {
    if staging == Staging::Store || capabilities.upload.is_some() {
        return;
    }
    let mut refuse = |media: &Media, kind| {
        if let Media::File(path) = media {
            let message = format!(
                "{}: {} has no proven upload for local files; give a URL that it can read, or a \
                 bucket of yours to stage the file in (--stage s3://bucket/prefix)",
                path.display(),
                capabilities.provider
            );
            findings.refuse(Violation::of(&capabilities.video, field(kind), message));
        }
    };
    refuse(&request.video, MediaKind::Video);
    for image in &request.reference_images {
        refuse(image, MediaKind::Image);
    }
}

/// Compares a clip with the limits; `upload` counts for one that goes to the provider's upload.
pub(super) fn check_video(
    facts: &VideoFacts,
    request: &EditRequest<Media>,
    capabilities: &Capabilities,
    upload: Upload<'_>,
    findings: &mut Findings,
) {
    let limits = &capabilities.video;
    let field = field(MediaKind::Video);
    let VideoLimits { seconds, side, max_aspect, max_bytes } = limits.value;
    let mut refuse = |message: String| findings.refuse(Violation::of(limits, field, message));
    if !within(facts.duration, seconds) {
        let (length, min, max) = (facts.duration.as_secs_f64(), seconds.min, seconds.max);
        refuse(format!("the clip is {length:.2} s long; {min}–{max} s are taken"));
    }
    check_sides(facts.width, facts.height, side, &mut refuse);
    check_aspect(facts.display_width, facts.display_height, max_aspect, &mut refuse);
    if facts.bytes > max_bytes {
        refuse(too_large(facts.bytes, max_bytes));
    }
    if let Some(upload) = upload
        && facts.bytes > upload.value.max_video_bytes
        && facts.bytes <= max_bytes
    {
        let message = too_large_to_upload(facts.bytes, upload.value.max_video_bytes);
        findings.refuse(Violation::of(upload, field, message));
    }
    if within(facts.duration, seconds) && !within(facts.container_duration, seconds) {
        let message = format!(
            "the picture is {:.2} s long, but another track makes the file {:.2} s long; the \
             provider may go by that",
            facts.duration.as_secs_f64(),
            facts.container_duration.as_secs_f64()
        );
        findings.warn(field, message);
    }
    if let Some(cut) = request.duration
        && facts.duration < Duration::from_secs(u64::from(cut.0))
    {
        let message = format!(
            "{cut} is longer than the clip ({:.2} s): it cuts nothing, and may be billed all the same",
            facts.duration.as_secs_f64()
        );
        findings.warn("duration", message);
    }
}

/// Compares a local reference image with the limits.
pub(super) fn check_image(
    path: &Path,
    facts: &ImageFacts,
    capabilities: &Capabilities,
    upload: Upload<'_>,
    findings: &mut Findings,
) {
    let limits = &capabilities.image;
    let field = field(MediaKind::Image);
    let name = path.display();
    let ImageLimits { side, max_aspect, max_bytes } = limits.value;
    let mut refuse = |message: String| {
        findings.refuse(Violation::of(limits, field, format!("{name}: {message}")))
    };
    if facts.has_alpha {
        refuse("has transparency, which is not taken; flatten it first".to_owned());
    }
    check_sides(facts.width, facts.height, side, &mut refuse);
    check_aspect(facts.width, facts.height, max_aspect, &mut refuse);
    if facts.bytes > max_bytes {
        refuse(too_large(facts.bytes, max_bytes));
    }
    let Some(upload) = upload else { return };
    if facts.bytes > upload.value.max_image_bytes && facts.bytes <= max_bytes {
        let message = too_large_to_upload(facts.bytes, upload.value.max_image_bytes);
        findings.refuse(Violation::of(upload, field, format!("{name}: {message}")));
    }
    if facts.format == ImageFormat::Bmp && !upload.value.bmp {
        let message = format!(
            "{name}: the provider's upload takes no BMP; make it a PNG, or stage it in a bucket"
        );
        findings.refuse(Violation::of(upload, field, message));
    }
}

fn within(length: Duration, seconds: Range<u32>) -> bool {
    let bound = |seconds| Duration::from_secs(u64::from(seconds));
    bound(seconds.min) <= length && length <= bound(seconds.max)
}

fn check_sides(width: u32, height: u32, side: Range<u32>, refuse: &mut impl FnMut(String)) {
    if !side.contains(width) || !side.contains(height) {
        let (min, max) = (side.min, side.max);
        refuse(format!("{width}×{height} pixels; each side must be {min}–{max}"));
    }
}

fn check_aspect(width: u32, height: u32, max: u32, refuse: &mut impl FnMut(String)) {
    let (long, short) = (width.max(height), width.min(height));
    if u64::from(long) > u64::from(short) * u64::from(max) {
        refuse(format!("shown as {width}×{height}; its shape must be within 1:{max} and {max}:1"));
    }
}

fn too_large(bytes: u64, max: u64) -> String {
    format!("{}; at most {} are taken", megabytes(bytes), megabytes(max))
}

fn too_large_to_upload(bytes: u64, max: u64) -> String {
    format!(
        "{}; the provider's upload takes {}: give a URL, or stage it in a bucket of yours \
         (--stage s3://bucket/prefix)",
        megabytes(bytes),
        megabytes(max)
    )
}

#[allow(clippy::cast_precision_loss)] // For show only.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / f64::from(1 << 20))
}
