//! The main job, from a local clip to a file.

use reshoot::{
    Descriptor, EditError, EditEvent, EditRequest, ErrorKind, JobState, PROVIDERS, ProviderExt,
};
use reshoot_tests::{clip, connect, emulator, fast, fixture, stage};
use tempfile::tempdir;

fn request() -> EditRequest {
    EditRequest::new(clip(), "turn it into claymation")
}

#[tokio::test]
async fn a_local_clip_comes_back_edited_for_one_job_and_one_charge() {
    for descriptor in PROVIDERS {
        let name = descriptor.name();
        let emulator = emulator().await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let target = tempdir().unwrap();
        let target = target.path().join("out.mp4");
        let edited = provider.edit(request(), &target, &fast(&*stage), &mut |_| {}).await.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), std::fs::read(clip()).unwrap(), "{name}");
        assert_eq!(edited.files[0].path, target, "{name}");
        let counts = emulator.ledger().provider(name);
        assert_eq!((counts.submits, counts.jobs, counts.downloads), (1, 1, 1), "{name}");
        assert!(counts.credits > 0.0, "{name}");
    }
}

#[tokio::test]
async fn whoever_watches_learns_the_cost_before_the_submit_and_the_job_right_after() {
    for descriptor in PROVIDERS {
        let emulator = emulator().await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let target = tempdir().unwrap();
        let mut seen = Vec::new();
        provider
            .edit(request(), &target.path().join("o.mp4"), &fast(&*stage), &mut |event| {
                seen.push(match event {
                    EditEvent::Checked(checked) => format!("{:.0} s", checked.estimate().seconds),
                    EditEvent::Accepted(job) => job.job_ref.provider().to_owned(),
                    _ => return,
                });
            })
            .await
            .unwrap();
        let seconds = match descriptor.capabilities.billing.value {
            reshoot::capabilities::Billing::Input => "3 s",
            _ => "6 s",
        };
        assert_eq!(seen, [seconds, descriptor.name()]);
    }
}

#[tokio::test]
async fn as_many_files_come_back_as_outputs_were_asked_for() {
    for descriptor in PROVIDERS {
        let most = descriptor.capabilities.outputs.value.max;
        let emulator = emulator().await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let target = tempdir().unwrap();
        let target = target.path().join("out.mp4");
        let mut request = request();
        request.outputs = most;
        let edited = provider.edit(request, &target, &fast(&*stage), &mut |_| {}).await.unwrap();
        assert_eq!(edited.files.len(), usize::from(most), "{}", descriptor.name());
    }
}

#[tokio::test]
async fn a_file_in_the_way_is_found_before_anything_is_sent() {
    for descriptor in PROVIDERS {
        let emulator = emulator().await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let target = tempdir().unwrap();
        let target = target.path().join("out.mp4");
        std::fs::write(&target, "mine").unwrap();
        let error =
            provider.edit(request(), &target, &fast(&*stage), &mut |_| {}).await.unwrap_err();
        assert!(matches!(&error, EditError::NoTarget(cause) if cause.kind() == ErrorKind::Io));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
        let counts = emulator.ledger().provider(descriptor.name());
        assert_eq!((counts.submits, counts.uploads), (0, 0));
    }
}

#[tokio::test]
async fn a_bad_clip_is_refused_before_anything_is_sent() {
    for descriptor in PROVIDERS {
        for name in ["1900ms.mp4", "10100ms.mp4", "236-wide.mp4", "narrower.mp4", "rgb.png"] {
            let emulator = emulator().await;
            let provider = connect(descriptor, &emulator);
            let stage = stage(&*provider, &emulator);
            let target = tempdir().unwrap();
            let request = EditRequest::new(fixture("media").join(name), "p");
            let error = provider
                .edit(request, &target.path().join("o.mp4"), &fast(&*stage), &mut |_| {})
                .await
                .unwrap_err();
            assert!(matches!(&error, EditError::Refused(why) if why.list[0].field == "video"));
            let counts = emulator.ledger().provider(descriptor.name());
            assert_eq!((counts.submits, counts.uploads), (0, 0), "{name}");
        }
    }
}

