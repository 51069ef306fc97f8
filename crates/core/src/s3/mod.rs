//! A bucket of the user's own as the place for local files and for results: any S3-compatible store.

mod config;
mod keep;
mod refusal;

use std::time::SystemTime;

use async_trait::async_trait;
use reqwest::{
    Client, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use url::Url;

use crate::{
    error::{Error, ErrorKind, Operation},
    ready::STAGED_FOR,
    settings::BaseUrl,
    stage::{LocalFile, Stage, Staged, Staging},
    wire::{self, Fault, Reading, UPLOAD_TIMEOUT},
};

pub use config::S3Config;

/// A bucket that local files are put into; the provider reads them by presigned URLs.
///
/// A URL lives for [`STAGED_FOR`]; but one that was signed with temporary credentials
/// (`AWS_SESSION_TOKEN`) dies with these, perhaps before a queued job has read it
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>, 2026-11-20).
/// Nothing is ever deleted: give the prefix a lifecycle rule.
///
/// The same bucket, or another one, can [keep results](S3Stage::keep).
#[derive(Clone, Debug)]
pub struct S3Stage {
    bucket: Bucket,
    prefix: String,
    credentials: Credentials,
    client: Client,
}

impl S3Stage {
    /// The bucket that `target` names, `s3://bucket/prefix`, with credentials, region and endpoint
    /// from the usual AWS variables: see [`S3Config::from_vars`].
    ///
    /// # Errors
    /// [`ErrorKind::Config`] names what is missing or wrong.
    pub fn from_env(target: &str) -> Result<Self, Error> {
        Self::new(S3Config::from_vars(target, |name| std::env::var(name).ok())?)
    }

    /// The bucket that `config` describes.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the endpoint is not `https` (or on this machine), or TLS cannot
    /// be set up.
    pub fn new(config: S3Config) -> Result<Self, Error> {
        let (endpoint, style) = config.address();
        let base = BaseUrl::parse(&endpoint)?;
        let client = wire::http_client(&base, UPLOAD_TIMEOUT)?;
        let bucket = bucket(&base, style, &config)?;
        let (key, secret) = (config.access_key_id, config.secret_access_key.expose());
        let credentials = match config.session_token {
            Some(token) => Credentials::new_with_token(key, secret, token.expose()),
            None => Credentials::new(key, secret),
        };
        Ok(Self { bucket, prefix: config.prefix, credentials, client })
    }

    fn object(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    async fn send(
        &self,
        object: &str,
        file: &LocalFile,
        more: &[(&'static str, String)],
    ) -> Result<Response, Error> {
        let mut put = self.bucket.put_object(Some(&self.credentials), object);
        put.headers_mut().insert("content-type", file.content_type);
        for (name, value) in more {
            put.headers_mut().insert(*name, value.clone());
        }
        let mut request = self
            .client
            .put(put.sign(UPLOAD_TIMEOUT))
            .header(CONTENT_TYPE, file.content_type)
            .header(CONTENT_LENGTH, file.bytes)
            .body(wire::file_body(file).await?);
        for (name, value) in more {
            request = request.header(*name, value);
        }
        let request = request.build().map_err(failed)?;
        wire::execute(&self.client, request, "put_object").await.map_err(failed)
    }

    async fn taken(&self, response: Response) -> Result<(), Error> {
        if response.status().is_success() {
            return Ok(());
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(failed)?;
        Err(refusal::read(status.as_u16(), &headers, &body, self.bucket.name()))
    }
}

#[async_trait]
impl Stage for S3Stage {
    fn staging(&self) -> Staging {
        Staging::Store
    }

    async fn put(&self, file: &LocalFile) -> Result<Staged, Error> {
        let object = self.object(&wire::unique_name(file)?);
        self.taken(self.send(&object, file, &[]).await?).await?;
        let get = self.bucket.get_object(Some(&self.credentials), &object);
        let expires = SystemTime::now().checked_add(STAGED_FOR);
        Ok(Staged::new(get.sign(STAGED_FOR), expires))
    }
}

fn bucket(base: &BaseUrl, style: UrlStyle, config: &S3Config) -> Result<Bucket, Error> {
    let unusable = || {
        let message = format!("the bucket {:?} cannot stand in an address", config.bucket);
        Error::new(ErrorKind::Config, Operation::Configure, message)
    };
    let endpoint = Url::parse(base.as_str()).map_err(|_| unusable())?;
    Bucket::new(endpoint, style, config.bucket.clone(), config.region.clone())
        .map_err(|_| unusable())
}

/// The store's word where a provider's would stand.
const STORE: &str = "s3";

fn failed(cause: reqwest::Error) -> Error {
    Fault::broken(cause).into_error(STORE, Operation::Upload, |_| Reading::default())
}
