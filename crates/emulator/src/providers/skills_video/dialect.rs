//! How the tests speak to skills.video: on two routes.
use serde_json::json;

use super::{EDIT, UNIFIED};
use crate::tests::{Dialect, Hook, Words, at};

pub(super) const ALL: &[Dialect] = &[
    DEDICATED,
    Dialect {
        submit: UNIFIED,
        body: |video| {
            json!({
                "feature": "edit-video", "prompt": "snow", "video_url": video,
                "negative_prompt": null, "enable_prompt_expansion": true,
            })
        },
        credits: 120.0,
        ..DEDICATED
    },
];

const DEDICATED: Dialect = Dialect {
    name: "skills-video",
    submit: EDIT,
    status: "/generation/ID",
    status_operation: "/generation/{id}",
    result: "/generation/ID",
    id: "/id",
    state: "/status",
    words: Words {
        queued: "IN_QUEUE",
        running: "IN_PROGRESS",
        done: "COMPLETED",
        failed: "FAILED",
        canceled: "CANCELED",
    },
    link: |body| at(body, "/data/videos/0/url"),
    accepted: 202,
    hidden_status: None,
    key: ("authorization", "Bearer "),
    body: |video| json!({ "prompt": "snow", "video_url": video, "n": 2 }),
    error: "/code",
    invalid: 400,
    nobody: ("gen_nothing", 404),
    credits: 240.0,
    hook: Hook::Dashboard("task.completed"),
    delivered: ("/prediction/state", "succeeded"),
};
