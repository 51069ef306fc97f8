//! How the tests speak to fal.
use serde_json::json;

use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "fal",
    submit: "/fal-ai/wan/v2.7/edit-video",
    status: "/fal-ai/wan/requests/ID/status",
    status_operation: "/{owner}/{app}/requests/{request_id}/status",
    result: "/fal-ai/wan/requests/ID",
    id: "/request_id",
    state: "/status",
    // One word for every end: how it ended is in `error` and in the result's status.
    words: Words {
        queued: "IN_QUEUE",
        running: "IN_PROGRESS",
        done: "COMPLETED",
        failed: "COMPLETED",
        canceled: "COMPLETED",
    },
    link: |body| at(body, "/video/url"),
    accepted: 200,
    hidden_status: None,
    key: ("authorization", "Key "),
    body: |video| json!({ "prompt": "snow", "video_url": video, "resolution": "720p" }),
    error: "/detail",
    invalid: 422,
    nobody: ("0b7f1d52-3c5e-4f0e-9f57-6a1f3f0a9c11", 404),
    credits: 1.0,
    hook: Hook::Query("fal_webhook"),
    delivered: ("/status", "OK"),
}];
