//! What the emulator answers, checked against each provider's own contract.
use std::ops::RangeInclusive;

use super::*;
use crate::providers::{self, PROVIDERS};

/// What is wrong with an answer under the contract's schema for this operation and status.
fn violations(name: &str, (method, path): (&str, &str), status: u16, body: &Value) -> Vec<String> {
    let contract = &providers::find(name).unwrap().contract;
    let responses = contract
        .document()
        .pointer(&format!("/paths/{}/{method}/responses", path.replace('/', "~1")));
    let responses = responses.unwrap_or_else(|| panic!("{name} has no {method} {path}"));
    let exact = status.to_string();
    let status =
        if responses.get(&exact).is_some() { exact } else { format!("{}XX", status / 100) };
    let Some(declared) = responses.get(&status) else {
        return vec![format!("status {status} is not declared")];
    };
    let content = match declared.get("$ref").and_then(Value::as_str) {
        Some(place) => {
            contract.document().pointer(&format!("{}/content", place.trim_start_matches('#')))
        }
        None => declared.get("content"),
    };
    let content = content.and_then(Value::as_object);
    let kind = content.and_then(|kinds| kinds.keys().find(|kind| is_json(kind)));
    let kind = kind.unwrap_or_else(|| panic!("{name} {method} {path} {status} has no JSON schema"));
    let place = ["paths", path, method, "responses", &status, "content", kind, "schema"];
    contract
        .check(&place, body)
        .iter()
        .map(|violation| format!("{}: {}", violation.dotted(), violation.message))
        .collect()
}

/// Whether a media type is JSON, or a kind of it such as `application/problem+json`.
fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind.ends_with("+json")
}

pub(super) async fn check(
    request: RequestBuilder,
    name: &str,
    operation: (&str, &str),
    expected: u16,
) {
    check_among(request, name, operation, expected..=expected).await;
}

async fn check_among(
    request: RequestBuilder,
    name: &str,
    operation: (&str, &str),
    expected: RangeInclusive<u16>,
) {
    let (status, body) = read(request).await;
    let outcome = dialect_of(name).outcome(status, &body);
    assert!(expected.contains(&outcome), "{name} {operation:?} {outcome} {body}");
    assert_eq!(
        violations(name, operation, status, &body),
        Vec::<String>::new(),
        "{name} {operation:?} {status} {body}"
    );
}

#[test]
fn every_contract_is_in_the_package() {
    for provider in PROVIDERS {
        let paths =
            provider.contract.document()["paths"].as_object().map_or(0, serde_json::Map::len);
        assert!(
            paths > 0,
            "src/specs has no contract for {}; run `cargo xtask regen`",
            provider.name
        );
    }
}

#[test]
fn every_submit_has_a_schema() {
    for dialect in dialects() {
        let contract = &providers::find(dialect.name).unwrap().contract;
        assert_ne!(
            contract.request(dialect.submit, &json!({ "nothing": true })),
            [],
            "{}",
            dialect.submit
        );
    }
}

#[tokio::test]
async fn submits_and_polls_keep_the_contract() {
    for dialect in dialects() {
        let lab = Lab::new(0).await;
        let (submit, poll) = (("post", dialect.submit), ("get", dialect.status_operation));
        check(lab.submit(dialect), dialect.name, submit, dialect.accepted).await;
        check(
            lab.post(dialect, dialect.submit, &json!({ "duration": "x" })),
            dialect.name,
            submit,
            dialect.invalid,
        )
        .await;
        let id = lab.job(dialect).await;
        check(lab.poll(dialect, &id), dialect.name, poll, 200).await;
        for fault in
            [Fault::Stuck, Fault::JobFailed { code: "FAILED".into(), message: "no".into() }]
        {
            lab.fault(dialect.name, Operation::Submit, fault);
            let id = lab.job(dialect).await;
            // A job that runs has a 2xx of its own at some providers.
            check_among(lab.poll(dialect, &id), dialect.name, poll, 200..=299).await;
        }
    }
}

