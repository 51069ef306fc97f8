//! What the receiver makes of deliveries.

use super::*;
use crate::testing::{half, signed, token, unsigned};

fn receiver() -> Receiver {
    Receiver::new().with(unsigned(), token("unsigned")).with_signed(signed()).unwrap()
}

fn path(provider: &str) -> String {
    format!("/{provider}/{}", token(provider).expose())
}

async fn deliver(receiver: &Receiver, path: &str, body: &[u8]) -> (Answer, Option<String>) {
    let headers = HeaderMap::new();
    let incoming = Incoming { path, headers: &headers, body, received: SystemTime::now() };
    let mut handed = None;
    let answer = receiver
        .receive(&incoming, |hint| {
            handed = Some(hint.job.job_ref.to_string());
            true
        })
        .await;
    (answer, handed)
}

#[tokio::test]
async fn each_path_leads_to_its_provider_or_nowhere() {
    let (good, other) = (path("unsigned"), path("other"));
    for (path, answer) in [
        (good.clone(), Answer::Taken),
        ("/signed".to_owned(), Answer::Taken),
        ("/unsigned".to_owned(), Answer::Forged),
        ("/unsigned/".to_owned(), Answer::Forged),
        ("/unsigned/0123".to_owned(), Answer::Forged),
        (format!("{good}/"), Answer::Forged),
        (other.replace("other", "unsigned"), Answer::Forged),
        (path("unsigned").replace("unsigned", "signed"), Answer::NotFound),
        (other, Answer::NotFound),
        ("/".to_owned(), Answer::NotFound),
        (String::new(), Answer::NotFound),
        (good[1..].to_owned(), Answer::NotFound),
    ] {
        let receiver = receiver();
        assert_eq!(deliver(&receiver, &path, b"job-1").await.0, answer, "{path}");
        let admitted = receiver.admit(&path);
        assert_eq!(admitted.err().unwrap_or(Answer::Taken), answer, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_proved_is_not_handed_over() {
    for (body, answer) in [
        (b"forged".to_vec(), Answer::Forged),
        (b"unreadable".to_vec(), Answer::Unreadable),
        (b"no key".to_vec(), Answer::Again),
        (vec![b'x'; MAX_BODY + 1], Answer::TooLarge),
    ] {
        for path in [path("unsigned"), "/signed".to_owned()] {
            assert_eq!(deliver(&receiver(), &path, &body).await, (answer, None));
        }
    }
    let longest = vec![b'x'; MAX_BODY];
    assert_eq!(deliver(&receiver(), "/signed", &longest).await.0, Answer::Taken);
}

#[tokio::test]
async fn a_delivery_counts_once_per_provider_and_whatever_comes_between() {
    let receiver = receiver();
    for (path, body, answer) in [
        ("/signed", "job-1", Answer::Taken),
        ("/signed", "job-2", Answer::Taken),
        ("/signed", "job-1", Answer::Repeated),
        (&path("unsigned"), "job-1", Answer::Taken),
        (&path("unsigned"), "job-1", Answer::Repeated),
        ("/signed", "job-2", Answer::Repeated),
    ] {
        let (answered, handed) = deliver(&receiver, path, body.as_bytes()).await;
        assert_eq!((answered, handed.is_some()), (answer, answer == Answer::Taken), "{path}");
    }
}

#[tokio::test]
async fn a_forged_delivery_is_not_remembered_in_the_genuine_ones_place() {
    let receiver = receiver();
    assert_eq!(deliver(&receiver, "/unsigned/guess", b"job-1").await.0, Answer::Forged);
    assert_eq!(deliver(&receiver, &path("unsigned"), b"job-1").await.0, Answer::Taken);
}

#[tokio::test]
async fn a_hint_that_nobody_had_room_for_counts_when_it_comes_again() {
    let (receiver, headers) = (receiver(), HeaderMap::new());
    let received = SystemTime::now();
    let incoming = Incoming { path: "/signed", headers: &headers, body: b"job-1", received };
    assert_eq!(receiver.receive(&incoming, |_| false).await, Answer::Again);
    assert_eq!(receiver.receive(&incoming, |_| true).await, Answer::Taken);
    assert_eq!(receiver.receive(&incoming, |_| true).await, Answer::Repeated);
}

#[test]
fn whose_signature_does_not_cover_the_body_needs_a_token() {
    for (provider, allowed) in [(signed(), true), (half(), false), (unsigned(), false)] {
        let name = provider.name();
        assert_eq!(Receiver::new().with_signed(provider).is_ok(), allowed, "{name}");
    }
}

#[tokio::test]
async fn a_token_is_asked_of_those_who_sign_too_where_one_was_given() {
    let receiver = Receiver::new().with(signed(), token("signed"));
    assert_eq!(deliver(&receiver, "/signed", b"job-1").await.0, Answer::Forged);
    assert_eq!(deliver(&receiver, &path("signed"), b"job-1").await.0, Answer::Taken);
}
