//! Downloads of real clips: what is checked before a file takes the target's name.

// Helpers of tests count as tests for the lints only so.
#![cfg(test)]

use std::{fs, path::PathBuf, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Response, header},
    routing::get,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reshoot_core::{DownloadOptions, Downloaded, Error, ErrorKind, Url, fetch};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Notify};

const CLIP: &[u8] = include_bytes!("../crates/emulator/assets/result.mp4");

/// A file server, and a directory to download into.
struct Server {
    base: String,
    directory: TempDir,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/first/{bytes}", get(first))
            .route("/hangs", get(hangs))
            .route("/png", get(async || &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]))
            .with_state(Bytes::from_static(CLIP));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, directory: tempfile::tempdir().unwrap() }
    }

    fn target(&self) -> PathBuf {
        self.directory.path().join("out.mp4")
    }

    async fn fetch(&self, path: &str) -> Result<Downloaded, Error> {
        let link = Url::parse(&format!("{}{path}", self.base)).unwrap();
        let options = DownloadOptions::default().with_loopback(true);
        fetch(&link, &self.target(), &options, &mut |_| {}).await
    }
}

/// The clip's first bytes, as if they were all.
async fn first(State(clip): State<Bytes>, Path(bytes): Path<usize>) -> Bytes {
    clip.slice(..bytes)
}

/// Half of the clip and then nothing; but the rest for whoever asks for it.
async fn hangs(State(clip): State<Bytes>, headers: HeaderMap) -> Response<Body> {
    let half = clip.len() / 2;
    let response = Response::builder().header(header::ETAG, "\"clip\"");
    if headers.get(header::RANGE).is_some_and(|range| range == &format!("bytes={half}-")) {
        let range = format!("bytes {half}-{}/{}", clip.len() - 1, clip.len());
        let response = response.status(206).header(header::CONTENT_RANGE, range);
        return response.body(clip.slice(half..).into()).unwrap();
    }
    let begin = stream::iter([Ok::<_, std::io::Error>(clip.slice(..half))]);
    let body = Body::from_stream(begin.chain(stream::pending()));
    response.header(header::CONTENT_LENGTH, clip.len()).body(body).unwrap()
}

#[tokio::test]
async fn a_whole_clip_arrives() {
    let server = Server::start().await;
    let downloaded = server.fetch(&format!("/first/{}", CLIP.len())).await.unwrap();
    assert_eq!(downloaded.bytes, CLIP.len() as u64);
    assert_eq!(fs::read(server.target()).unwrap(), CLIP);
}

#[tokio::test]
async fn what_is_not_a_whole_clip_is_corrupt_and_only_a_clip_is_kept() {
    let cut = format!("/first/{}", CLIP.len() - 1);
    for (path, kept) in
        [(cut.as_str(), true), ("/first/64", true), ("/first/0", false), ("/png", false)]
    {
        let server = Server::start().await;
        let error = server.fetch(path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{path}: {error}");
        let rejected = server.directory.path().join("out.mp4.rejected");
        assert_eq!(rejected.exists(), kept, "{path}");
        let files = fs::read_dir(server.directory.path()).unwrap().count();
        assert_eq!(files, usize::from(kept), "{path}");
    }
}

#[tokio::test]
async fn a_download_that_was_dropped_goes_on_in_the_next_call() {
    let server = Server::start().await;
    let (link, target) = (Url::parse(&format!("{}/hangs", server.base)).unwrap(), server.target());
    let halfway = Arc::new(Notify::new());
    let seen = Arc::clone(&halfway);
    let dropped = tokio::spawn(async move {
        let options = DownloadOptions::default().with_loopback(true);
        let mut watch = |progress: reshoot_core::Progress| {
            if progress.bytes == CLIP.len() as u64 / 2 {
                seen.notify_one();
            }
        };
        fetch(&link, &target, &options, &mut watch).await
    });
    halfway.notified().await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    assert!(!server.target().exists());
    // The writer lets go of the part a moment after the download was dropped.
    let downloaded = loop {
        match server.fetch("/hangs").await {
            Err(error) if error.message().contains("already") => tokio::task::yield_now().await,
            fetched => break fetched.unwrap(),
        }
    };
    assert_eq!(downloaded.bytes, CLIP.len() as u64);
    assert_eq!(fs::read(server.target()).unwrap(), CLIP);
}
