//! How the tests speak to KIE.AI.
use serde_json::{Value, json};

use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "kie",
    submit: "/api/v1/jobs/createTask",
    status: "/api/v1/jobs/recordInfo?taskId=ID",
    status_operation: "/api/v1/jobs/recordInfo",
    result: "/api/v1/jobs/recordInfo?taskId=ID",
    id: "/data/taskId",
    state: "/data/state",
    words: Words {
        queued: "waiting",
        running: "generating",
        done: "success",
        failed: "fail",
        canceled: "fail",
    },
    // JSON inside a text.
    link: |body| {
        let result: Value = serde_json::from_str(&at(body, "/data/resultJson")?).ok()?;
        at(&result, "/resultUrls/0")
    },
    accepted: 200,
    hidden_status: Some("/code"),
    key: ("authorization", "Bearer "),
    body: |video| {
        json!({
            "model": "wan/2-7-videoedit",
            "input": { "prompt": "snow", "video_url": video, "resolution": "720p" },
        })
    },
    error: "/msg",
    invalid: 422,
    nobody: ("task_wan_nothing", 422),
    credits: 80.0,
    hook: Hook::Body(|body, url| body["callBackUrl"] = json!(url)),
    delivered: ("/data/state", "success"),
}];
