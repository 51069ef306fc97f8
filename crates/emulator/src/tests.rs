//! Tests over real connections: an ordinary HTTP client against a running emulator.
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::{Emulator, Fault, FaultPlan, Occurrence, Operation};

mod contract;
mod course;
mod dashscope;
mod dialect;
mod fal;
mod faults;
mod files;
mod kie;
mod refusals;
mod replicate;
mod wavespeed;
mod webhooks;

pub(crate) use dialect::{Dialect, Hook, Words, dialects};

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
        self.post(dialect, dialect.submit, &(dialect.body)(OUTSIDE))
    }

    /// Submits and answers the id.
    async fn job(&self, dialect: Dialect) -> String {
        self.edit(dialect, &(dialect.body)(OUTSIDE)).await
    }

    /// Submits this body and answers the id.
    async fn edit(&self, dialect: Dialect, body: &Value) -> String {
        text(&read(self.post(dialect, dialect.submit, body)).await.1, dialect.id)
    }

    fn poll(&self, dialect: Dialect, id: &str) -> RequestBuilder {
        self.get(dialect, &dialect.status_of(id))
    }

    /// The link to a finished job's clip.
    async fn link(&self, dialect: Dialect, id: &str) -> String {
        let body = read(self.get(dialect, &dialect.result.replace("ID", id))).await.1;
        (dialect.link)(&body).unwrap_or_else(|| panic!("no link in {body}"))
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
    at(body, pointer).unwrap_or_else(|| panic!("no text at {pointer} in {body}"))
}

/// The text at a place, if there is one.
pub(crate) fn at(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer)?.as_str().map(str::to_owned)
}

/// The way of submitting to a provider that its own tests use.
fn dialect_of(name: &str) -> Dialect {
    dialects().find(|dialect| dialect.name == name).unwrap()
}