#[tokio::test]
async fn errors_keep_the_contract() {
    for dialect in dialects() {
        let lab = Lab::new(0).await;
        for (operation, path) in [
            (Operation::Submit, ("post", dialect.submit)),
            (Operation::Status, ("get", dialect.status_operation)),
        ] {
            for status in [401, 429, 500] {
                lab.fault(dialect.name, operation, Fault::ErrorBefore { status });
                let request = if operation == Operation::Submit {
                    lab.submit(dialect)
                } else {
                    lab.poll(dialect, "x")
                };
                let (status, body) = read(request).await;
                // Not each provider documents each of these; where one is documented, its body is as documented.
                let problems = violations(dialect.name, path, status, &body);
                assert!(
                    problems.is_empty()
                        || problems.iter().all(|problem| problem.ends_with("is not declared")),
                    "{path:?} {problems:?} {body}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_other_calls_keep_the_contract() {
    let lab = Lab::new(0).await;
    for dialect in dialects() {
        lab.job(dialect).await;
    }
    let cases = [
        (dialect_of("novita"), "/v1/user/balance", "/v1/user/balance"),
        (dialect_of("evolink"), "/v1/tasks", "/v1/tasks"),
        (dialect_of("evolink"), "/v1/credits", "/v1/credits"),
        (dialect_of("evolink"), "/web/api/models/pricing", "/web/api/models/pricing"),
        (dialect_of("kie"), "/api/v1/chat/credit", "/api/v1/chat/credit"),
        (dialect_of("apiframe"), "/v2/jobs", "/v2/jobs"),
        (dialect_of("apiframe"), "/v2/me", "/v2/me"),
        (dialect_of("apiframe"), "/v2/models", "/v2/models"),
        (dialect_of("replicate"), "/predictions", "/predictions"),
        (dialect_of("replicate"), "/files", "/files"),
        (dialect_of("replicate"), "/webhooks/default/secret", "/webhooks/default/secret"),
        (dialect_of("replicate"), "/account", "/account"),
        (dialect_of("skills-video"), "/generations/running", "/generations/running"),
        (dialect_of("skills-video"), "/credits", "/credits"),
    ];
    for (dialect, path, place) in cases {
        check(lab.get(dialect, path), dialect.name, ("get", place), 200).await;
    }
    let batch = lab.post(
        dialect_of("evolink"),
        "/v1/tasks/batch",
        &json!({ "task_ids": [lab.job(dialect_of("evolink")).await] }),
    );
    check(batch, "evolink", ("post", "/v1/tasks/batch"), 200).await;
}

#[tokio::test]
async fn files_keep_the_contract() {
    let lab = Lab::new(0).await;
    let clip = || {
        let part =
            reqwest::multipart::Part::bytes(include_bytes!("../../assets/result.mp4").as_slice())
                .file_name("a.mp4");
        reqwest::multipart::Form::new().part("file", part)
    };
    let files = |path: &str| format!("{}{path}", lab.emulator.files_url("evolink").unwrap());
    let (stream, list, quota) =
        ("/api/v1/files/upload/stream", "/api/v1/files/list", "/api/v1/files/quota");
    check(
        dialect_of("evolink").authorized(lab.client.post(files(stream))).multipart(clip()),
        "evolink",
        ("post", stream),
        200,
    )
    .await;
    check(lab.client.post(files(stream)).multipart(clip()), "evolink", ("post", stream), 401).await;
    for path in [list, quota] {
        check(
            dialect_of("evolink").authorized(lab.client.get(files(path))),
            "evolink",
            ("get", path),
            200,
        )
        .await;
    }
    let uploads = format!("{}/v2/uploads", lab.emulator.url("apiframe"));
    check(
        dialect_of("apiframe").authorized(lab.client.post(uploads)).multipart(clip()),
        "apiframe",
        ("post", "/v2/uploads"),
        201,
    )
    .await;
}
