//! Local files as request bodies: streamed from disk, never held in memory.

use std::time::Duration;

use http::{HeaderMap, header::CONTENT_LENGTH};
use reqwest::{
    Body, Client, Request,
    multipart::{Form, Part},
};
use serde::de::DeserializeOwned;
use tokio::{
    fs::{self, File},
    io::AsyncReadExt,
};
use tokio_util::io::ReaderStream;
use url::Url;

use super::{
    auth::KeyHeader,
    client::{execute, read_json, send},
    fault::Fault,
};
use crate::{
    error::{Error, ErrorKind, Operation},
    settings::{BaseUrl, is_loopback},
    stage::LocalFile,
};

/// How long the upload of one file may take: 100 MB at half a megabit per second.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Bytes read from disk at once.
const CHUNK: usize = 64 << 10;

/// The file as one part of a multipart form, of known length, under a name of ours: never the
/// user's path.
///
/// # Errors
/// [`ErrorKind::Io`] when the file cannot be read or is no longer as long as when it was checked.
pub async fn file_part(file: &LocalFile) -> Result<Part, Error> {
    let body = file_body(file).await?;
    let part = Part::stream_with_length(body, file.bytes).file_name(unique_name(file)?);
    part.mime_str(file.content_type).map_err(|cause| {
        let message = format!("{} is not a media type", file.content_type);
        Error::new(ErrorKind::InvalidRequest, Operation::Upload, message).with_source(cause)
    })
}

/// The file as a body. Send it with `content-length` [`LocalFile::bytes`]: a stream does not tell
/// its length.
///
/// # Errors
/// [`ErrorKind::Io`] as [`file_part`].
pub async fn file_body(file: &LocalFile) -> Result<Body, Error> {
    let failed = |cause: std::io::Error| {
        let message = format!("cannot read {}: {cause}", file.path.display());
        Error::new(ErrorKind::Io, Operation::Upload, message)
    };
    // Before opening: opening a pipe waits for whoever writes into it.
    let found = fs::metadata(&file.path).await.map_err(failed)?;
    if !found.is_file() || found.len() != file.bytes {
        let message = format!("{} has changed since it was checked", file.path.display());
        return Err(Error::new(ErrorKind::Io, Operation::Upload, message));
    }
    let open = File::open(&file.path).await.map_err(failed)?;
    let stream = ReaderStream::with_capacity(open.take(file.bytes), CHUNK);
    Ok(Body::wrap_stream(stream))
}

/// Sends a file to an address that the provider gave for it, with the headers that it named. No key
/// goes along: the address is signed.
///
/// # Errors
/// The [`Fault`] of the call; one that was [not sent](Fault::NotSent) if the file cannot be read.
pub async fn put_file(
    client: &Client,
    target: Url,
    headers: HeaderMap,
    file: &LocalFile,
) -> Result<(), Fault> {
    let request = client
        .put(target)
        .timeout(UPLOAD_TIMEOUT)
        .headers(headers)
        .header(CONTENT_LENGTH, file.bytes)
        .body(file_body(file).await.map_err(Fault::NotSent)?)
        .build()
        .map_err(Fault::broken)?;
    sent(client, request).await
}

/// Sends a form with a file to the provider itself, with the key, and reads the answer.
///
/// # Errors
/// The [`Fault`] of the call.
pub async fn post_form<T: DeserializeOwned>(
    client: &Client,
    key: &KeyHeader,
    url: String,
    form: Form,
) -> Result<T, Fault> {
    let request = client.post(url).timeout(UPLOAD_TIMEOUT).multipart(form);
    read_json(send(client, key, request).await).await
}

/// Sends a form to an address that the provider gave for it. No key goes along: the form is signed.
///
/// # Errors
/// The [`Fault`] of the call.
pub async fn send_form(client: &Client, target: Url, form: Form) -> Result<(), Fault> {
    let request = client.post(target).timeout(UPLOAD_TIMEOUT).multipart(form);
    sent(client, request.build().map_err(Fault::broken)?).await
}

async fn sent(client: &Client, request: Request) -> Result<(), Fault> {
    let response = execute(client, request, "send_file").await.map_err(Fault::broken)?;
    if response.status().is_success() { Ok(()) } else { Err(Fault::response(response).await) }
}

/// Says that only the base URL was changed, and not that of the file service.
#[must_use]
pub fn no_files_url(provider: &'static str) -> Error {
    let message = "the base URL was changed, but not that of the file service: set files_url";
    Error::new(ErrorKind::Config, Operation::Upload, message).with_provider(provider)
}

/// Reads an address from a provider's answer that a file is sent to: encrypted, or on this machine if
/// the provider itself is.
///
/// # Errors
/// [`Unreadable`](ErrorKind::Unreadable): nothing was sent.
pub fn upload_target(text: &str, provider: &BaseUrl) -> Result<Url, Error> {
    let fits = |url: &Url| match url.scheme() {
        "https" => true,
        "http" => provider.is_loopback() && is_loopback(url),
        _ => false,
    };
    Url::parse(text).ok().filter(fits).ok_or_else(|| {
        let message = "the provider gave no usable address for the file";
        Error::new(ErrorKind::Unreadable, Operation::Upload, message)
    })
}

/// A name that no other file has, such as `reshoot-0123456789abcdef.mp4`: 64 random bits and the
/// ending that fits the content.
///
/// # Errors
/// [`ErrorKind::Config`] when the system gives no random numbers.
pub fn unique_name(file: &LocalFile) -> Result<String, Error> {
    let random = getrandom::u64().map_err(|cause| {
        let message = "the system gives no random numbers for a file name";
        Error::new(ErrorKind::Config, Operation::Upload, message).with_source(cause)
    })?;
    Ok(format!("reshoot-{random:016x}.{}", file.extension()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::stage::MediaKind;

    fn local(path: &Path, bytes: u64) -> LocalFile {
        LocalFile::new(path.to_owned(), MediaKind::Video, bytes, "video/quicktime")
    }

    #[tokio::test]
    async fn a_file_that_changed_since_its_check_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("clip.mov");
        std::fs::write(&path, "12345").unwrap();
        for (path, bytes, good) in [
            (path.as_path(), 5, true),
            (path.as_path(), 4, false),
            (path.as_path(), 6, false),
            (directory.path(), 5, false),
            (Path::new("/nowhere/clip.mov"), 5, false),
        ] {
            let part = file_part(&local(path, bytes)).await;
            assert_eq!(part.is_ok(), good, "{} {bytes}", path.display());
        }
    }

    #[test]
    fn files_go_to_encrypted_addresses_or_stay_where_the_provider_is() {
        let far = BaseUrl::parse("https://api.example").unwrap();
        let here = BaseUrl::parse("http://127.0.0.1:4010/x").unwrap();
        for (text, from_far, from_here) in [
            ("https://store.example/put?sig=1", true, true),
            ("http://127.0.0.1:4010/put", false, true),
            ("http://store.example/put", false, false),
            ("ftp://store.example/put", false, false),
            ("store.example/put", false, false),
            ("", false, false),
        ] {
            assert_eq!(upload_target(text, &far).is_ok(), from_far, "{text}");
            assert_eq!(upload_target(text, &here).is_ok(), from_here, "{text}");
        }
    }

    #[test]
    fn names_differ_and_say_nothing_of_the_user() {
        let file = local(Path::new("/home/ada/secret plans.MOV"), 5);
        let (one, two) = (unique_name(&file).unwrap(), unique_name(&file).unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), "reshoot-0123456789abcdef.mov".len());
        assert!(one.starts_with("reshoot-") && one.ends_with(".mov"), "{one}");
    }
}
