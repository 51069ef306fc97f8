//! How the tests speak to Novita.
use serde_json::json;

use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "novita",
    submit: "/v3/async/wan2.7-videoedit",
    status: "/v3/async/task-result?task_id=ID",
    status_operation: "/v3/async/task-result",
    result: "/v3/async/task-result?task_id=ID",
    id: "/task_id",
    state: "/task/status",
    words: Words {
        queued: "TASK_STATUS_QUEUED",
        running: "TASK_STATUS_PROCESSING",
        done: "TASK_STATUS_SUCCEED",
        failed: "TASK_STATUS_FAILED",
        canceled: "TASK_STATUS_CANCELED",
    },
    link: |body| at(body, "/videos/0/video_url"),
    accepted: 200,
    hidden_status: None,
    key: ("authorization", "Bearer "),
    body: |video| json!({ "video_url": video, "prompt": "snow", "resolution": "720P" }),
    error: "/reason",
    invalid: 400,
    nobody: ("nothing", 404),
    credits: 0.5,
    hook: Hook::Body(|body, url| body["extra"] = json!({ "webhook": { "url": url } })),
    delivered: ("/payload/task/status", "TASK_STATUS_SUCCEED"),
}];
