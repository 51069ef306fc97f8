//! How the tests speak to Apiframe.
use serde_json::json;

use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "apiframe",
    submit: "/v2/videos/edit",
    status: "/v2/jobs/ID",
    status_operation: "/v2/jobs/{id}",
    result: "/v2/jobs/ID",
    id: "/jobId",
    state: "/status",
    words: Words {
        queued: "QUEUED",
        running: "PROCESSING",
        done: "COMPLETED",
        failed: "FAILED",
        canceled: "CANCELLED",
    },
    link: |body| at(body, "/result/videoUrl"),
    accepted: 202,
    hidden_status: None,
    key: ("x-api-key", ""),
    body: |video| {
        json!({
            "model": "wan-2.7-videoedit", "prompt": "snow",
            "wan27VideoeditParams": { "video": video, "resolution": "720p" },
        })
    },
    error: "/error",
    invalid: 400,
    nobody: ("0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11", 404),
    credits: 55.0,
    hook: Hook::Body(|body, url| body["webhookUrl"] = json!(url)),
    delivered: ("/status", "COMPLETED"),
}];
