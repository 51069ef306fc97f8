//! DashScope's events: sent by EventBridge to where the console was told to.

use reshoot_core::{
    Delivery, Error, Hint,
    wire::{DeliveryCheck, text},
};

use crate::{
    NAME,
    generated::{EventType, types},
    response,
};

/// Reads a delivery. EventBridge signs it with a certificate of its own, which is not checked here, so
/// anybody who knows the URL can send one: put an unguessable token into the URL, and confirm each
/// hint with a status call. That is needed in any case, since an event holds no result.
pub(crate) fn read(delivery: &Delivery<'_>) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let event: types::TaskFinishEvent = check.read()?;
    let is_ours = text(event.type_).is_some_and(|kind| kind == EventType::AsyncTaskFinish.as_str());
    match event.data.filter(|_| is_ours) {
        Some(task) => Ok(Hint::new(response::delivered(task)?, false, text(event.id))),
        None => Err(check.unreadable("the event is not about the end of a task")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;
    use reshoot_core::{ErrorKind, JobState};
    use serde_json::{Value, json};

    use super::*;

    fn deliver(event: &Value) -> Result<Hint, Error> {
        let (headers, body) = (HeaderMap::new(), event.to_string());
        let received = SystemTime::now();
        read(&Delivery { headers: &headers, body: body.as_bytes(), received })
    }

    #[test]
    fn an_event_tells_that_a_task_has_ended_and_not_how() {
        for (status, state) in [
            ("SUCCEEDED", JobState::Running { progress: None }),
            ("FAILED", JobState::Running { progress: None }),
            ("CANCELED", JobState::Canceled),
        ] {
            let hint = deliver(&json!({
                "id": "e", "type": "dashscope:System:AsyncTaskFinish",
                "data": {"task_id": "t", "task_status": status},
            }))
            .unwrap();
            assert_eq!((hint.job.job_ref.id(), hint.job.state), ("t", state));
            assert_eq!((hint.signed, hint.delivery_id.as_deref()), (false, Some("e")));
        }
    }

    #[test]
    fn other_events_are_unreadable() {
        for event in [
            json!({"type": "oss:ObjectCreated:PutObject", "data": {"task_id": "t"}}),
            json!({"type": "dashscope:System:AsyncTaskFinish"}),
            json!({"data": {"task_id": "t"}}),
            json!([]),
        ] {
            assert_eq!(deliver(&event).unwrap_err().kind(), ErrorKind::Unreadable, "{event}");
        }
    }
}