#[tokio::test]
async fn every_clip_that_a_player_shows_is_taken() {
    for descriptor in PROVIDERS {
        for name in ["moov-last.mp4", "rotated.mp4", "fragmented.mp4", "quicktime.mov", "10s.mp4"] {
            let emulator = emulator().await;
            let provider = connect(descriptor, &emulator);
            let stage = stage(&*provider, &emulator);
            let target = tempdir().unwrap();
            let request = EditRequest::new(fixture("media").join(name), "make it snow");
            provider
                .edit(request, &target.path().join("o.mp4"), &fast(&*stage), &mut |_| {})
                .await
                .unwrap_or_else(|error| panic!("{} {name}: {error}", descriptor.name()));
        }
    }
}

#[tokio::test]
async fn an_option_that_a_provider_lacks_is_refused_and_others_are_named() {
    let mut request = request();
    request.watermark = true;
    let marks = |descriptor: &&Descriptor| descriptor.capabilities.watermark.value;
    let others: Vec<_> = PROVIDERS.iter().filter(marks).map(Descriptor::name).collect();
    for descriptor in PROVIDERS {
        let checked = reshoot::check(request.clone(), descriptor, reshoot::Staging::Store);
        match (descriptor.capabilities.watermark.value, checked) {
            (true, checked) => assert!(checked.is_ok()),
            (false, checked) => assert_eq!(checked.unwrap_err().could_do, others),
        }
    }
}

#[tokio::test]
async fn a_request_checked_for_one_provider_cannot_be_submitted_to_another() {
    let emulator = emulator().await;
    let ready = async |index: usize| {
        let provider = connect(&PROVIDERS[index], &emulator);
        let stage = stage(&*provider, &emulator);
        let checked = request().check(provider.capabilities(), stage.staging()).unwrap();
        checked.stage(&*stage).await.unwrap()
    };
    for (index, descriptor) in PROVIDERS.iter().enumerate() {
        let foreign = ready((index + 1) % PROVIDERS.len()).await;
        let provider = connect(descriptor, &emulator);
        let submission = provider.submit(&foreign).await;
        assert!(matches!(submission, reshoot::Submission::Refused(_)), "{}", descriptor.name());
        assert_eq!(emulator.ledger().provider(descriptor.name()).submits, 0);
    }
}

#[tokio::test]
async fn a_job_of_another_provider_is_not_asked_for() {
    let emulator = emulator().await;
    let job = reshoot::JobRef::new("elsewhere", "1").unwrap();
    for descriptor in PROVIDERS {
        let provider = connect(descriptor, &emulator);
        assert_eq!(provider.status(&job).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert_eq!(emulator.ledger().provider(descriptor.name()).polls, 0);
    }
}

#[tokio::test]
async fn an_unknown_job_is_not_found_or_not_a_job_or_no_longer_kept() {
    let emulator = emulator().await;
    for descriptor in PROVIDERS {
        let provider = connect(descriptor, &emulator);
        let id = "00000000-0000-4000-8000-000000000000";
        let job = reshoot::JobRef::new(descriptor.name(), id).unwrap();
        match provider.status(&job).await {
            Ok(known) => assert_eq!(known.state, JobState::Expired, "{}", descriptor.name()),
            Err(error) => {
                assert!(
                    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidRequest),
                    "{error}"
                );
                assert_eq!(error.job(), Some(&job));
            }
        }
    }
}

#[tokio::test]
async fn a_job_that_is_done_stays_done() {
    for descriptor in PROVIDERS {
        let emulator = emulator().await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let target = tempdir().unwrap();
        let edited = provider
            .edit(request(), &target.path().join("o.mp4"), &fast(&*stage), &mut |_| {})
            .await
            .unwrap();
        let again = provider.status(&edited.job.job_ref).await.unwrap();
        assert!(matches!(again.state, JobState::Succeeded { .. }), "{}", descriptor.name());
    }
}
