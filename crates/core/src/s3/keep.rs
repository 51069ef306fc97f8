//! Results that stay in a bucket, under names of the caller's.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::StatusCode;
use url::Url;

use super::S3Stage;
use crate::{
    error::{Error, ErrorKind, Operation},
    stage::LocalFile,
};

impl S3Stage {
    /// Puts a file at `name` below the prefix, streaming it from disk, in place of what is there, and
    /// returns its URL, without a signature. There is no object until all of it came and the store
    /// found the SHA-256 that the caller knows, in hex digits.
    ///
    /// # Errors
    /// Whatever keeps the file from arriving; what was there before is there still.
    pub async fn keep(&self, name: &str, file: &LocalFile, sha256: &str) -> Result<Url, Error> {
        let object = self.object(name);
        let sum = ("x-amz-checksum-sha256", checksum(sha256)?);
        self.taken(self.send(&object, file, &[sum]).await?).await?;
        Ok(self.bucket.object_url(&object))
    }

    /// The same, but nothing is replaced: none if there is an object of that name. Stores that do not
    /// know `If-None-Match` replace it.
    ///
    /// # Errors
    /// Those of [`keep`](Self::keep).
    pub async fn keep_new(
        &self,
        name: &str,
        file: &LocalFile,
        sha256: &str,
    ) -> Result<Option<Url>, Error> {
        let object = self.object(name);
        let headers =
            [("x-amz-checksum-sha256", checksum(sha256)?), ("if-none-match", "*".to_owned())];
        let response = self.send(&object, file, &headers).await?;
        if response.status() == StatusCode::PRECONDITION_FAILED {
            return Ok(None);
        }
        self.taken(response).await?;
        Ok(Some(self.bucket.object_url(&object)))
    }
}

/// A sum in hex digits as the store wants it.
fn checksum(sha256: &str) -> Result<String, Error> {
    let bytes = hex::decode(sha256).map_err(|_| {
        Error::new(ErrorKind::InvalidRequest, Operation::Upload, "the sum is not of hex digits")
    })?;
    Ok(BASE64_STANDARD.encode(bytes))
}
