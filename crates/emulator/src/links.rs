//! Signed links to finished clips, served as object storage serves them.
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, header};
use sha2::Sha256;
use time::OffsetDateTime;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::app::{App, Shared, lock};
use crate::faults::Operation;
use crate::inject::{self, Site};
use crate::jobs::{Job, Source};
use crate::providers;

/// Under this path finished clips lie.
pub(crate) const FILES: &str = "/_emulator/files";

pub(crate) fn routes(app: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    for provider in providers::PROVIDERS.iter().copied() {
        let site = Site { provider, operation: Operation::Download };
        let route = inject::guard(app, site, get(download));
        router = router.route(&format!("{FILES}/{}/{{name}}", provider.name), route);
    }
    router
}

/// The links to a finished job's clips. The signature covers the path and the end of its life.
pub(crate) fn outputs(app: &App, job: &Job) -> Vec<String> {
    let lifetime =
        app.config.link_lifetime.unwrap_or_else(|| providers::link_lifetime(job.provider));
    let expires = unix_ms(job.ends_at() + lifetime);
    (0..job.outputs)
        .map(|index| {
            signed(app, &format!("{FILES}/{}/{}.{index}.mp4", job.provider, job.id), expires)
        })
        .collect()
}

/// Whether the links of a job are dead by age.
pub(crate) fn expired(app: &App, job: &Job) -> bool {
    let lifetime =
        app.config.link_lifetime.unwrap_or_else(|| providers::link_lifetime(job.provider));
    OffsetDateTime::now_utc() > job.ends_at() + lifetime
}

/// The job whose clip has this name.
pub(crate) fn job_of(name: &str) -> Option<&str> {
    name.strip_suffix(".mp4")?.rsplit_once('.').map(|(job, _)| job)
}

/// A new link to the clip of an old one, for so long from now; `None` if it is no clip of such a job.
pub(crate) fn renewed(
    app: &App,
    link: &str,
    life: Duration,
    wanted: impl FnOnce(&Job) -> bool,
) -> Option<String> {
    let path = link.strip_prefix(&app.base())?.split('?').next()?;
    let (_, name) = path.strip_prefix(FILES)?.trim_start_matches('/').split_once('/')?;
    lock(&app.jobs).get(job_of(name)?).filter(|job| wanted(job))?;
    Some(signed(app, path, unix_ms(OffsetDateTime::now_utc() + life)))
}

fn signed(app: &App, path: &str, expires: i128) -> String {
    let signature = signature(app, path, &expires.to_string());
    format!("{}{path}?expires={expires}&sig={signature}", app.base())
}

fn signature(app: &App, path: &str, expires: &str) -> String {
    hex::encode(hmac_sha256(&app.secret, format!("{path}\n{expires}").as_bytes()))
}

/// HMAC-SHA256; a key of any length is allowed.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn unix_ms(time: OffsetDateTime) -> i128 {
    time.unix_timestamp_nanos() / 1_000_000
}

async fn download(State(app): State<Shared>, name: Path<String>, request: Request) -> Response {
    if let Err(reason) = may_read(&app, &request) {
        return refusal(StatusCode::FORBIDDEN, reason);
    }
    let job = job_of(&name).and_then(|id| lock(&app.jobs).get(id).cloned());
    match job {
        Some(job) if app.phase(&job) == crate::jobs::Phase::Succeeded => {
            send(&app, &job, request).await
        }
        _ => refusal(StatusCode::NOT_FOUND, "NoSuchKey"),
    }
}

async fn send(app: &App, job: &Job, request: Request) -> Response {
    let stored = match &job.source {
        Source::Stored(id) => app.store.get(id),
        Source::BuiltIn => None,
    };
    match stored {
        Some(file) => serve(&file.path, file.kind.mime, request).await,
        None => serve(&app.store.built_in(), "video/mp4", request).await,
    }
}

/// Sends a file as storage does: ranges, HEAD, ETag.
pub(crate) async fn serve(path: &std::path::Path, mime: &str, request: Request) -> Response {
    let mut service = ServeFile::new(path);
    if let Ok(mime) = mime.parse() {
        service = ServeFile::new_with_mime(path, &mime);
    }
    match service.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// Object storage refuses a signed link when a second credential comes with it.
fn may_read(app: &App, request: &Request) -> Result<(), &'static str> {
    if carries_key(request.headers()) {
        return Err("InvalidArgument: only one auth mechanism allowed");
    }
    let query = request.uri().query().unwrap_or_default();
    let field = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    let (expires, given) = (field("expires").unwrap_or_default(), field("sig").unwrap_or_default());
    if given != signature(app, request.uri().path(), expires) {
        return Err("SignatureDoesNotMatch");
    }
    let dead = expires
        .parse::<i128>()
        .map_or(true, |expires| expires < unix_ms(OffsetDateTime::now_utc()));
    if dead { Err("AccessDenied: Request has expired") } else { Ok(()) }
}

fn carries_key(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key("x-api-key")
}

/// Storage answers errors in XML.
pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    let (code, message) = reason.split_once(": ").unwrap_or((reason, reason));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

/// How long links live where a provider says nothing: a day.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
