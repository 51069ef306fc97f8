//! Tests over real connections: an ordinary HTTP client against a running emulator.
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::{Emulator, Fault, FaultPlan, Occurrence, Operation};

mod contract;
mod course;
mod faults;
mod files;
mod refusals;
mod webhooks;

/// How one provider is spoken to.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    name: &'static str,
    submit: &'static str,
    /// Followed by the id.
    status: &'static str,
    id: &'static str,
    state: &'static str,
    running: &'static [&'static str],
    done: &'static str,
    link: &'static str,
    accepted: u16,
}

const DIALECTS: [Dialect; 5] = [
    Dialect {
        name: "novita",
        submit: "/v3/async/wan2.7-videoedit",
        status: "/v3/async/task-result?task_id=",
        id: "/task_id",
        state: "/task/status",
        running: &["TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING"],
        done: "TASK_STATUS_SUCCEED",
        link: "/videos/0/video_url",
        accepted: 200,
    },
    Dialect {
        name: "evolink",
        submit: "/v1/videos/generations",
        status: "/v1/tasks/",
        id: "/id",
        state: "/status",
        running: &["pending", "processing"],
        done: "completed",
        link: "/results/0",
        accepted: 200,
    },
    Dialect {
        name: "apiframe",
        submit: "/v2/videos/edit",
        status: "/v2/jobs/",
        id: "/jobId",
        state: "/status",
        running: &["QUEUED", "PROCESSING"],
        done: "COMPLETED",
        link: "/result/videoUrl",
        accepted: 202,
    },
    SKILLS_EDIT,
    Dialect { submit: "/generation/wan/wan-v2.7-video", ..SKILLS_EDIT },
];

const SKILLS_EDIT: Dialect = Dialect {
    name: "skills-video",
    submit: "/generation/wan/wan-v2.7/edit-video",
    status: "/generation/",
    id: "/id",
    state: "/status",
    running: &["IN_QUEUE", "IN_PROGRESS"],
    done: "COMPLETED",
    link: "/data/videos/0/url",
    accepted: 202,
};

const EVOLINK: Dialect = DIALECTS[1];
const APIFRAME: Dialect = DIALECTS[2];

const OUTSIDE: &str = "https://media.example.org/in/clip.mp4";

/// A running emulator and a client.
struct Lab {
    emulator: Emulator,
    client: Client,
}

impl Lab {
    async fn new(job_ms: u64) -> Self {
        Self::with(Emulator::builder().job_time(Duration::from_millis(job_ms))).await
    }

    async fn with(builder: crate::Builder) -> Self {
        Self { emulator: builder.start().await.unwrap(), client: client() }
    }

    fn get(&self, dialect: Dialect, path: &str) -> RequestBuilder {
        dialect.authorized(self.client.get(format!("{}{path}", self.emulator.url(dialect.name))))
    }

    fn post(&self, dialect: Dialect, path: &str, body: &Value) -> RequestBuilder {
        dialect
            .authorized(self.client.post(format!("{}{path}", self.emulator.url(dialect.name))))
            .json(body)
    }

    fn submit(&self, dialect: Dialect) -> RequestBuilder {
        self.post(dialect, dialect.submit, &dialect.body(OUTSIDE))
    }

    /// Submits and answers the id.
    async fn job(&self, dialect: Dialect) -> String {
        let answer = read(self.submit(dialect)).await;
        text(&answer.1, dialect.id)
    }

    fn poll(&self, dialect: Dialect, id: &str) -> RequestBuilder {
        self.get(dialect, &format!("{}{id}", dialect.status))
    }

    /// Makes a job older, so that no test has to wait for one or race with it.
    fn age(&self, id: &str, seconds: u64) {
        let mut jobs = crate::app::lock(&self.emulator.app.jobs);
        jobs.get_mut(id).unwrap().time -= Duration::from_secs(seconds);
    }

    fn fault(&self, provider: &str, operation: Operation, fault: Fault) {
        self.emulator
            .set_faults(FaultPlan::one(provider, operation, Occurrence::EVERY, fault))
            .unwrap();
    }
}

impl Dialect {
    fn authorized(self, request: RequestBuilder) -> RequestBuilder {
        match self.name {
            "apiframe" => request.header("x-api-key", "afk_test"),
            _ => request.bearer_auth("sk-test"),
        }
    }

    fn body(self, video: &str) -> Value {
        match self.name {
            "novita" => json!({ "video_url": video, "prompt": "snow", "resolution": "720P" }),
            "evolink" => {
                json!({ "model": "wan2.7-video-edit", "video_urls": [video], "prompt": "snow" })
            }
            "apiframe" => json!({
                "model": "wan-2.7-videoedit", "prompt": "snow", "wan27VideoeditParams": { "video": video, "resolution": "720p" },
            }),
            _ if self.submit == SKILLS_EDIT.submit => {
                json!({ "prompt": "snow", "video_url": video, "n": 2 })
            }
            _ => json!({
                "feature": "edit-video", "prompt": "snow", "video_url": video,
                "negative_prompt": null, "enable_prompt_expansion": true,
            }),
        }
    }
}

fn client() -> Client {
    Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap()
}

async fn read(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, json_of(response).await)
}

async fn json_of(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default()
}

fn text(body: &Value, pointer: &str) -> String {
    body.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {body}"))
        .to_owned()
}
