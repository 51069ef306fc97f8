//! kie.ai's callbacks: signed over the task's id and the time, not over the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use reshoot_core::{
    ApiKey, Delivery, Error, Hint,
    wire::{DeliveryCheck, hmac_sha256_fits},
};

use crate::{NAME, generated::types, response};

/// Reads a delivery after checking its signature, if there is a secret for that.
///
/// The signature proves that the provider told something of this task at this time. The rest of the
/// body may be anybody's, so the hint never counts as signed: confirm it with a status call. No age
/// for replays is documented; it is five minutes here.
pub(crate) fn read(delivery: &Delivery<'_>, secret: Option<&ApiKey>) -> Result<Hint, Error> {
    let check = DeliveryCheck::new(NAME, delivery);
    let callback: types::CallbackDelivery = check.read()?;
    let record = callback.data.ok_or_else(|| check.unreadable("the delivery holds no task"))?;
    if let Some(secret) = secret {
        let id = response::task_id(&record)
            .ok_or_else(|| check.forged("the delivery names no task that could be signed"))?;
        verify(&check, &id, secret)?;
    }
    Ok(Hint::new(response::delivered(record)?, false, None))
}

fn verify(check: &DeliveryCheck<'_>, id: &str, secret: &ApiKey) -> Result<(), Error> {
    let timestamp = check.header("x-webhook-timestamp")?;
    check.fresh(timestamp)?;
    let signed = format!("{id}.{timestamp}");
    let signature = STANDARD.decode(check.header("x-webhook-signature")?);
    let key = secret.expose().as_bytes();
    match signature {
        Ok(signature) if hmac_sha256_fits(key, &[signed.as_bytes()], &signature) => Ok(()),
        _ => Err(check.forged("the signature does not fit the task and the time")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::HeaderMap;
    use reshoot_core::{ErrorKind, JobState};
    use serde_json::{Value, json};

    use super::*;

    // The test vector of the spec, made with another implementation.
    const SECRET: &str = "kie_hook_key_0001";
    const SIGNATURE: &str = "dSjOfJyW295vmv5hbCVnXcN3h+sQcoy9U9QCwcuRnQ0=";
    const SENT: u64 = 1_790_000_290;

    fn body(id_field: &str, id: &str) -> Value {
        json!({"code": 501, "msg": "failed", "data": {id_field: id, "state": "fail"}})
    }

    fn deliver(
        signature: Option<&str>,
        late: u64,
        body: &Value,
        secret: Option<&str>,
    ) -> Result<Hint, Error> {
        let mut headers = HeaderMap::new();
        headers.insert("x-webhook-timestamp", SENT.to_string().parse().unwrap());
        if let Some(signature) = signature {
            headers.insert("x-webhook-signature", signature.parse().unwrap());
        }
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(SENT + late);
        let body = body.to_string();
        let delivery = Delivery { headers: &headers, body: body.as_bytes(), received };
        read(&delivery, secret.map(|secret| ApiKey::new(secret).unwrap()).as_ref())
    }

    #[test]
    fn the_known_vector_fits_under_either_name_of_the_id_and_proves_no_body() {
        for field in ["taskId", "task_id"] {
            let body = body(field, "task_wan_1790000200000");
            let hint = deliver(Some(SIGNATURE), 9, &body, Some(SECRET)).unwrap();
            assert!(!hint.signed && matches!(hint.job.state, JobState::Failed(_)), "{field}");
            assert_eq!(hint.job.job_ref.id(), "task_wan_1790000200000");
        }
    }

    #[test]
    fn whatever_was_changed_is_forged() {
        let ours = body("taskId", "task_wan_1790000200000");
        let other = body("taskId", "task_wan_1790000200001");
        let nameless = json!({"code": 200, "data": {"state": "fail"}});
        for (signature, late, body, secret) in [
            (Some(SIGNATURE), 0, &other, SECRET),
            (Some(SIGNATURE), 0, &nameless, SECRET),
            (Some(SIGNATURE), 301, &ours, SECRET),
            (Some(SIGNATURE), 0, &ours, "other"),
            (Some("not base64"), 0, &ours, SECRET),
            (None, 0, &ours, SECRET),
        ] {
            let error = deliver(signature, late, body, Some(secret)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Forged, "{signature:?} {late} {body} {secret}");
        }
    }

    #[test]
    fn without_a_secret_nothing_is_proved() {
        let hint = deliver(None, 0, &body("taskId", "t"), None).unwrap();
        assert!(!hint.signed);
    }

    #[test]
    fn what_tells_of_no_task_is_unreadable() {
        for body in [json!({}), json!({"data": null}), json!([])] {
            let error = deliver(Some(SIGNATURE), 0, &body, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unreadable, "{body}");
        }
    }
}
