//! The submit: `webhook` in the query, and in sync mode an answer that waits for the end.
use std::time::Duration;

use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::{PROVIDER, authorize, body, error, price, success, view, webhook};
use crate::app::{Order, Origin, Shared, is_loopback, lock, random_hex};
use crate::jobs::{Job, Phase};
use crate::webhooks;
use crate::wire::{self, Answer, Refusal};

/// How long an answer is held back at most: the 90 seconds that the provider's own tests speak of, twenty times as
/// fast, as retries of webhooks are.
const LONGEST_WAIT: Duration = Duration::from_millis(4500);

pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let hook = hook(&request)?;
    let input = body(request, "/api/v3/alibaba/wan-2.7/video-edit").await?;
    let waits = input.get("enable_sync_mode") == Some(&Value::Bool(true));
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, owner, input) });
    if let Some(url) = hook {
        webhooks::watch(&app, &PROVIDER, &job, webhook::subscription(url, &job.owner));
    }
    let answer =
        if waits { held(&app, &job, LONGEST_WAIT).await } else { view(&app, &job, &Phase::Queued) };
    Ok(success(answer))
}

/// Where to deliver; the provider says a public https URL, tests need http to this machine.
fn hook(request: &Request) -> Result<Option<String>, Refusal> {
    let Some(text) = wire::query(request).remove("webhook").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let fits = url::Url::parse(&text)
        .is_ok_and(|url| url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url));
    if fits { Ok(Some(text)) } else { Err(error(400, "webhook must be a public https URL").into()) }
}

fn order(app: &Shared, owner: String, input: Value) -> Order {
    let video = wire::text(&input, "video");
    let origin = app.origin(video);
    let unread = origin == Origin::Missing || url::Url::parse(video).is_err();
    let failure = match input.get("duration").and_then(Value::as_u64) {
        _ if unread => Some(("1402", "the clip could not be fetched")),
        Some(1) => Some(("1401", "duration must be 0, or from 2 to 10")),
        _ => None,
    };
    Order {
        id: random_hex(16),
        owner,
        billed: price::billed(app, &origin, &input),
        failure: failure.map(|(code, message)| (code.to_owned(), message.to_owned())),
        origin,
        input,
        outputs: 1,
        fault: None,
    }
}

/// The prediction once it has ended, or as it stands when the wait is over.
async fn held(app: &Shared, job: &Job, longest: Duration) -> Value {
    for wait in [job.time.min(longest), longest] {
        tokio::time::sleep_until((job.created + wait).into()).await;
        let Some(job) = lock(&app.jobs).get(&job.id).cloned() else {
            break;
        };
        let phase = app.phase(&job);
        if phase.is_final() {
            return view(app, &job, &phase);
        }
    }
    let mut given_up = view(app, job, &Phase::Running(50));
    wire::set(&mut given_up, "code", json!(5004));
    wire::set(&mut given_up, "error", "Sync mode timed out; ask for the result later.");
    given_up
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;

    #[tokio::test]
    async fn a_wait_that_is_too_long_is_given_up() {
        let emulator =
            Emulator::builder().job_time(Duration::from_secs(3600)).start().await.unwrap();
        let app = emulator.app.clone();
        let input = json!({ "prompt": "snow", "video": "https://media.example.org/in/clip.mp4" });
        let job = app.create(&PROVIDER, order(&app, "key".to_owned(), input));
        let answer = held(&app, &job, Duration::from_millis(5)).await;
        assert_eq!(
            (&answer["id"], &answer["status"], &answer["code"], &answer["outputs"]),
            (&json!(job.id), &json!("processing"), &json!(5004), &json!([]))
        );
    }
}
