//! How the tests speak to DashScope.
use serde_json::json;

use super::{MODEL, SUBMIT, webhook};
use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "dashscope",
    submit: SUBMIT,
    status: "/tasks/ID",
    status_operation: "/tasks/{task_id}",
    result: "/tasks/ID",
    id: "/output/task_id",
    state: "/output/task_status",
    words: Words {
        queued: "PENDING",
        running: "RUNNING",
        done: "SUCCEEDED",
        failed: "FAILED",
        canceled: "CANCELED",
    },
    link: |body| at(body, "/output/video_url"),
    accepted: 200,
    hidden_status: None,
    key: ("authorization", "Bearer "),
    body: |video| {
        json!({
            "model": MODEL,
            "input": { "prompt": "snow", "media": [{ "type": "video", "url": video }] },
            "parameters": { "resolution": "720P" },
        })
    },
    error: "/code",
    invalid: 400,
    // An unknown task is an answer, not an error.
    nobody: ("0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11", 200),
    credits: 1.0,
    hook: Hook::Dashboard(webhook::KIND),
    delivered: ("/data/task_status", "SUCCEEDED"),
}];
