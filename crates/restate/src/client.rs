//! Handing jobs in, and asking how far they are, over the server's ingress.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use reshoot_fleet::{Order, Outcome, Progress, Stage};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

use crate::clip_job::Cancel;

/// The server's word for an outcome that is not there yet.
const NOT_READY: u16 = 470;

/// How long an answer may take. Nothing waits for a job here.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A client of a Restate server's ingress. The ingress asks nobody who they are: keep it where only
/// your own machines can reach it.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    ingress: Url,
}

/// Why a job could not be handed in, or asked about. All of it may be asked again: the same key is the
/// same job, and is not paid for twice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No request can be made. Correct the address, or the key.
    #[error("{0}")]
    SetUp(String),
    /// The server did not answer, or broke off.
    #[error("the engine does not answer: {0}")]
    Unreachable(String),
    /// The key was not handed in, or ended long ago.
    #[error("the engine knows no job of this key")]
    NotHandedIn,
    /// The server refused. 404: the worker is not registered there.
    #[error("the engine refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's words.
        message: String,
    },
    /// The answer is none of this crate's version.
    #[error("the engine's answer cannot be read: {0}")]
    Unreadable(String),
}

/// What became of handing a job in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is on its way.
    Accepted,
    /// The key was handed in before: that order counts, and this one was not looked at.
    Attached,
}

/// What is known of a job.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// How far it is: stage, the provider's job once there is one, and the price by its estimate.
    pub progress: Progress,
    /// How it ended, once it has: files, what was billed, and what is to be said.
    pub outcome: Option<Outcome>,
}

#[derive(Deserialize)]
struct Sent {
    status: String,
}

impl Client {
    /// A client of the ingress at `ingress`, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`ClientError::SetUp`].
    pub fn new(ingress: &str) -> Result<Self, ClientError> {
        let ingress = Url::parse(ingress)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| ClientError::SetUp(format!("{ingress} is not an http address")))?;
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| ClientError::SetUp(error.to_string()))?;
        Ok(Self { http, ingress })
    }

    /// Hands a job in under a key of the caller's, and does not wait for it. The same key again is the
    /// same job, for ever: it is never paid for twice. So after an error, call again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn submit(&self, key: &str, order: &Order) -> Result<Receipt, ClientError> {
        let sent: Sent = self.ask(key, &["run", "send"], Some(order)).await?;
        Ok(if sent.status == "Accepted" { Receipt::Accepted } else { Receipt::Attached })
    }

    /// What is known of a job; none if the key was not handed in, or ended more than
    /// [`RETENTION`](crate::RETENTION) ago.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn status(&self, key: &str) -> Result<Option<Status>, ClientError> {
        let outcome = match self.outcome(key).await {
            Ok(outcome) => outcome,
            Err(ClientError::NotHandedIn) => return Ok(None),
            Err(error) => return Err(error),
        };
        let progress: Option<Progress> = self.ask(key, &["progress"], None::<&()>).await?;
        let progress = progress.unwrap_or(Progress::at(Stage::Waiting));
        Ok(Some(Status { progress, outcome }))
    }

    /// How a job ended; none while it runs. Asks the engine alone: cheaper than
    /// [`status`](Self::status), for whoever waits for many.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn outcome(&self, key: &str) -> Result<Option<Outcome>, ClientError> {
        let request = self.http.get(self.url("restate/workflow/ClipJob", key, &["output"])?);
        let answer = request.timeout(ANSWER_WITHIN).send().await.map_err(unreachable)?;
        match answer.status().as_u16() {
            NOT_READY => Ok(None),
            404 => Err(ClientError::NotHandedIn),
            _ => read(answer).await.map(Some),
        }
    }

    /// Asks a job to stop, at the provider too where that is offered, and does not wait for it: what
    /// became of it is in its outcome.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn cancel(&self, key: &str) -> Result<Cancel, ClientError> {
        self.ask(key, &["cancel"], None::<&()>).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        key: &str,
        handler: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let request = self.http.post(self.url("ClipJob", key, handler)?);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        read(request.timeout(ANSWER_WITHIN).send().await.map_err(unreachable)?).await
    }

    fn url(&self, base: &str, key: &str, rest: &[&str]) -> Result<Url, ClientError> {
        let fits = !matches!(key, "" | "." | "..") && key.len() <= 256;
        let mut url = self.ingress.clone();
        match url.path_segments_mut() {
            Ok(mut path) if fits => {
                path.pop_if_empty().extend(base.split('/')).push(key).extend(rest);
            }
            _ => return Err(ClientError::SetUp(format!("{key:?} cannot be the key of a job"))),
        }
        Ok(url)
    }
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, ClientError> {
    let status = answer.status();
    let body = answer.bytes().await.map_err(unreachable)?;
    if status.is_success() || status == StatusCode::ACCEPTED {
        return serde_json::from_slice(&body)
            .map_err(|error| ClientError::Unreadable(error.to_string()));
    }
    let message: String = String::from_utf8_lossy(&body).chars().take(500).collect();
    Err(ClientError::Refused { status: status.as_u16(), message })
}

fn unreachable(error: reqwest::Error) -> ClientError {
    ClientError::Unreachable(error.without_url().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_part_of_the_path() {
        for (ingress, key, url) in [
            ("http://h:8080", "a", Some("http://h:8080/ClipJob/a/run/send")),
            ("http://h:8080/in/", "a/b c?", Some("http://h:8080/in/ClipJob/a%2Fb%20c%3F/run/send")),
            ("http://h:8080", "..", None),
            ("http://h:8080", "", None),
        ] {
            let client = Client::new(ingress).unwrap();
            let made = client.url("ClipJob", key, &["run", "send"]);
            assert_eq!(made.ok().as_ref().map(Url::as_str), url, "{key}");
        }
        assert!(Client::new("ftp://h").is_err());
    }
}
