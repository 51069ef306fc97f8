//! What is answered to the page: itself, its clips and results, and what becomes of what it asks.

use std::{
    net::SocketAddr,
    path::{Component, Path},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path as UrlPath, Query, Request, State, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post, put},
};
use reshoot_report::live::Update;
use reshoot_webhook::Token;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tower_http::services::ServeFile;

use super::{
    desk::{Ask, Reply},
    form::Wanted,
    guard::{Guard, guard},
    refusal::Refusal,
    upload::{self, Shelf},
};
use crate::page::{EDITS, KEPT};

/// How long a question for news waits for some.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most that a question may hold: prompts are at most some thousand characters each.
const MOST_ASKED: usize = 1 << 20;

/// The folders that the page shows files of.
const MEDIA: [&str; 3] = [upload::CLIPS, EDITS, KEPT];

/// What the list looks like by now.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    /// Grows with each change.
    pub(super) version: u64,
    pub(super) update: Arc<Update>,
}

/// Where the page asks.
#[derive(Clone)]
pub(super) struct Counter {
    guard: Guard,
    asks: mpsc::Sender<Ask>,
    told: watch::Receiver<News>,
    folder: Arc<Path>,
    shelf: Shelf,
}

impl Counter {
    pub(super) fn new(
        token: Token,
        address: SocketAddr,
        asks: mpsc::Sender<Ask>,
        told: watch::Receiver<News>,
        folder: &Path,
        most_bytes: u64,
    ) -> Self {
        let guard = Guard::new(token, address);
        Self { guard, asks, told, folder: folder.into(), shelf: Shelf::new(folder, most_bytes) }
    }

    /// Asks the desk, and waits for its answer.
    async fn ask<T>(&self, ask: impl FnOnce(Reply<T>) -> Ask) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let ended = || Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "reshoot ui is ending");
        self.asks.send(ask(reply)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())
    }
}

/// Everything below the token.
pub(super) fn router(counter: Counter) -> Router {
    Router::new()
        .route("/{token}", get(whole))
        .route("/{token}/", get(page))
        .route("/{token}/edits", get(edits))
        .route("/{token}/quote", post(quote))
        .route("/{token}/run", post(run))
        .route("/{token}/keep", post(keep))
        .layer(DefaultBodyLimit::max(MOST_ASKED))
        .route("/{token}/clips", put(clip).layer(DefaultBodyLimit::disable()))
        .route("/{token}/{folder}/{*file}", get(media))
        .layer(middleware::from_fn_with_state(counter.guard.clone(), guard))
        .with_state(counter)
}

/// A clip or a result, or a part of it. Whatever a file is called: here it is a video, and no page.
async fn media(
    State(counter): State<Counter>,
    UrlPath((_, folder, file)): UrlPath<(String, String, String)>,
    request: Request,
) -> Response {
    let file = Path::new(&file);
    let is_inside = file.components().all(|part| matches!(part, Component::Normal(_)));
    if !MEDIA.contains(&folder.as_str()) || !is_inside {
        return StatusCode::NOT_FOUND.into_response();
    }
    let is_mov = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mov"));
    let kind = if is_mov { "video/quicktime" } else { "video/mp4" };
    let path = counter.folder.join(folder).join(file);
    if !path.is_file() {
        return StatusCode::NOT_FOUND.into_response();
    }
    match ServeFile::new(path).try_call(request).await {
        Ok(mut answer) => {
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            answer.into_response()
        }
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whoever left the last slash out.
async fn whole(UrlPath(token): UrlPath<String>) -> Redirect {
    Redirect::temporary(&format!("/{token}/"))
}

async fn page(State(counter): State<Counter>) -> Result<Html<String>, Refusal> {
    counter.ask(Ask::Page).await.map(Html)
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

/// Waits for news, so that the page need not ask often.
async fn edits(State(counter): State<Counter>, Query(After { after }): Query<After>) -> Response {
    let mut told = counter.told.clone();
    // A page that was left open by an earlier run may be ahead of this one.
    let is_new = |news: &News| news.version != after;
    let news = match timeout(PATIENCE, told.wait_for(is_new)).await {
        Ok(Ok(news)) => news.clone(),
        Ok(Err(_)) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => return StatusCode::NO_CONTENT.into_response(),
    };
    let Update { counts, summary, list } = &*news.update;
    let told =
        json!({ "version": news.version, "counts": counts, "summary": summary, "list": list });
    Json(told).into_response()
}

#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    name: String,
}

async fn clip(
    State(counter): State<Counter>,
    Query(Name { name }): Query<Name>,
    request: Request,
) -> Result<(StatusCode, Json<upload::Clip>), Refusal> {
    let clip = counter.shelf.take(&name, request).await?;
    Ok((StatusCode::CREATED, Json(clip)))
}

type Body<T> = Result<Json<T>, JsonRejection>;

async fn quote(State(counter): State<Counter>, body: Body<Wanted>) -> Result<Json<Value>, Refusal> {
    let wanted = Box::new(read(body)?);
    let quote = counter.ask(|reply| Ask::Quote(wanted, reply)).await??;
    let html = reshoot_report::live::quote(&quote);
    let label = reshoot_report::live::label(&quote);
    Ok(Json(json!({ "html": html, "quote": quote.id, "label": label })))
}

#[derive(Deserialize)]
struct Run {
    quote: String,
}

async fn run(
    State(counter): State<Counter>,
    body: Body<Run>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Run { quote } = read(body)?;
    counter.ask(|reply| Ask::Run(quote, reply)).await??;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

#[derive(Deserialize)]
struct Keep {
    job: String,
    keep: bool,
}

async fn keep(State(counter): State<Counter>, body: Body<Keep>) -> Result<Json<Value>, Refusal> {
    let Keep { job, keep } = read(body)?;
    let message = counter.ask(|reply| Ask::Keep { job, keep, reply }).await??;
    Ok(Json(json!({ "message": message })))
}

fn read<T>(body: Body<T>) -> Result<T, Refusal> {
    body.map(|Json(read)| read).map_err(|rejection| Refusal::bad(rejection.body_text()))
}
