//! How the tests speak to Replicate: by the model's own route.
use serde_json::json;

use super::submit::OF_MODEL;
use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "replicate",
    submit: OF_MODEL,
    status: "/predictions/ID",
    status_operation: "/predictions/{prediction_id}",
    result: "/predictions/ID",
    id: "/id",
    state: "/status",
    words: Words {
        queued: "starting",
        running: "processing",
        done: "succeeded",
        failed: "failed",
        canceled: "canceled",
    },
    link: |body| at(body, "/output"),
    accepted: 201,
    hidden_status: None,
    key: ("authorization", "Bearer "),
    body: |video| json!({ "input": { "video": video, "prompt": "snow", "resolution": "720p" } }),
    error: "/detail",
    invalid: 422,
    nobody: ("k3v9t0x7m1rme0cs8p4bq2wz6a", 404),
    credits: 0.5,
    hook: Hook::Body(|body, url| body["webhook"] = json!(url)),
    delivered: ("/status", "succeeded"),
}];
