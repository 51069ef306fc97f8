//! What each fault means: for the job, and for the money.

use std::time::Duration;

use futures_util::future::join_all;
use reshoot::{
    Descriptor, EditError, EditRequest, ErrorKind, JobState, PROVIDERS, Provider, ProviderExt,
    Submission,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_tests::{clip, connect, emulator, fast, stage};
use serde_json::json;
use tempfile::tempdir;

fn fault(value: serde_json::Value) -> Fault {
    serde_json::from_value(value).unwrap()
}

async fn with_fault(operation: Operation, occurrence: Occurrence, fault: Fault) -> Emulator {
    let emulator = emulator().await;
    emulator.set_faults(FaultPlan::one("any", operation, occurrence, fault)).unwrap();
    emulator
}

async fn edit(provider: &dyn Provider, emulator: &Emulator) -> Result<reshoot::Edited, EditError> {
    let stage = stage(provider, emulator);
    let target = tempdir().unwrap();
    let request = EditRequest::new(clip(), "turn it into claymation");
    provider.edit(request, &target.path().join("o.mp4"), &fast(&*stage), &mut |_| {}).await
}

#[tokio::test]
async fn a_lost_reply_never_makes_a_second_job() {
    for descriptor in PROVIDERS {
        let emulator = with_fault(Operation::Submit, Occurrence::Nth(1), Fault::LostReply).await;
        let provider = connect(descriptor, &emulator);
        let edited = edit(&*provider, &emulator).await;
        let counts = emulator.ledger().provider(descriptor.name());
        assert_eq!(counts.jobs, 1, "{}", descriptor.name());
        if descriptor.capabilities.idempotency.is_some() {
            assert!(edited.is_ok(), "{}: the key makes the replay safe", descriptor.name());
            assert_eq!((counts.submits, counts.replays), (2, 1));
        } else {
            assert!(matches!(edited, Err(EditError::PerhapsCharged { .. })));
            assert_eq!(counts.submits, 1);
        }
    }
}

#[tokio::test]
async fn what_proves_nothing_is_perhaps_charged_and_not_sent_again_without_a_key() {
    for case in [
        json!({"kind": "reset-before"}),
        json!({"kind": "lost-reply"}),
        json!({"kind": "html-502"}),
        json!({"kind": "error-before", "status": 503}),
        json!({"kind": "error-after", "status": 500}),
        json!({"kind": "truncated"}),
        json!({"kind": "empty-body"}),
        json!({"kind": "garbage", "bytes": 1_000_000}),
    ] {
        for descriptor in PROVIDERS {
            let emulator = with_fault(
                Operation::Submit,
                reshoot_emulator::Occurrence::EVERY,
                fault(case.clone()),
            )
            .await;
            let provider = connect(descriptor, &emulator);
            let error = edit(&*provider, &emulator).await.unwrap_err();
            let name = descriptor.name();
            let EditError::PerhapsCharged { error, idempotency_key } = error else {
                panic!("{name} {case}: {error}");
            };
            assert!(!error.is_retryable(), "{name} {case}");
            let keyed = descriptor.capabilities.idempotency.is_some();
            assert_eq!(idempotency_key.is_some(), keyed, "{name}");
            let counts = emulator.ledger().provider(name);
            assert_eq!(counts.submits, if keyed { 2 } else { 1 }, "{name} {case}");
            assert!(counts.jobs <= 1, "{name} {case}");
        }
    }
}

#[tokio::test]
async fn a_rate_limit_proves_that_nothing_was_made() {
    for descriptor in PROVIDERS {
        let limited = fault(json!({"kind": "rate-limited", "retry_after": 7}));
        let emulator = with_fault(Operation::Submit, Occurrence::Nth(1), limited).await;
        let provider = connect(descriptor, &emulator);
        let EditError::NotAccepted(error) = edit(&*provider, &emulator).await.unwrap_err() else {
            panic!("{}", descriptor.name());
        };
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert!(error.is_retryable(), "{error}");
        assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(7), "{error}");
        assert_eq!(emulator.ledger().provider(descriptor.name()).jobs, 0);
    }
}

#[tokio::test]
async fn nobody_there_proves_that_nothing_was_made() {
    for descriptor in PROVIDERS {
        let emulator = emulator().await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let request = EditRequest::new(clip(), "turn it into claymation");
        let checked = request.check(descriptor.capabilities, stage.staging()).unwrap();
        let ready = checked.stage(&*stage).await.unwrap();
        drop(stage);
        emulator.shutdown().await;
        let Submission::Refused(error) = provider.submit(&ready).await else {
            panic!("{}", descriptor.name());
        };
        assert!(error.is_retryable() && error.kind() == ErrorKind::Network, "{error}");
    }
}

#[tokio::test]
async fn bad_polls_do_not_lose_the_job() {
    for case in [
        json!({"kind": "html-502"}),
        json!({"kind": "reset-before"}),
        json!({"kind": "rate-limited", "retry_after": 0}),
        json!({"kind": "error-before", "status": 500}),
        json!({"kind": "truncated"}),
        json!({"kind": "empty-body"}),
        json!({"kind": "garbage", "bytes": 1_000_000}),
        json!({"kind": "unknown-status", "word": "MODERATING"}),
        json!({"kind": "null-fields"}),
        json!({"kind": "missing-fields"}),
        json!({"kind": "extra-fields"}),
        json!({"kind": "numbers-as-strings"}),
        json!({"kind": "wrong-content-type"}),
        json!({"kind": "not-found-at-first", "times": 2}),
    ] {
        join_all(PROVIDERS.iter().map(|descriptor| survives(descriptor, &case))).await;
    }
}

