//! Each limit at, below and above it.

mod remote;

use url::Url;

use super::*;
use crate::{
    capabilities::{Fact, IdempotencyRule, Range, Source, TextLimit, UploadLimits, Webhook},
    request::Seconds,
    testing::CAPABILITIES,
};

const DOC: Source = Source::new("https://docs.example/limits", "2026-11-20");

fn url(text: &str) -> Media {
    Media::Url(Url::parse(text).unwrap())
}

fn request() -> EditRequest {
    EditRequest::new(url("https://h.example/a.mp4"), "make it snow")
}

fn leak(capabilities: Capabilities) -> &'static Capabilities {
    Box::leak(Box::new(capabilities))
}

/// The fields that are refused.
fn refused(request: EditRequest, capabilities: &'static Capabilities) -> Vec<&'static str> {
    match request.check(capabilities, Staging::Provider) {
        Ok(_) => Vec::new(),
        Err(violations) => violations.list.iter().map(|violation| violation.field).collect(),
    }
}

fn check(change: impl FnOnce(&mut EditRequest)) -> Vec<&'static str> {
    let mut request = request();
    change(&mut request);
    refused(request, &CAPABILITIES)
}

#[test]
fn texts_are_counted_in_characters() {
    for (chars, fine) in [(4999, true), (5000, true), (5001, false)] {
        let fields = check(|request| request.prompt = "雪".repeat(chars));
        assert_eq!(fields.is_empty(), fine, "{chars}");
    }
    for (chars, fine) in [(499, true), (500, true), (501, false)] {
        let fields = check(|request| request.negative_prompt = Some("雪".repeat(chars)));
        assert_eq!(fields.is_empty(), fine, "{chars}");
    }
}

#[test]
fn numbers_keep_to_their_range() {
    for (seed, fine) in [(-1, false), (0, true), (2_147_483_647, true), (2_147_483_648, false)] {
        assert_eq!(check(|request| request.seed = Some(seed)).is_empty(), fine, "seed {seed}");
    }
    for (seconds, fine) in [(0, false), (1, false), (2, true), (10, true), (11, false)] {
        let fields = check(|request| request.duration = Some(Seconds(seconds)));
        assert_eq!(fields.is_empty(), fine, "duration {seconds}");
    }
    for (outputs, fine) in [(0, false), (1, true), (4, true), (5, false)] {
        let fields = check(|request| request.outputs = outputs);
        assert_eq!(fields.is_empty(), fine, "outputs {outputs}");
    }
    for (images, fine) in [(3, true), (4, true), (5, false)] {
        let fields = check(|request| {
            request.reference_images = vec![url("https://h.example/i.png"); images];
        });
        assert_eq!(fields.is_empty(), fine, "images {images}");
    }
}

#[test]
fn what_a_provider_lacks_is_refused_and_never_dropped() {
    let bare = leak(Capabilities {
        prompt: Fact::new(TextLimit::required(5000), DOC),
        negative_prompt: None,
        reference_images: Fact::new(0, DOC),
        seed: None,
        prompt_expansion: None,
        watermark: Fact::new(false, DOC),
        outputs: Fact::new(Range::new(1, 1), DOC),
        webhook: Fact::new(Webhook::Dashboard, DOC),
        idempotency: None,
        resolutions: Fact::new(&[], DOC),
        aspect_ratios: Fact::new(&[], DOC),
        ..CAPABILITIES
    });
    let mut everything = request();
    everything.prompt = " ".to_owned();
    everything.negative_prompt = Some("rain".to_owned());
    everything.reference_images = vec![url("https://h.example/i.png")];
    everything.aspect_ratio = Some(crate::AspectRatio::Square);
    everything.seed = Some(1);
    everything.prompt_expansion = Some(false);
    everything.watermark = true;
    everything.outputs = 2;
    everything.webhook = Some(Url::parse("https://h.example/hook").unwrap());
    everything.idempotency_key = Some("k".repeat(20));
    let fields = refused(everything, bare);
    assert_eq!(
        fields,
        [
            "prompt",
            "negative_prompt",
            "reference_images",
            "resolution",
            "aspect_ratio",
            "seed",
            "prompt_expansion",
            "watermark",
            "outputs",
            "webhook",
            "idempotency_key",
        ]
    );
}

#[test]
fn a_refusal_names_field_limit_and_source() {
    let mut request = request();
    request.duration = Some(Seconds(11));
    let violations = request.check(&CAPABILITIES, Staging::Provider).unwrap_err();
    assert_eq!(
        violations.to_string(),
        "scripted cannot run this request\n  duration: 11 s is not within 2–10 s; leave it out to \
         edit the whole clip [https://docs.example/edit, read 2026-11-20]"
    );
}

