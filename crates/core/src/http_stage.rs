//! A store on this machine that takes files by plain `PUT`: the emulator's.

use async_trait::async_trait;
use reqwest::{Client, StatusCode, header::CONTENT_LENGTH, header::CONTENT_TYPE};
use serde::Deserialize;
use url::Url;

use crate::{
    error::{Error, ErrorKind, Operation},
    settings::BaseUrl,
    stage::{LocalFile, Stage, Staged, Staging},
    wire::{self, Fault, UPLOAD_TIMEOUT},
};

/// A store that takes `PUT <url>/<name>` and answers `{"url": "…"}`.
///
/// It asks for no credentials, so it must be on this machine.
#[derive(Clone, Debug)]
pub struct HttpStage {
    base: BaseUrl,
    client: Client,
}

#[derive(Deserialize)]
struct Stored {
    url: Url,
}

impl HttpStage {
    /// The store at `url`, such as `http://127.0.0.1:4010/_emulator/stage`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it is not on this machine.
    pub fn new(url: &str) -> Result<Self, Error> {
        let base = BaseUrl::parse(url)?;
        if !base.is_loopback() {
            let message = "a store without credentials must be on this machine";
            return Err(Error::new(ErrorKind::Config, Operation::Configure, message));
        }
        let client = wire::http_client(&base, UPLOAD_TIMEOUT)?;
        Ok(Self { base, client })
    }
}

#[async_trait]
impl Stage for HttpStage {
    fn staging(&self) -> Staging {
        Staging::Store
    }

    async fn put(&self, file: &LocalFile) -> Result<Staged, Error> {
        let name = wire::unique_name(file)?;
        let request = self
            .client
            .put(format!("{}/{name}", self.base.as_str()))
            .header(CONTENT_TYPE, file.content_type)
            .header(CONTENT_LENGTH, file.bytes)
            .body(wire::file_body(file).await?)
            .build()
            .map_err(failed)?;
        let response = wire::execute(&self.client, request, "stage").await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(refused(response.status()));
        }
        let stored: Stored = response.json().await.map_err(|_| {
            let message = "the store did not say where the file is";
            Error::new(ErrorKind::Unreadable, Operation::Upload, message)
        })?;
        Ok(Staged::new(stored.url, None))
    }
}

fn failed(cause: reqwest::Error) -> Error {
    Fault::broken(cause).into_error("store", Operation::Upload, |_| wire::Reading::default())
}

fn refused(status: StatusCode) -> Error {
    let kind = if status.is_server_error() { ErrorKind::Unavailable } else { ErrorKind::Other };
    Error::new(kind, Operation::Upload, "the store did not take the file")
        .with_context("status", status.as_u16().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_without_credentials_is_on_this_machine() {
        for (url, good) in [
            ("http://127.0.0.1:4010/_emulator/stage", true),
            ("http://localhost:4010/_emulator/stage", true),
            ("https://store.example/stage", false),
            ("http://store.example/stage", false),
            ("store", false),
        ] {
            assert_eq!(HttpStage::new(url).is_ok(), good, "{url}");
        }
    }
}
