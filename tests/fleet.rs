//! A fleet worker's calls, over the emulator: what it does not send, and where its results stay.

// Helpers of tests count as tests for the lints only so.
#![cfg(test)]

mod store;

use std::{fs, path::Path, sync::Arc, time::Duration};

use reqwest::Client;
use reshoot_core::{
    EditRequest, Error, ErrorKind, JobRef, LocalFile, MediaKind, Url, download::sha256,
};
use reshoot_emulator::Emulator;
use reshoot_fleet::{
    Fetched, File, Looked, Order, Outputs, Prepared, ProviderWork, Route, Seen, Sent, Work,
    WorkOptions, now_ms,
};
use reshoot_tests::connect;
use store::{SECRET, Store};

const PROVIDER: &str = "novita";

/// A worker's calls, to the emulator.
fn work(emulator: &Emulator, outputs: Outputs) -> ProviderWork {
    work_at(PROVIDER, emulator, outputs)
}

fn work_at(provider: &str, emulator: &Emulator, outputs: Outputs) -> ProviderWork {
    let provider = Arc::from(connect(reshoot::provider(provider).unwrap(), emulator));
    let route = Route::new(provider).with_loopback(true);
    let routes = move |_: &str, _: &str| -> Result<Route, Error> { Ok(route.clone()) };
    ProviderWork::new(Arc::new(routes), WorkOptions::new(outputs))
}

fn order() -> Order {
    order_at(PROVIDER)
}

fn order_at(provider: &str) -> Order {
    let video = Url::parse("https://h.example/clip.mp4").unwrap();
    Order::new(provider, EditRequest::new(video, "as a woodcut"), "day/out.mp4")
}

/// A job that has succeeded.
async fn job(work: &ProviderWork) -> JobRef {
    let Prepared::Ready(plan) = work.prepare(&order()).await else { panic!("it fits") };
    let Sent::Accepted(id) = work.submit(&order(), &plan, now_ms()).await else {
        panic!("it is made");
    };
    let job = JobRef::new(PROVIDER, id).unwrap();
    while !matches!(work.status(&order(), &job).await, Seen::Succeeded { .. }) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    job
}

async fn fetched(work: &ProviderWork, job: &JobRef) -> File {
    match work.fetch(&order(), job).await {
        Fetched::Files(mut files) if files.len() == 1 => files.remove(0),
        other => panic!("{other:?}"),
    }
}

async fn emulator() -> Emulator {
    Emulator::builder().job_time(Duration::from_millis(20)).start().await.unwrap()
}

#[tokio::test]
async fn a_submit_whose_claim_is_old_is_not_sent_nor_replayed_when_its_key_may_be_forgotten() {
    let emulator = emulator().await;
    let work = work_at("evolink", &emulator, Outputs::Directory(".".into()));
    let order = order_at("evolink");
    let Prepared::Ready(plan) = work.prepare(&order).await else { panic!("it fits") };
    let ago = |seconds: u64| now_ms() - seconds * 1000;
    for sent in [
        work.submit(&order, &plan, ago(11)).await,
        work.replay(&order, &plan, ago(600)).await,
        work.replay(&order, &plan, now_ms() + 60_000).await,
    ] {
        assert!(matches!(sent, Sent::Unknown(_)), "{sent:?}");
    }
    assert_eq!(emulator.ledger().provider("evolink").submits, 0);
    let Sent::Accepted(first) = work.submit(&order, &plan, now_ms()).await else {
        panic!("it is made");
    };
    assert_eq!(work.replay(&order, &plan, ago(500)).await, Sent::Accepted(first));
    assert_eq!(emulator.ledger().provider("evolink").jobs, 1);
}

#[tokio::test]
async fn a_submit_is_given_up_when_its_plan_says_whoever_sends_it() {
    let slow = Emulator::builder().latency(Duration::from_millis(500)).start().await.unwrap();
    let work = work(&slow, Outputs::Directory(".".into()));
    let Prepared::Ready(mut plan) = work.prepare(&order()).await else { panic!("it fits") };
    plan.within = 50;
    let sent = work.submit(&order(), &plan, now_ms()).await;
    assert!(matches!(sent, Sent::Unknown(_)), "{sent:?}");
}

