//! The rules about everything but media.

use url::{Host, Url};

use super::Findings;
use crate::{
    capabilities::{Capabilities, Fact, TextLimit, Webhook},
    request::EditRequest,
    settings::is_loopback,
    violation::Violation,
};

/// Checks every option; destructures the request, so that a new field is not forgotten here.
pub(super) fn check<M>(
    request: &EditRequest<M>,
    capabilities: &Capabilities,
    findings: &mut Findings,
) {
    let EditRequest {
        video: _,
        prompt,
        negative_prompt,
        reference_images,
        resolution,
        aspect_ratio,
        duration,
        audio: _,
        seed,
        prompt_expansion,
        watermark,
        outputs,
        webhook,
        idempotency_key,
    } = request;
    check_text(prompt, "prompt", &capabilities.prompt, findings);
    match (negative_prompt, &capabilities.negative_prompt) {
        (Some(text), Some(limit)) => check_text(text, "negative_prompt", limit, findings),
        (Some(_), None) => not_offered(capabilities, "negative_prompt", findings),
        (None, _) => {}
    }
    check_count(reference_images.len(), capabilities, findings);
    let resolutions = &capabilities.resolutions;
    if !resolutions.value.contains(resolution) {
        let message = format!("{resolution} is not offered");
        findings.refuse(Violation::of(resolutions, "resolution", message));
    }
    let ratios = &capabilities.aspect_ratios;
    if let Some(ratio) = aspect_ratio
        && !ratios.value.contains(ratio)
    {
        findings.refuse(Violation::of(ratios, "aspect_ratio", format!("{ratio} is not offered")));
    }
    let cut = &capabilities.duration;
    if let Some(seconds) = duration
        && !cut.value.contains(seconds.0)
    {
        let (min, max) = (cut.value.min, cut.value.max);
        let message =
            format!("{seconds} is not within {min}–{max} s; leave it out to edit the whole clip");
        findings.refuse(Violation::of(cut, "duration", message));
    }
    check_seed(*seed, capabilities, findings);
    if prompt_expansion.is_some() && capabilities.prompt_expansion.is_none() {
        not_offered(capabilities, "prompt_expansion", findings);
    }
    if *watermark && !capabilities.watermark.value {
        not_offered(capabilities, "watermark", findings);
    }
    let counts = &capabilities.outputs;
    if !counts.value.contains(*outputs) {
        let (min, max) = (counts.value.min, counts.value.max);
        let message = match max {
            1 => format!("{outputs} asked for; one job makes 1"),
            _ => format!("{outputs} asked for; one job makes {min}–{max}"),
        };
        findings.refuse(Violation::of(counts, "outputs", message));
    }
    if let Some(url) = webhook {
        check_webhook(url, &capabilities.webhook, findings);
    }
    if let Some(key) = idempotency_key {
        check_key(key, capabilities, findings);
    }
}

fn not_offered(capabilities: &Capabilities, field: &'static str, findings: &mut Findings) {
    let message = format!("{} has no such option; leave it out", capabilities.provider);
    findings.refuse(Violation {
        source: Some(capabilities.resolutions.source),
        ..Violation::new(field, message)
    });
}

fn check_text(text: &str, field: &'static str, limit: &Fact<TextLimit>, findings: &mut Findings) {
    let TextLimit { required, max_chars, advised_chars } = limit.value;
    let chars = text.chars().count();
    if text.trim().is_empty() && required {
        findings.refuse(Violation::of(limit, field, "must not be empty"));
    } else if text.trim().is_empty() && field == "prompt" {
        findings.warn(field, "is empty: the model decides what to change");
    }
    if chars > max_chars {
        let message = format!("{chars} characters; at most {max_chars} are taken");
        findings.refuse(Violation::of(limit, field, message));
    } else if chars > advised_chars {
        let message = format!(
            "{chars} characters; the model itself documents {advised_chars} and may cut it"
        );
        findings.warn(field, message);
    }
}

fn check_count(count: usize, capabilities: &Capabilities, findings: &mut Findings) {
    let max = capabilities.reference_images;
    if count > max.value {
        let message = format!("{count} given; at most {} can be used", max.value);
        findings.refuse(Violation::of(&max, "reference_images", message));
    }
}

fn check_seed(seed: Option<i64>, capabilities: &Capabilities, findings: &mut Findings) {
    match (seed, &capabilities.seed) {
        (Some(seed), Some(range)) if !range.value.contains(seed) => {
            let message = format!("{seed} is not within {}–{}", range.value.min, range.value.max);
            findings.refuse(Violation::of(range, "seed", message));
        }
        (Some(_), None) => not_offered(capabilities, "seed", findings),
        _ => {}
    }
}

fn check_webhook(url: &Url, webhook: &Fact<Webhook>, findings: &mut Findings) {
    let field = "webhook";
    match webhook.value {
        Webhook::Dashboard => {
            let message = "cannot be given with a request; set it up in the provider's dashboard";
            findings.refuse(Violation::of(webhook, field, message));
        }
        Webhook::PerRequest { public_https_only, max_chars } => {
            let chars = url.as_str().chars().count();
            if let Some(max) = max_chars
                && chars > max
            {
                let message = format!("{chars} characters; at most {max} are taken");
                findings.refuse(Violation::of(webhook, field, message));
            }
            // The emulator is on this machine, and so are the webhooks that tests receive.
            let reachable = url.scheme() == "https" && !is_private(url);
            if public_https_only && !reachable && !is_loopback(url) {
                let message = "must be an https URL outside private networks";
                findings.refuse(Violation::of(webhook, field, message));
            } else if !matches!(url.scheme(), "http" | "https") {
                findings.refuse(Violation::of(webhook, field, "must be an http or https URL"));
            }
        }
    }
}

fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => {
            address.is_private() || address.is_link_local() || address.is_unspecified()
        }
        Some(Host::Ipv6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
        Some(Host::Domain(_)) => false,
        None => true,
    }
}

fn check_key(key: &str, capabilities: &Capabilities, findings: &mut Findings) {
    let field = "idempotency_key";
    let Some(rule) = &capabilities.idempotency else {
        let message = format!(
            "{} honours no idempotency keys: a repeated submit would be paid for again; leave it out",
            capabilities.provider
        );
        findings.refuse(Violation {
            source: Some(capabilities.resolutions.source),
            ..Violation::new(field, message)
        });
        return;
    };
    if !rule.value.allows(key) {
        let (min, max) = (rule.value.chars.min, rule.value.chars.max);
        let charset = match rule.value.plain_only {
            true => "letters, digits, '.', '_' and '-'",
            false => "visible ASCII characters",
        };
        let message = format!("must be {min}–{max} characters, only {charset}");
        findings.refuse(Violation::of(rule, field, message));
    }
}
