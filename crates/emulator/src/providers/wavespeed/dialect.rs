//! How the tests speak to WaveSpeedAI.
use serde_json::json;

use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[Dialect {
    name: "wavespeed",
    submit: "/api/v3/alibaba/wan-2.7/video-edit",
    status: "/api/v3/predictions/ID/result",
    status_operation: "/api/v3/predictions/{prediction_id}/result",
    result: "/api/v3/predictions/ID/result",
    id: "/data/id",
    state: "/data/status",
    words: Words {
        queued: "created",
        running: "processing",
        done: "completed",
        failed: "failed",
        canceled: "cancelled",
    },
    link: |body| at(body, "/data/outputs/0"),
    accepted: 200,
    hidden_status: None,
    key: ("authorization", "Bearer "),
    body: |video| json!({ "prompt": "snow", "video": video }),
    error: "/message",
    invalid: 400,
    nobody: ("5e0c7a91b2d34f6f8a1c3e5d7f902b46", 404),
    credits: 1.0,
    hook: Hook::Query("webhook"),
    delivered: ("/status", "completed"),
}];
