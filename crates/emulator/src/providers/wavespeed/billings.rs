//! What was charged and paid back, by prediction.
use axum::extract::{Request, State};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{MODEL, PROVIDER, authorize, body, iso, page, status, success};
use crate::app::{Shared, lock};
use crate::jobs::{Job, Phase};
use crate::wire::{self, Answer};

/// Bills on a page, where the call does not say.
const PAGE_SIZE: usize = 10;

/// Newest first, unless asked otherwise.
pub(super) async fn search(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let body = body(request, "/api/v3/billings/search").await?;
    let jobs = lock(&app.jobs);
    let mine = jobs.newest_first(PROVIDER.name).filter(|job| job.owner == owner);
    let mut bills: Vec<Value> = mine
        .filter(|job| asked_for(job, &body))
        .flat_map(|job| bills(job, &app.phase(job)))
        .filter(|bill| wanted(bill, &body, "billing_type"))
        .collect();
    if wire::text(&body, "sort") == "created_at ASC" {
        bills.reverse();
    }
    let (number, items) = page(&bills, &body, PAGE_SIZE);
    let last = items.is_empty() || items.last() == bills.last();
    Ok(success(json!({ "page": number, "total": bills.len(), "has_more": !last, "items": items })))
}

fn wanted(bill: &Value, body: &Value, field: &str) -> bool {
    body.get(field).is_none_or(|wanted| bill.get(field) == Some(wanted))
}

fn asked_for(job: &Job, body: &Value) -> bool {
    let named = body.get("prediction_uuids").and_then(Value::as_array);
    let moment = |field: &str| moment(wire::text(body, field));
    named.is_none_or(|ids| ids.is_empty() || ids.iter().any(|id| *id == job.id.as_str()))
        && body.get("model_uuid").is_none_or(|model| model == MODEL)
        && moment("start_time").is_none_or(|from| job.created_at >= from)
        && moment("end_time").is_none_or(|until| job.created_at <= until)
}

/// Unix milliseconds as text, or ISO 8601.
fn moment(text: &str) -> Option<OffsetDateTime> {
    match text.parse::<i64>() {
        Ok(ms) => OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok(),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339).ok(),
    }
}

/// The charge and, above it, what was paid back for a prediction that came to nothing.
fn bills(job: &Job, phase: &Phase) -> Vec<Value> {
    let refunded = matches!(phase, Phase::Failed { .. } | Phase::Canceled);
    let kinds: &[&str] = if refunded { &["refund", "deduct"] } else { &["deduct"] };
    kinds.iter().map(|kind| bill(job, phase, kind)).collect()
}

fn bill(job: &Job, phase: &Phase, kind: &str) -> Value {
    let created = if kind == "refund" { job.ends_at() } else { job.created_at };
    let updated = if phase.is_final() { job.ends_at() } else { job.created_at };
    let price = job.billed.credits;
    json!({
        "uuid": uuid(&job.id, kind), "billing_type": kind, "price": price,
        "created_at": iso(created), "updated_at": iso(updated), "access_key_name": "",
        "order": {
            "uuid": uuid(&job.id, "order"), "state": if phase.is_final() { "done" } else { "pre" },
            "price": price, "origin_price": price, "status": "", "ak_id": 0,
        },
        "prediction": { "uuid": job.id, "model_uuid": MODEL, "status": status(phase) },
    })
}

/// The same at each look.
fn uuid(id: &str, what: &str) -> String {
    hex::encode(Sha256::digest(format!("{id} {what}"))).chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::tests::job;

    #[test]
    fn a_charge_for_nothing_is_paid_back() {
        let failed = Phase::Failed { code: "1405".into(), message: "no".into() };
        let cases = [
            (Phase::Running(50), vec![("deduct", "pre")]),
            (Phase::Succeeded, vec![("deduct", "done")]),
            (failed, vec![("refund", "done"), ("deduct", "done")]),
            (Phase::Canceled, vec![("refund", "done"), ("deduct", "done")]),
        ];
        for (phase, expected) in cases {
            let bills = bills(&job(10), &phase);
            let seen: Vec<_> = bills
                .iter()
                .map(|bill| (wire::text(bill, "billing_type"), wire::text(&bill["order"], "state")))
                .collect();
            assert_eq!(seen, expected, "{phase:?}");
        }
    }

    #[test]
    fn times_are_milliseconds_or_iso() {
        let epoch = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(
            [moment("0"), moment("1970-01-01T00:00:00Z"), moment("")],
            [Some(epoch), Some(epoch), None]
        );
    }
}
