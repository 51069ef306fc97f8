//! How the tests speak to EvoLink.
use serde_json::json;

use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "evolink",
    submit: "/v1/videos/generations",
    status: "/v1/tasks/ID",
    status_operation: "/v1/tasks/{task_id}",
    result: "/v1/tasks/ID",
    id: "/id",
    state: "/status",
    words: Words {
        queued: "pending",
        running: "processing",
        done: "completed",
        failed: "failed",
        canceled: "cancelled",
    },
    link: |body| at(body, "/results/0"),
    accepted: 200,
    hidden_status: None,
    key: ("authorization", "Bearer "),
    body: |video| json!({ "model": "wan2.7-video-edit", "video_urls": [video], "prompt": "snow" }),
    error: "/error/type",
    invalid: 400,
    nobody: ("task-unified-1-nothing", 404),
    // Input and output are counted.
    credits: 58.48,
    hook: Hook::Body(|body, url| body["callback_url"] = json!(url)),
    delivered: ("/status", "completed"),
}];
