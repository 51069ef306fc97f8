//! What goes wrong on the way: forged, doubled and late deliveries, as the emulator makes them.

use reshoot::{JobState, PROVIDERS, capabilities::Signature};
use reshoot_emulator::{Fault, Operation};
use reshoot_webhook::Answer;

use crate::lab::{Lab, connect};

#[tokio::test]
async fn a_forged_delivery_is_refused_or_a_hint_that_the_status_call_puts_right() {
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        lab.fault(Operation::Webhook, Fault::ForgedWebhook);
        let provider = connect(descriptor, &lab.emulator);
        let job = lab.submit(descriptor).await;
        let decided = lab.next().await;
        let signed = descriptor.capabilities.signature.value != Signature::None;
        assert_eq!(decided.answer == Answer::Forged, signed, "{}", descriptor.name());
        assert!(decided.hint.is_none_or(|hint| !hint.signed), "{}", descriptor.name());
        // The genuine one comes after it, and is not mistaken for a repeat.
        assert_eq!(lab.next().await.answer, Answer::Taken, "{}", descriptor.name());
        let truth = loop {
            let job = provider.status(&job.job_ref).await.unwrap();
            if job.state.is_final() {
                break job.state;
            }
        };
        let JobState::Succeeded { outputs, .. } = truth else { panic!("{truth:?}") };
        assert!(outputs.iter().all(|output| !output.url.as_str().contains("forged")));
    }
}

#[tokio::test]
async fn a_doubled_delivery_is_acknowledged_and_hints_once() {
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        lab.fault(Operation::Webhook, Fault::DuplicateWebhook);
        lab.submit(descriptor).await;
        let (first, second) = (lab.next().await, lab.next().await);
        assert_eq!((first.answer, second.answer), (Answer::Taken, Answer::Repeated));
        assert!(first.hint.is_some() && second.hint.is_none(), "{}", descriptor.name());
    }
}

#[tokio::test]
async fn a_late_delivery_is_only_one_more_hint_about_the_job() {
    for descriptor in PROVIDERS {
        let lab = Lab::new().await;
        lab.fault(Operation::Webhook, Fault::ReorderedWebhook);
        let job = lab.submit(descriptor).await;
        for _ in 0..2 {
            let decided = lab.next().await;
            assert_eq!(decided.answer, Answer::Taken, "{}", descriptor.name());
            assert_eq!(decided.hint.unwrap().job.job_ref, job.job_ref);
        }
    }
}