#[test]
fn a_text_above_the_advice_runs_with_a_warning() {
    let capabilities = leak(Capabilities {
        negative_prompt: Some(Fact::new(
            TextLimit { advised_chars: 500, ..TextLimit::optional(2500) },
            DOC,
        )),
        ..CAPABILITIES
    });
    for (chars, warned) in [(500, false), (501, true), (2500, true)] {
        let mut request = request();
        request.negative_prompt = Some("x".repeat(chars));
        let checked = request.check(capabilities, Staging::Provider).unwrap();
        assert_eq!(!checked.warnings().is_empty(), warned, "{chars}");
    }
}

#[test]
fn webhooks_must_be_reachable_from_outside() {
    for (text, fine) in [
        ("https://h.example/hook", true),
        ("http://h.example/hook", false),
        ("https://10.0.0.1/hook", false),
        ("https://192.168.1.1/hook", false),
        ("https://[fd00::1]/hook", false),
        // Reached by the emulator only; a real provider cannot call it and nobody is fooled.
        ("http://127.0.0.1:9/hook", true),
    ] {
        let fields = check(|request| request.webhook = Some(Url::parse(text).unwrap()));
        assert_eq!(fields.is_empty(), fine, "{text}");
    }
    for (chars, fine) in [(2048, true), (2049, false)] {
        let head = "https://h.example/";
        let text = format!("{head}{}", "x".repeat(chars - head.len()));
        let fields = check(|request| request.webhook = Some(Url::parse(&text).unwrap()));
        assert_eq!(fields.is_empty(), fine, "{chars}");
    }
}

#[test]
fn idempotency_keys_keep_to_the_providers_rule() {
    let rule = IdempotencyRule { chars: Range::new(16, 96), plain_only: true, remembered: None };
    let keyed = leak(Capabilities { idempotency: Some(Fact::new(rule, DOC)), ..CAPABILITIES });
    for (key, fine) in [
        ("k".repeat(15), false),
        ("k".repeat(16), true),
        ("k".repeat(96), true),
        ("k".repeat(97), false),
        ("k k".repeat(8), false),
        ("A-z_0.9".repeat(3), true),
    ] {
        let mut request = request();
        request.idempotency_key = Some(key.clone());
        assert_eq!(refused(request, keyed).is_empty(), fine, "{key}");
    }
}

#[test]
fn media_urls_must_be_fetchable_and_hold_no_password() {
    for (text, fine) in [
        ("https://h.example/a.mp4", true),
        ("http://h.example/a.mp4", true),
        ("s3://bucket/a.mp4", false),
        ("data:video/mp4;base64,AA", false),
        ("https://user:secret@h.example/a.mp4", false),
    ] {
        let mut request = request();
        request.video = url(text);
        match request.check(&CAPABILITIES, Staging::Provider) {
            Ok(_) => assert!(fine, "{text}"),
            Err(violations) => {
                assert!(!fine, "{text}");
                assert!(!violations.to_string().contains("secret"), "{violations}");
            }
        }
    }
}

#[test]
fn links_into_a_providers_own_store_are_taken_by_that_provider_alone() {
    let store = |scheme| {
        let limits = UploadLimits { max_video_bytes: 1, max_image_bytes: 1, bmp: false, scheme };
        leak(Capabilities { upload: Some(Fact::new(limits, DOC)), ..CAPABILITIES })
    };
    for (scheme, fine) in [(Some("oss"), true), (Some("other"), false), (None, false)] {
        let mut request = request();
        request.video = url("oss://store/a.mp4");
        assert_eq!(request.check(store(scheme), Staging::Provider).is_ok(), fine, "{scheme:?}");
    }
}

#[test]
fn local_files_need_somewhere_to_go() {
    let uploading = leak(Capabilities {
        upload: Some(Fact::new(
            UploadLimits {
                max_video_bytes: 50 << 20,
                max_image_bytes: 25 << 20,
                bmp: false,
                scheme: None,
            },
            DOC,
        )),
        ..CAPABILITIES
    });
    for (capabilities, staging, fine) in [
        (&CAPABILITIES, Staging::Provider, false),
        (&CAPABILITIES, Staging::Store, true),
        (uploading, Staging::Provider, true),
    ] {
        let mut findings = Findings::default();
        let mut request = request();
        request.video = Media::File("clip.mp4".into());
        media::check_staging(&request, capabilities, staging, &mut findings);
        assert_eq!(findings.violations.is_empty(), fine, "{staging:?}");
    }
}

fn fixture(name: &str) -> Media {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    Media::File(root.join("../../tests/fixtures/media").join(name))
}

/// What is said about a local clip, staged in a store.
fn clip(name: &str, capabilities: &'static Capabilities) -> Result<Checked, Violations> {
    let mut request = request();
    request.video = fixture(name);
    request.check(capabilities, Staging::Store)
}

