//! A file server on loopback that does as it is told.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::super::probe_link;
use crate::{error::Error, media::VideoFacts};

pub(super) const TAG: &str = "etag: \"v1\"";

/// Answers each request by a function of its number, counted from 0, and its head.
pub(super) struct Server {
    pub(super) link: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn answering(
        answer: impl Fn(usize, &str) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(serve(listener, answer, Arc::clone(&requests)));
        let link = Url::parse(&format!("http://{address}/a.mp4?sig=secret")).unwrap();
        Self { link, requests }
    }

    /// Gives ranges of `content`.
    pub(super) async fn with(content: Vec<u8>) -> Self {
        Self::answering(move |_, request| part(&content, request, &[TAG])).await
    }

    pub(super) async fn probe(&self) -> Result<VideoFacts, Error> {
        probe_link(&self.link, true).await
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The ranges that were asked for, as `0-65535`.
    pub(super) fn ranges(&self) -> Vec<String> {
        self.requests().iter().map(|request| asked(request)).collect()
    }
}

async fn serve(
    listener: TcpListener,
    answer: impl Fn(usize, &str) -> Vec<u8>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    for number in 0.. {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_head(&mut stream).await;
        requests.lock().unwrap().push(request.clone());
        // Fails when the client has read enough and is gone.
        stream.write_all(&answer(number, &request)).await.ok();
        stream.shutdown().await.ok();
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

fn asked(request: &str) -> String {
    let line = request.lines().find_map(|line| line.strip_prefix("range: bytes="));
    line.expect("every request asks for a range").to_owned()
}

pub(super) fn bounds(request: &str) -> (usize, usize) {
    let range = asked(request);
    let (first, last) = range.split_once('-').unwrap();
    (first.parse().unwrap(), last.parse::<usize>().unwrap() + 1)
}

pub(super) fn answer(head: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// A part of a file that is said to be `total` bytes long.
pub(super) fn part_of(total: usize, first: usize, body: &[u8], headers: &[&str]) -> Vec<u8> {
    let last = first + body.len() - 1;
    let range = format!("content-range: bytes {first}-{last}/{total}");
    let length = format!("content-length: {}", body.len());
    answer("206 Partial Content", &[headers, &[&range, &length]].concat(), body)
}

pub(super) fn part(content: &[u8], request: &str, headers: &[&str]) -> Vec<u8> {
    let (first, end) = bounds(request);
    if first >= content.len() {
        return empty("416 Range Not Satisfiable");
    }
    part_of(content.len(), first, &content[first..end.min(content.len())], headers)
}

pub(super) fn whole(content: &[u8]) -> Vec<u8> {
    answer("200 OK", &[TAG, &format!("content-length: {}", content.len())], content)
}

pub(super) fn empty(head: &str) -> Vec<u8> {
    answer(head, &["content-length: 0"], b"")
}

pub(super) fn redirect(location: &str) -> Vec<u8> {
    answer("302 Found", &[&format!("location: {location}"), "content-length: 0"], b"")
}
