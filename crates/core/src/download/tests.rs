//! The rim, against a server on loopback that answers by a script.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::{outputs::fetch_with, part::Flaw, transfer::Fetcher, *};
use crate::{
    job::{Job, JobRef, JobState, Output},
    testing::{Scripted, job_ref},
};

const TAG: &str = "etag: \"v1\"";

/// Gives one scripted answer per connection, and keeps what was asked.
struct Server {
    link: Url,
    requests: Arc<Mutex<Vec<String>>>,
    directory: TempDir,
}

impl Server {
    async fn answering(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<_> = answers.into_iter().collect();
        tokio::spawn(serve(listener, answers, Arc::clone(&requests)));
        Self {
            link: Url::parse(&format!("http://{address}/a.mp4?sig=secret")).unwrap(),
            requests,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn target(&self) -> PathBuf {
        self.directory.path().join("out.mp4")
    }

    async fn fetch(&self) -> Result<Downloaded, Error> {
        self.fetch_under(local()).await
    }

    async fn fetch_under(&self, options: DownloadOptions) -> Result<Downloaded, Error> {
        fetcher(options).fetch(&self.link, &self.target(), 1, &mut |_| {}).await
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The names of the files that are there, sorted.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

async fn serve(listener: TcpListener, answers: Vec<Vec<u8>>, requests: Arc<Mutex<Vec<String>>>) {
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_head(&mut stream).await;
        requests.lock().unwrap().push(request);
        stream.write_all(&answer).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

fn answer(head: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {head}\r\nconnection: close\r\n{headers}\r\n{body}").into_bytes()
}

fn whole(body: &str) -> Vec<u8> {
    answer("200 OK", &[TAG, &format!("content-length: {}", body.len())], body)
}

/// Announces ten bytes and breaks after `body`.
fn breaking(body: &str) -> Vec<u8> {
    answer("200 OK", &[TAG, "content-length: 10"], body)
}

fn rest(range: &str, body: &str) -> Vec<u8> {
    let range = format!("content-range: bytes {range}");
    let length = format!("content-length: {}", body.len());
    answer("206 Partial Content", &[TAG, &range, &length], body)
}

fn redirect(location: &str) -> Vec<u8> {
    answer("302 Found", &[&format!("location: {location}"), "content-length: 0"], "")
}

fn dead() -> Vec<u8> {
    answer("403 Forbidden", &["content-length: 0"], "")
}

fn local() -> DownloadOptions {
    DownloadOptions::default().with_loopback(true)
}

/// Takes whatever does not begin like a web page for a video, and does not wait long.
fn fetcher(options: DownloadOptions) -> Fetcher {
    let mut fetcher = Fetcher::new(options);
    fetcher.pause = Duration::from_millis(1);
    fetcher.verify = |path| match fs::read(path) {
        Ok(bytes) if !bytes.starts_with(b"<") && !bytes.is_empty() => Ok(()),
        _ => Err(Flaw::NoVideo("not a video".to_owned())),
    };
    fetcher
}

const SHA256_OF_DIGITS: &str = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

#[tokio::test]
async fn a_whole_answer_becomes_the_target_and_nothing_else_stays() {
    let server = Server::answering([whole("0123456789")]).await;
    let mut seen = Vec::new();
    let downloaded = fetcher(local())
        .fetch(&server.link, &server.target(), 3, &mut |progress| seen.push(progress))
        .await
        .unwrap();
    assert_eq!(downloaded.sha256, SHA256_OF_DIGITS);
    assert_eq!((downloaded.bytes, downloaded.path), (10, server.target()));
    assert_eq!(fs::read(server.target()).unwrap(), b"0123456789");
    assert_eq!(server.files(), ["out.mp4"]);
    assert_eq!(seen.last(), Some(&Progress { output: 3, bytes: 10, total: Some(10) }));
}

#[tokio::test]
async fn a_length_need_not_be_announced() {
    let server = Server::answering([answer("200 OK", &[], "0123456789")]).await;
    assert_eq!(server.fetch().await.unwrap().sha256, SHA256_OF_DIGITS);
}

#[tokio::test]
async fn no_key_cookie_or_packing_is_asked_with() {
    let with_cookie =
        answer("302 Found", &["set-cookie: a=b", "location: /b", "content-length: 0"], "");
    let server = Server::answering([with_cookie, whole("0123456789")]).await;
    server.fetch().await.unwrap();
    for request in server.requests() {
        assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
        for header in ["authorization", "cookie", "x-api-key", "referer", "range"] {
            assert!(!request.contains(&format!("{header}:")), "{request}");
        }
    }
}

#[tokio::test]
async fn a_broken_connection_goes_on_where_it_broke() {
    let server =
        Server::answering([breaking("0123"), rest("4-9/10", "45"), rest("6-9/10", "6789")]).await;
    assert_eq!(server.fetch().await.unwrap().sha256, SHA256_OF_DIGITS);
    let requests = server.requests();
    assert!(requests[1].contains("range: bytes=4-\r\n"), "{}", requests[1]);
    assert!(requests[2].contains("range: bytes=6-\r\n"), "{}", requests[2]);
    assert!(requests[2].contains("if-range: \"v1\"\r\n"), "{}", requests[2]);
}

#[tokio::test]
async fn what_does_not_fit_is_fetched_anew() {
    let other =
        answer("206 Partial Content", &["etag: \"v2\"", "content-range: bytes 4-9/10"], "xxxxxx");
    for (name, second) in [
        ("range ignored", vec![whole("0123456789")]),
        ("other first byte", vec![rest("5-9/10", "xxxxx"), whole("0123456789")]),
        ("other length", vec![rest("4-8/9", "xxxxx"), whole("0123456789")]),
        ("other tag", vec![other, whole("0123456789")]),
        ("no such range", vec![answer("416 No", &["content-length: 0"], ""), whole("0123456789")]),
    ] {
        let answers = std::iter::once(breaking("0123")).chain(second);
        let server = Server::answering(answers).await;
        assert_eq!(server.fetch().await.unwrap().sha256, SHA256_OF_DIGITS, "{name}");
    }
}

#[tokio::test]
async fn bytes_without_a_validator_are_not_gone_on_from() {
    let no_tag = answer("200 OK", &["content-length: 10"], "0123");
    let server = Server::answering([no_tag, whole("0123456789")]).await;
    assert_eq!(server.fetch().await.unwrap().sha256, SHA256_OF_DIGITS);
    assert!(!server.requests()[1].contains("range:"));
}

#[tokio::test]
async fn an_interrupted_download_goes_on_in_the_next_call_under_a_fresh_signature() {
    let answers = [breaking("0123"), dead(), rest("4-9/10", "456789")];
    let mut server = Server::answering(answers).await;
    assert_eq!(server.fetch().await.unwrap_err().kind(), ErrorKind::LinkExpired);
    assert_eq!(server.files(), [".out.mp4.part", ".out.mp4.part.json"]);
    server.link.set_query(Some("sig=fresh"));
    assert_eq!(server.fetch().await.unwrap().sha256, SHA256_OF_DIGITS);
    assert_eq!(server.files(), ["out.mp4"]);
}

#[tokio::test]
async fn servers_that_come_back_are_waited_for() {
    let down = answer("503 Busy", &["content-length: 0"], "");
    let server = Server::answering([down, vec![], whole("0123456789")]).await;
    assert_eq!(server.fetch().await.unwrap().bytes, 10);
}

#[tokio::test]
async fn each_failure_has_its_kind_and_leaves_nothing_behind() {
    let endless = || answer("302 Found", &["location: /again", "content-length: 0"], "");
    for (name, answers, kind) in [
        ("dead link", vec![dead()], ErrorKind::LinkExpired),
        ("gone", vec![answer("404 No", &["content-length: 0"], "")], ErrorKind::LinkExpired),
        ("web page", vec![whole("<html>sorry</html>")], ErrorKind::Corrupt),
        ("empty", vec![whole("")], ErrorKind::Corrupt),
        ("to metadata", vec![redirect("https://169.254.169.254/x")], ErrorKind::Other),
        ("to http", vec![redirect("http://cdn.example/x")], ErrorKind::Other),
        ("to a file", vec![redirect("file:///etc/passwd")], ErrorKind::Other),
        ("in circles", (0..6).map(|_| endless()).collect(), ErrorKind::Other),
        ("breaking always", (0..6).map(|_| vec![]).collect(), ErrorKind::Network),
        (
            "down always",
            (0..6).map(|_| answer("500 No", &[], "")).collect(),
            ErrorKind::Unavailable,
        ),
        (
            "limited for long",
            vec![answer("429 No", &["retry-after: 999"], "")],
            ErrorKind::RateLimited,
        ),
    ] {
        let asked = answers.len();
        let server = Server::answering(answers).await;
        let error = server.fetch().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert_eq!(error.operation(), Operation::Download, "{name}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{name}: {error:?}");
        assert_eq!(server.files(), Vec::<String>::new(), "{name}");
        assert_eq!(server.requests().len(), asked, "{name}");
    }
}

#[tokio::test]
async fn this_machine_is_out_of_reach_unless_allowed() {
    let server = Server::answering([whole("0123456789")]).await;
    let error = server.fetch_under(DownloadOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other, "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn more_bytes_than_allowed_are_refused() {
    for announced in [whole("0123456789"), answer("200 OK", &[], "0123456789")] {
        let server = Server::answering([announced]).await;
        let error = server.fetch_under(local().with_max_bytes(9)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Other, "{error}");
        assert!(!server.target().exists());
    }
}

#[tokio::test]
async fn a_file_in_the_way_stays_and_nothing_is_asked() {
    let server = Server::answering([whole("0123456789")]).await;
    fs::write(server.target(), "mine").unwrap();
    assert_eq!(server.fetch().await.unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(fs::read(server.target()).unwrap(), b"mine");
    assert_eq!(server.requests().len(), 0);
    server.fetch_under(local().with_overwrite(true)).await.unwrap();
    assert_eq!(fs::read(server.target()).unwrap(), b"0123456789");
}

#[tokio::test]
async fn what_cannot_be_written_is_named_before_anything_is_asked() {
    let server = Server::answering([]).await;
    fs::write(server.directory.path().join("file"), "").unwrap();
    for parent in ["missing", "file"] {
        let target = server.directory.path().join(parent).join("out.mp4");
        let error =
            fetcher(local()).fetch(&server.link, &target, 1, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains(parent), "{error}");
    }
}

fn job(links: &[&Url]) -> Job {
    let outputs = links.iter().map(|link| Output::new((*link).clone(), None)).collect();
    Job::new(job_ref(), JobState::Succeeded { outputs, billed: None })
}

async fn fetch_all(
    server: &Server,
    provider: &Scripted,
    job: &Job,
) -> Result<Vec<Downloaded>, Error> {
    let fetcher = fetcher(local());
    fetch_with(&fetcher, provider, job, &server.target(), &local(), &mut |_| {}).await
}

#[test]
fn further_outputs_are_numbered() {
    for (target, expected) in [
        ("a/out.mp4", "a/out-2.mp4"),
        ("out", "out-2"),
        ("out.tar.mp4", "out.tar-2.mp4"),
        (".mp4", ".mp4-2"),
    ] {
        let names = target_names(Path::new(target), 2);
        assert_eq!(names, [PathBuf::from(target), PathBuf::from(expected)]);
    }
}

#[tokio::test]
async fn all_outputs_are_fetched() {
    let server = Server::answering([whole("one"), whole("two")]).await;
    let job = job(&[&server.link, &server.link]);
    let files = fetch_all(&server, &Scripted::new(vec![]), &job).await.unwrap();
    assert_eq!(files.iter().map(|file| file.bytes).sum::<u64>(), 6);
    assert_eq!(server.files(), ["out-2.mp4", "out.mp4"]);
}

#[tokio::test]
async fn no_byte_is_asked_for_if_any_target_is_in_the_way() {
    let server = Server::answering([whole("one"), whole("two")]).await;
    fs::write(server.directory.path().join("out-2.mp4"), "mine").unwrap();
    let job = job(&[&server.link, &server.link]);
    let error = fetch_all(&server, &Scripted::new(vec![]), &job).await.unwrap_err();
    assert!(error.message().contains("out-2.mp4"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_dead_link_is_asked_for_again_once() {
    let server = Server::answering([whole("one"), dead(), whole("two")]).await;
    let job = job(&[&server.link, &server.link]);
    let provider = Scripted::new(vec![Ok(job.clone())]);
    assert_eq!(fetch_all(&server, &provider, &job).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_link_that_stays_dead_is_never_a_success() {
    let gone = || Job::new(job_ref(), JobState::Expired);
    let missing = || Error::new(ErrorKind::NotFound, Operation::Status, "");
    let down = || Error::new(ErrorKind::Unavailable, Operation::Status, "");
    let server = Server::answering((0..5).map(|_| dead())).await;
    let job = job(&[&server.link]);
    for (name, status, kind) in [
        ("still dead", Ok(job.clone()), ErrorKind::LinkExpired),
        ("expired", Ok(gone()), ErrorKind::LinkExpired),
        ("unknown", Err(missing()), ErrorKind::LinkExpired),
        ("provider down", Err(down()), ErrorKind::Unavailable),
    ] {
        let error = fetch_all(&server, &Scripted::new(vec![status]), &job).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.operation()),
            (kind, Operation::Download),
            "{name}: {error}"
        );
        assert_eq!(error.is_retryable(), kind == ErrorKind::Unavailable, "{name}");
    }
}

#[tokio::test]
async fn every_error_names_provider_and_job() {
    let directory = tempfile::tempdir().unwrap();
    let provider: &dyn crate::Provider = &Scripted::new(vec![]);
    for state in [JobState::Queued, JobState::Expired, JobState::Canceled] {
        let job = Job::new(JobRef::new("scripted", "job-7").unwrap(), state);
        let target = directory.path().join("out.mp4");
        let error =
            fetch_outputs(provider, &job, &target, &local(), &mut |_| {}).await.unwrap_err();
        assert_eq!(error.job(), Some(&job.job_ref));
        assert_eq!(error.provider(), Some("scripted"));
    }
}
