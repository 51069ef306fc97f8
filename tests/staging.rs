//! Local files in a bucket, against a real S3 server in this process.

// Helpers of tests count as tests for the lints only so.
#![cfg(test)]

mod store;

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use reqwest::Client;
use reshoot_core::{
    Error, ErrorKind, LocalFile, MediaKind, Operation, STAGED_FOR, Stage, Staging, Url,
};
use store::{SECRET, Store};
use tokio::net::TcpListener;

/// Bytes of the big file: far more than test and server need themselves.
const BIG: u64 = 160 << 20;

impl Store {
    /// A local file that begins with `head` and is `bytes` long.
    fn clip(&self, head: &[u8], bytes: u64) -> LocalFile {
        let path: PathBuf = self.directory.path().join("my holiday.mov");
        let mut file = File::create(&path).unwrap();
        file.write_all(head).unwrap();
        file.set_len(bytes).unwrap();
        LocalFile::new(path, MediaKind::Video, bytes, "video/quicktime")
    }

    async fn refusal(&self, target: &str, secret: &str) -> Error {
        let clip = self.clip(b"clip", 4);
        let error = self.stage(target, secret).put(&clip).await.unwrap_err();
        assert_eq!(error.operation(), Operation::Upload);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("X-Amz") && !shown.contains(SECRET), "{shown}");
        error
    }
}

async fn status(url: Url) -> u16 {
    Client::new().get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn whoever_has_the_url_reads_the_same_bytes_and_type() {
    let store = Store::start().await;
    let stage = store.stage("s3://clips/in/put", SECRET);
    let staged = stage.put(&store.clip(b"a clip", 6)).await.unwrap();
    let response = Client::new().get(staged.url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "video/quicktime");
    assert_eq!(response.bytes().await.unwrap(), "a clip");
    assert_eq!(stage.staging(), Staging::Store);
}

#[tokio::test]
async fn objects_have_names_of_their_own_under_the_prefix() {
    let store = Store::start().await;
    for (target, parent) in
        [("s3://clips/in/put", "/clips/in/put/reshoot-"), ("s3://clips", "/clips/reshoot-")]
    {
        let stage = store.stage(target, SECRET);
        let clip = store.clip(b"a clip", 6);
        let (one, two) = (stage.put(&clip).await.unwrap(), stage.put(&clip).await.unwrap());
        assert_ne!(one.url.path(), two.url.path());
        let path = one.url.path();
        assert!(path.starts_with(parent) && path.ends_with(".mov"), "{path}");
    }
}

#[tokio::test]
async fn the_url_outlives_queue_and_run() {
    let store = Store::start().await;
    let staged = store.stage("s3://clips", SECRET).put(&store.clip(b"a clip", 6)).await.unwrap();
    let seconds = STAGED_FOR.as_secs().to_string();
    assert!(
        staged.url.query_pairs().any(|(name, value)| name == "X-Amz-Expires" && value == seconds)
    );
    let left = staged.expires.unwrap().duration_since(SystemTime::now()).unwrap();
    assert!(left > STAGED_FOR - Duration::from_secs(60) && left <= STAGED_FOR, "{left:?}");
}

#[tokio::test]
async fn the_url_opens_nothing_else() {
    let store = Store::start().await;
    let stage = store.stage("s3://clips", SECRET);
    let staged = stage.put(&store.clip(b"a clip", 6)).await.unwrap();
    let other = stage.put(&store.clip(b"another", 7)).await.unwrap();
    let mut other_object = staged.url.clone();
    other_object.set_path(other.url.path());
    let mut longer = staged.url.clone();
    let query = staged.url.query().unwrap().replace("X-Amz-Expires=86400", "X-Amz-Expires=604800");
    longer.set_query(Some(&query));
    let mut unsigned = staged.url.clone();
    unsigned.set_query(None);
    assert_eq!(status(staged.url).await, 200);
    for url in [other_object, longer, unsigned] {
        assert_eq!(status(url.clone()).await, 403, "{url}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_named_by_its_variable() {
    let error = Store::start().await.refusal("s3://clips", "wrong").await;
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(error.message().contains("AWS_SECRET_ACCESS_KEY"), "{error}");
}

#[tokio::test]
async fn a_store_that_is_not_there_is_a_network_error() {
    let mut store = Store::start().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    store.endpoint = format!("http://{closed}");
    let error = store.refusal("s3://clips", SECRET).await;
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
}

#[tokio::test]
async fn a_big_file_arrives_whole_and_is_never_in_memory_as_a_whole() {
    let store = Store::start().await;
    let clip = store.clip(b"begin", BIG);
    let staged = store.stage("s3://clips", SECRET).put(&clip).await.unwrap();
    let stored = store.directory.path().join(format!("store{}", staged.url.path()));
    assert_eq!(fs::metadata(&stored).unwrap().len(), BIG);
    let mut head = [0; 6];
    File::open(&stored).unwrap().read_exact(&mut head).unwrap();
    assert_eq!(&head, b"begin\0");
    #[cfg(target_os = "linux")]
    assert!(peak_memory() < BIG / 2, "{} bytes", peak_memory());
}

/// What the process holds in memory at most so far, in bytes.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}