#[test]
fn clips_keep_to_the_limits() {
    for (name, problem) in [
        ("1900ms.mp4", Some("the clip is 1.90 s long; 2–10 s are taken")),
        ("2s.mp4", None),
        ("10s.mp4", None),
        ("10100ms.mp4", Some("the clip is 10.10 s long; 2–10 s are taken")),
        ("236-wide.mp4", Some("236×240 pixels; each side must be 240–4096")),
        ("1-to-8.mp4", None),
        ("narrower.mp4", Some("shown as 240×1922; its shape must be within 1:8 and 8:1")),
    ] {
        let said = clip(name, &CAPABILITIES).err().map(|why| why.list[0].message.clone());
        assert_eq!(said.as_deref(), problem, "{name}");
    }
}

#[test]
fn files_keep_to_the_size() {
    let bytes = std::fs::metadata(match fixture("2s.mp4") {
        Media::File(path) => path,
        Media::Url(_) => unreachable!(),
    });
    let bytes = bytes.unwrap().len();
    for (max, fine) in [(bytes + 1, true), (bytes, true), (bytes - 1, false)] {
        let mut capabilities = CAPABILITIES;
        capabilities.video.value.max_bytes = max;
        assert_eq!(clip("2s.mp4", leak(capabilities)).is_ok(), fine, "{max}");
        let limits =
            UploadLimits { max_video_bytes: max, max_image_bytes: 0, bmp: false, scheme: None };
        let capabilities = Capabilities { upload: Some(Fact::new(limits, DOC)), ..CAPABILITIES };
        let mut request = request();
        request.video = fixture("2s.mp4");
        let fits = request.check(leak(capabilities), Staging::Provider).is_ok();
        assert_eq!(fits, fine, "upload of {max}");
    }
}

#[test]
fn sides_keep_to_the_range() {
    for (side, fine) in [(239, false), (240, true), (4096, true), (4097, false)] {
        let mut capabilities = CAPABILITIES;
        // The clip is 320×240: the range is moved instead of the clip.
        capabilities.video.value.side = match side {
            239 => Range::new(241, 4096),
            4097 => Range::new(240, 319),
            4096 => Range::new(240, 320),
            _ => Range::new(240, 4096),
        };
        assert_eq!(clip("2s.mp4", leak(capabilities)).is_ok(), fine, "{side}");
    }
}

#[test]
fn what_may_surprise_is_warned_of() {
    let mut request = request();
    request.video = fixture("long-sound.mp4");
    request.duration = Some(Seconds(5));
    let checked = request.check(&CAPABILITIES, Staging::Store).unwrap();
    let fields: Vec<_> = checked.warnings().iter().map(|warning| warning.field).collect();
    assert_eq!(fields, ["duration"]);
    let mut sound = CAPABILITIES;
    sound.video.value.seconds = Range::new(2, 3);
    let checked = clip("long-sound.mp4", leak(sound)).unwrap();
    assert!(checked.warnings()[0].message.contains("another track"));
}

#[test]
fn pictures_keep_to_the_limits() {
    let uploading = leak(Capabilities {
        upload: Some(Fact::new(
            UploadLimits {
                max_video_bytes: 1 << 30,
                max_image_bytes: 1 << 30,
                bmp: false,
                scheme: None,
            },
            DOC,
        )),
        ..CAPABILITIES
    });
    for (name, staging, problem) in [
        ("rgb.png", Staging::Store, None),
        ("photo.jpg", Staging::Store, None),
        ("still.webp", Staging::Store, None),
        ("plain.bmp", Staging::Store, None),
        ("plain.bmp", Staging::Provider, Some("takes no BMP")),
        ("rgba.png", Staging::Store, Some("has transparency")),
        ("palette.png", Staging::Store, Some("has transparency")),
        ("236-wide.png", Staging::Store, Some("236×240 pixels; each side must be 240–8000")),
        ("moving.gif", Staging::Store, Some("is a GIF image")),
    ] {
        let mut request = request();
        request.reference_images = vec![fixture(name)];
        let said = request.check(uploading, staging).err();
        let said = said.map(|why| why.list[0].message.clone()).unwrap_or_default();
        match problem {
            Some(problem) => assert!(said.contains(problem), "{name}: {said}"),
            None => assert_eq!(said, "", "{name}"),
        }
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut request = request();
    request.video = fixture("10100ms.mp4");
    request.reference_images = vec![fixture("rgba.png"), fixture("moving.gif")];
    request.seed = Some(-1);
    request.duration = Some(Seconds(1));
    assert_eq!(
        refused_for(request),
        ["duration", "seed", "video", "reference_images", "reference_images"]
    );
}

fn refused_for(request: EditRequest) -> Vec<&'static str> {
    let violations = request.check(&CAPABILITIES, Staging::Store).unwrap_err();
    violations.list.iter().map(|violation| violation.field).collect()
}