#[tokio::test]
async fn a_job_is_found_though_its_providers_clock_is_hours_off() {
    let emulator = emulator().await;
    let work = work_at("replicate", &emulator, Outputs::Directory(".".into()));
    let order = order_at("replicate");
    let Prepared::Ready(plan) = work.prepare(&order).await else { panic!("it fits") };
    let Sent::Accepted(id) = work.submit(&order, &plan, now_ms()).await else {
        panic!("it is made");
    };
    let in_hours = |hours: u64| now_ms() + hours * 3_600_000;
    for hours in [0, 8, 14] {
        let looked = work.look(&order, &plan, in_hours(hours)).await;
        let Looked::List { ours, .. } = looked else { panic!("{looked:?}") };
        assert_eq!(ours, [id.as_str()], "{hours}");
    }
}

#[tokio::test]
async fn a_file_in_the_directory_is_replaced_by_no_other_edit() {
    let (emulator, directory) = (emulator().await, tempfile::tempdir().unwrap());
    let work = work(&emulator, Outputs::Directory(directory.path().to_owned()));
    let first = fetched(&work, &job(&work).await).await;
    assert_eq!(Path::new(&first.place), directory.path().join("day/out.mp4"));
    fs::write(&first.place, "the first").unwrap();
    let second = job(&work).await;
    let file = fetched(&work, &second).await;
    assert_eq!(file, fetched(&work, &second).await, "fetched again after a crash");
    assert_eq!(fs::read(&first.place).unwrap(), b"the first");
    assert_eq!(fs::metadata(&file.place).unwrap().len(), file.bytes);
    assert!(file.place.ends_with(".mp4") && file.place != first.place, "{}", file.place);
}

#[tokio::test]
async fn a_result_in_a_bucket_is_whole_and_its_url_has_no_signature() {
    let (emulator, store) = (emulator().await, Store::start().await);
    let scratch = store.directory.path().join("scratch");
    let bucket = Box::new(store.stage("s3://clips/results", SECRET));
    let work = work(&emulator, Outputs::Bucket { bucket, scratch: scratch.clone() });
    let file = fetched(&work, &job(&work).await).await;
    let url = Url::parse(&file.place).unwrap();
    assert_eq!((url.path(), url.query()), ("/clips/results/day/out.mp4", None));
    assert_eq!(Client::new().get(url).send().await.unwrap().status(), 403, "not everybody's");
    let object = store.directory.path().join("store/clips/results/day/out.mp4");
    assert_eq!(sha256(&object).unwrap(), file.sha256);
    assert_eq!(files_in(&scratch), 0, "nothing is left on the way");
}

#[tokio::test]
async fn an_object_in_the_bucket_is_replaced_by_no_other_edit() {
    let (emulator, store) = (emulator().await, Store::start().await);
    let scratch = store.directory.path().join("scratch");
    let bucket = Box::new(store.stage("s3://clips", SECRET));
    let work = work(&emulator, Outputs::Bucket { bucket, scratch });
    fetched(&work, &job(&work).await).await;
    let object = store.directory.path().join("store/clips/day/out.mp4");
    fs::write(&object, "the first").unwrap();
    let second = job(&work).await;
    let file = fetched(&work, &second).await;
    assert_eq!(file, fetched(&work, &second).await, "fetched again after a crash");
    assert_eq!(fs::read(&object).unwrap(), b"the first");
    assert!(!file.place.ends_with("/out.mp4"), "{}", file.place);
}

#[tokio::test]
async fn what_did_not_come_whole_is_no_success() {
    let store = Store::start().await;
    let path = store.directory.path().join("out.mp4");
    fs::write(&path, "a clip").unwrap();
    let file = |bytes| LocalFile::new(path.clone(), MediaKind::Video, bytes, "video/mp4");
    let (bucket, other) = (store.stage("s3://clips", SECRET), "00".repeat(32));
    let changed = bucket.keep("out.mp4", &file(7), &sha256(&path).unwrap()).await;
    assert_eq!(changed.unwrap_err().kind(), ErrorKind::Io);
    assert!(!store.directory.path().join("store/clips/out.mp4").exists());
    // The store itself compares the sums.
    bucket.keep("one.mp4", &file(6), &other).await.unwrap_err();
    bucket.keep_new("two.mp4", &file(6), &other).await.unwrap_err();
    bucket.keep("out.mp4", &file(6), &sha256(&path).unwrap()).await.unwrap();
    assert!(store.directory.path().join("store/clips/out.mp4").exists());
}

fn files_in(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
}
