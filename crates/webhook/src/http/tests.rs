//! What the router answers.

use axum::extract::Request;
use http::Method;
use tower::ServiceExt;

use super::*;
use crate::testing::{signed, token, unsigned};

fn request(method: Method, path: &str, body: impl Into<Body>) -> Request {
    Request::builder().method(method).uri(path).body(body.into()).unwrap()
}

fn mounted(room: usize) -> (Router, mpsc::Receiver<Hint>) {
    let receiver =
        Receiver::new().with(unsigned(), token("unsigned")).with_signed(signed()).unwrap();
    let (sender, hints) = mpsc::channel(room);
    (router(receiver, sender), hints)
}

async fn post_to(app: &Router, path: &str, body: &str) -> u16 {
    let request = request(Method::POST, path, body.to_owned());
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn each_answer_has_its_status_and_no_words() {
    let (app, _hints) = mounted(8);
    let good = format!("/unsigned/{}", token("unsigned").expose());
    for (method, path, body, status) in [
        (Method::POST, good.as_str(), "job-1".to_owned(), 200),
        (Method::POST, &good, "job-1".to_owned(), 200),
        (Method::POST, "/signed", "job-1".to_owned(), 200),
        (Method::POST, &good, "forged".to_owned(), 401),
        (Method::POST, "/unsigned/guess", "job-2".to_owned(), 401),
        (Method::POST, "/unsigned", "job-2".to_owned(), 401),
        (Method::POST, &good, "unreadable".to_owned(), 400),
        (Method::POST, &good, "no key".to_owned(), 503),
        (Method::POST, &good, "x".repeat(MAX_BODY + 1), 413),
        (Method::POST, "/acme/guess", "job-2".to_owned(), 404),
        (Method::POST, "/a/b/c", "job-2".to_owned(), 404),
        (Method::GET, &good, String::new(), 405),
    ] {
        let answer = app.clone().oneshot(request(method.clone(), path, body)).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        assert_eq!(to_bytes(answer.into_body(), 9).await.unwrap().len(), 0, "{method} {path}");
    }
}

#[tokio::test]
async fn a_hint_is_handed_over_before_it_is_answered_and_a_repeat_never() {
    let (app, mut hints) = mounted(8);
    assert_eq!(post_to(&app, "/signed", "job-1").await, 200);
    assert_eq!(hints.try_recv().unwrap().job.job_ref.id(), "job-1");
    assert_eq!(post_to(&app, "/signed", "job-1").await, 200);
    assert!(hints.try_recv().is_err());
}

#[tokio::test]
async fn a_full_channel_makes_it_come_again() {
    let (app, mut hints) = mounted(1);
    assert_eq!(post_to(&app, "/signed", "job-1").await, 200);
    assert_eq!(post_to(&app, "/signed", "job-2").await, 503);
    hints.try_recv().unwrap();
    assert_eq!(post_to(&app, "/signed", "job-2").await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_trickles_keeps_nobody_waiting() {
    let (app, _hints) = mounted(8);
    let (_open, never) = mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let stream = futures_util::stream::unfold(never, |mut never| async {
        let next = never.recv().await?;
        Some((next, never))
    });
    let trickle = request(Method::POST, "/signed", Body::from_stream(stream));
    assert_eq!(app.oneshot(trickle).await.unwrap().status().as_u16(), 503);
}

#[tokio::test]
async fn it_can_be_nested() {
    let (inner, _hints) = mounted(8);
    let app = Router::new().nest("/hooks", inner);
    assert_eq!(post_to(&app, "/hooks/signed", "job-1").await, 200);
    assert_eq!(post_to(&app, "/signed", "job-1").await, 404);
}
