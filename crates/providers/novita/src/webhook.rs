//! Novita's webhooks: the task result in an envelope, unsigned.

use reshoot_core::{Delivery, Error, Hint, wire::DeliveryCheck};

use crate::{
    NAME,
    generated::{WebhookEventType, types},
    response,
};

/// Reads a delivery. No signature is documented, so anybody who knows the URL can send one: put an
/// unguessable token into the URL, and confirm each hint with a status call.
pub(crate) fn read(delivery: &Delivery<'_>) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let delivery: types::WebhookDelivery = check.read()?;
    match (delivery.event_type, delivery.payload) {
        (Some(WebhookEventType::AsyncTaskResult), Some(payload)) => {
            Ok(Hint::new(response::delivered(payload)?, false, None))
        }
        _ => Err(check.unreadable("the delivery is not about the result of a task")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use http::HeaderMap;

    use super::*;

    #[test]
    fn only_results_of_tasks_are_read_and_never_as_signed() {
        for (body, read_as) in [
            (
                r#"{"event_type":"ASYNC_TASK_RESULT","payload":{"task":{"task_id":"t","status":"TASK_STATUS_FAILED"}}}"#,
                Some("t"),
            ),
            (r#"{"event_type":"OTHER","payload":{"task":{"task_id":"t"}}}"#, None),
            (r#"{"event_type":"ASYNC_TASK_RESULT","payload":{}}"#, None),
            (r#"{"task":{"task_id":"t"}}"#, None),
            ("<html>", None),
        ] {
            let headers = HeaderMap::new();
            let delivery =
                Delivery { headers: &headers, body: body.as_bytes(), received: SystemTime::now() };
            let hint = read(&delivery).ok();
            assert_eq!(hint.as_ref().map(|hint| hint.job.job_ref.id()), read_as, "{body}");
            assert!(hint.is_none_or(|hint| !hint.signed));
        }
    }
}
