//! One genuine delivery of each provider, and everything that can be wrong with it.

use std::time::Duration;

use reshoot::{Descriptor, PROVIDERS, capabilities::Signature};
use reshoot_emulator::{Fault, Operation};
use reshoot_webhook::{Answer, MAX_BODY};

use crate::lab::{Came, Lab, decide, path, receiver};

/// A genuine delivery of a provider.
async fn genuine(lab: &Lab, descriptor: &Descriptor) -> Came {
    let job = lab.submit(descriptor).await;
    let decided = lab.next().await;
    assert_eq!(decided.answer, Answer::Taken, "{}", descriptor.name());
    assert_eq!(decided.hint.unwrap().job.job_ref, job.job_ref);
    decided.came
}

const fn signs_body(descriptor: &Descriptor) -> bool {
    matches!(descriptor.capabilities.signature.value, Signature::Body)
}

fn is_signed(descriptor: &Descriptor) -> bool {
    descriptor.capabilities.signature.value != Signature::None
}

#[tokio::test]
async fn a_genuine_delivery_counts_once_and_as_signed_only_where_its_body_is() {
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        let (came, receiver) = (genuine(&lab, descriptor).await, receiver(&lab.emulator));
        let first = decide(&receiver, &came).await;
        assert_eq!(first.answer, Answer::Taken, "{}", descriptor.name());
        assert_eq!(first.hint.unwrap().signed, signs_body(descriptor), "{}", descriptor.name());
        let again = decide(&receiver, &came).await;
        assert_eq!((again.answer, again.hint.is_none()), (Answer::Repeated, true));
    }
}

#[tokio::test]
async fn a_delivery_whose_body_was_changed_is_forged_where_bodies_are_signed() {
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        let mut came = genuine(&lab, descriptor).await;
        // Still the same JSON.
        came.body = [&came.body[..], b" "].concat().into();
        let decided = decide(&receiver(&lab.emulator), &came).await;
        let expected = if signs_body(descriptor) { Answer::Forged } else { Answer::Taken };
        assert_eq!(decided.answer, expected, "{}", descriptor.name());
        assert!(decided.hint.is_none_or(|hint| !hint.signed), "{}", descriptor.name());
    }
}

#[tokio::test]
async fn a_delivery_without_its_signature_is_forged_where_there_is_one() {
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        let mut came = genuine(&lab, descriptor).await;
        came.headers.clear();
        let answer = decide(&receiver(&lab.emulator), &came).await.answer;
        let expected = if is_signed(descriptor) { Answer::Forged } else { Answer::Taken };
        assert_eq!(answer, expected, "{}", descriptor.name());
    }
}

#[tokio::test]
async fn a_delivery_that_is_too_old_or_too_young_is_forged_where_its_time_is_signed() {
    let mut timeless = Vec::new();
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        let came = genuine(&lab, descriptor).await;
        let has_time = came.headers.keys().any(|name| name.as_str().ends_with("-timestamp"));
        if !has_time {
            timeless.push(descriptor.name());
            continue;
        }
        let (now, minutes) = (came.received, |n: u64| Duration::from_secs(60 * n));
        for (received, answer) in [
            (now + minutes(6), Answer::Forged),
            (now - minutes(6), Answer::Forged),
            (now + minutes(4), Answer::Taken),
            (now - minutes(4), Answer::Taken),
        ] {
            let came = Came { received, ..came.clone() };
            let decided = decide(&receiver(&lab.emulator), &came).await;
            assert_eq!(decided.answer, answer, "{}", descriptor.name());
        }
    }
    let signed_without: Vec<_> = PROVIDERS
        .iter()
        .filter(|descriptor| is_signed(descriptor) && timeless.contains(&descriptor.name()))
        .map(Descriptor::name)
        .collect();
    assert_eq!(signed_without, ["apiframe"], "it sends no time: its replays are repeats, or hints");
}

#[tokio::test]
async fn paths_tokens_and_sizes_are_checked_for_every_provider() {
    for descriptor in PROVIDERS {
        let (lab, name) = (Lab::new().await, descriptor.name());
        let came = genuine(&lab, descriptor).await;
        let token = came.path.rsplit('/').next().unwrap().to_owned();
        let too_long = vec![b' '; MAX_BODY + 1];
        for (case, path, body, answer) in [
            ("another token", format!("/{name}/{}", "0".repeat(32)), None, Answer::Forged),
            ("no token", format!("/{name}"), None, Answer::Forged),
            ("another provider's token", path("acme").replace("acme", name), None, Answer::Forged),
            ("an unknown provider", format!("/acme/{token}"), None, Answer::NotFound),
            ("too much", came.path.clone(), Some(too_long), Answer::TooLarge),
            ("nothing", came.path.clone(), Some(Vec::new()), nothing(descriptor)),
        ] {
            let body = body.map_or_else(|| came.body.clone(), Into::into);
            let came = Came { path, body, ..came.clone() };
            let decided = decide(&receiver(&lab.emulator), &came).await;
            assert_eq!((decided.answer, decided.hint), (answer, None), "{name}: {case}");
        }
    }
}

/// Whoever signs has not signed nothing; else nothing can be read.
const fn nothing(descriptor: &Descriptor) -> Answer {
    if signs_body(descriptor) { Answer::Forged } else { Answer::Unreadable }
}

#[tokio::test]
async fn a_delivery_of_one_provider_proves_nothing_to_another() {
    for from in PROVIDERS {
        let lab = Lab::new().await;
        let came = genuine(&lab, from).await;
        for to in PROVIDERS.iter().filter(|to| to.name() != from.name()) {
            let came = Came { path: path(to.name()), ..came.clone() };
            let decided = decide(&receiver(&lab.emulator), &came).await;
            let case = format!("{} to {}: {:?}", from.name(), to.name(), decided.answer);
            if signs_body(to) {
                assert_eq!(decided.answer, Answer::Forged, "{case}");
            }
            assert!(decided.hint.is_none_or(|hint| !hint.signed), "{case}");
        }
    }
}

#[tokio::test]
async fn when_a_key_cannot_be_fetched_the_delivery_shall_come_again_and_then_counts() {
    let mut fetching = Vec::new();
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        let came = genuine(&lab, descriptor).await;
        lab.fault(Operation::Any, Fault::ErrorBefore { status: 503 });
        let receiver = receiver(&lab.emulator);
        if decide(&receiver, &came).await.answer == Answer::Again {
            fetching.push(descriptor.name());
            lab.emulator.clear_faults();
            assert_eq!(decide(&receiver, &came).await.answer, Answer::Taken);
        }
    }
    let known: Vec<_> = ["fal", "replicate", "wavespeed"]
        .into_iter()
        .filter(|name| reshoot::provider(name).is_ok())
        .collect();
    assert_eq!(fetching, known, "those that tell the key of their signatures");
}
