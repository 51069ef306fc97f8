//! A clip at a URL, with and without knowing what is in it.

use super::*;

/// What is in a clip of the fixtures, as if found at a URL.
fn facts(name: &str) -> VideoFacts {
    match fixture(name) {
        Media::File(path) => probe_video(&path).unwrap(),
        Media::Url(_) => unreachable!(),
    }
}

#[test]
fn a_clip_at_a_url_keeps_to_the_limits_if_it_is_known() {
    let uploading = leak(Capabilities {
        upload: Some(Fact::new(
            UploadLimits { max_video_bytes: 1, max_image_bytes: 1, bmp: false, scheme: None },
            DOC,
        )),
        ..CAPABILITIES
    });
    for (name, problem) in [
        ("1900ms.mp4", Some("the clip is 1.90 s long; 2–10 s are taken")),
        ("10s.mp4", None),
        ("10100ms.mp4", Some("the clip is 10.10 s long; 2–10 s are taken")),
        ("236-wide.mp4", Some("236×240 pixels; each side must be 240–4096")),
    ] {
        let found = facts(name);
        // No upload takes it, and none has to.
        let checked = request().check_knowing(uploading, Staging::Provider, Some(&found));
        let said = checked.err().map(|why| why.list[0].message.clone());
        assert_eq!(said.as_deref(), problem, "{name}");
        assert!(request().check(uploading, Staging::Provider).is_ok(), "{name}");
    }
}

#[test]
fn a_known_clip_at_a_url_is_quoted_exactly() {
    let found = facts("2s.mp4");
    // Input and output are billed, and the longest clip that is taken has ten seconds.
    for (remote, seconds, is_bound) in [(None, 20.0, true), (Some(&found), 4.0, false)] {
        let checked = request().check_knowing(&CAPABILITIES, Staging::Provider, remote).unwrap();
        let estimate = checked.estimate();
        assert_eq!((estimate.seconds, estimate.is_bound), (seconds, is_bound));
        assert_eq!(checked.video(), remote);
    }
}

#[test]
fn what_is_in_a_local_clip_is_read_there_and_not_believed() {
    let mut request = request();
    request.video = fixture("10s.mp4");
    let forged = facts("1900ms.mp4");
    let checked = request.check_knowing(&CAPABILITIES, Staging::Store, Some(&forged)).unwrap();
    assert_eq!(checked.video(), Some(&facts("10s.mp4")));
    assert!(checked.warnings().is_empty());
}