/// The first two polls go wrong so, while the job still runs.
async fn survives(descriptor: &Descriptor, case: &serde_json::Value) {
    let emulator = Emulator::builder().job_time(Duration::from_millis(500)).start().await.unwrap();
    let (status, twice) = (Operation::Status, Occurrence::List(vec![1, 2]));
    emulator.set_faults(FaultPlan::one("any", status, twice, fault(case.clone()))).unwrap();
    let provider = connect(descriptor, &emulator);
    let edited = edit(&*provider, &emulator).await;
    let name = descriptor.name();
    assert!(edited.is_ok(), "{name} {case}: {}", edited.unwrap_err());
    let counts = emulator.ledger().provider(name);
    assert_eq!((counts.submits, counts.jobs), (1, 1), "{name} {case}");
}

#[tokio::test]
async fn odd_answers_to_a_submit_do_not_lose_the_id() {
    for case in [
        json!({"kind": "extra-fields"}),
        json!({"kind": "numbers-as-strings"}),
        json!({"kind": "wrong-content-type"}),
        json!({"kind": "unknown-status", "word": "MODERATING"}),
    ] {
        for descriptor in PROVIDERS {
            let once = Occurrence::Nth(1);
            let emulator = with_fault(Operation::Submit, once, fault(case.clone())).await;
            let provider = connect(descriptor, &emulator);
            let edited = edit(&*provider, &emulator).await;
            assert!(edited.is_ok(), "{} {case}: {}", descriptor.name(), edited.unwrap_err());
            assert_eq!(emulator.ledger().provider(descriptor.name()).submits, 1);
        }
    }
}

#[tokio::test]
async fn a_failed_job_ends_the_edit_with_the_providers_reason() {
    for descriptor in PROVIDERS {
        let failed = fault(json!({
            "kind": "job-failed", "code": "content_policy_violation", "message": "not this one",
        }));
        let emulator = with_fault(Operation::Submit, Occurrence::Nth(1), failed).await;
        let provider = connect(descriptor, &emulator);
        let error = edit(&*provider, &emulator).await.unwrap_err();
        let EditError::Ended(job) = error else { panic!("{}: {error}", descriptor.name()) };
        let JobState::Failed(failure) = job.state else { panic!("{:?}", job.state) };
        assert!(failure.to_string().contains("not this one"), "{failure}");
    }
}

#[tokio::test]
async fn a_job_that_never_ends_is_named_when_patience_does() {
    for descriptor in PROVIDERS {
        let stuck = fault(json!({"kind": "stuck"}));
        let emulator = with_fault(Operation::Submit, Occurrence::Nth(1), stuck).await;
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let mut options = fast(&*stage);
        options.wait = options.wait.with_timeout(std::time::Duration::from_millis(150));
        let target = tempdir().unwrap();
        let request = EditRequest::new(clip(), "turn it into claymation");
        let error = provider
            .edit(request, &target.path().join("o.mp4"), &options, &mut |_| {})
            .await
            .unwrap_err();
        let EditError::StillRunning(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.job().map(|job| job.provider()), Some(descriptor.name()));
    }
}

#[tokio::test]
async fn a_bad_download_is_tried_again_or_reported_and_never_a_success() {
    for (case, ends_well) in [
        (json!({"kind": "truncated"}), true),
        (json!({"kind": "html-502"}), true),
        (json!({"kind": "reset-before"}), true),
        (json!({"kind": "corrupt-download"}), false),
        (json!({"kind": "dead-link", "status": 404}), true),
        (json!({"kind": "expired-link"}), true),
    ] {
        for descriptor in PROVIDERS {
            let once = Occurrence::Nth(1);
            let emulator = with_fault(Operation::Download, once, fault(case.clone())).await;
            let provider = connect(descriptor, &emulator);
            let edited = edit(&*provider, &emulator).await;
            let name = descriptor.name();
            match edited {
                Ok(_) => assert!(ends_well, "{name} {case}"),
                Err(EditError::NotDownloaded(error)) => {
                    assert!(!ends_well, "{name} {case}: {error}");
                    assert_eq!(error.job().map(|job| job.provider()), Some(name));
                }
                Err(error) => panic!("{name} {case}: {error}"),
            }
            assert_eq!(emulator.ledger().provider(name).jobs, 1, "{name} {case}");
        }
    }
}

#[tokio::test]
async fn a_link_that_stays_dead_is_reported_with_the_job() {
    for descriptor in PROVIDERS {
        let dead = fault(json!({"kind": "dead-link", "status": 403}));
        let emulator = with_fault(Operation::Download, Occurrence::EVERY, dead).await;
        let provider = connect(descriptor, &emulator);
        let error = edit(&*provider, &emulator).await.unwrap_err();
        let EditError::NotDownloaded(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), ErrorKind::LinkExpired, "{error}");
        assert_eq!(error.job().map(|job| job.provider()), Some(descriptor.name()));
    }
}
