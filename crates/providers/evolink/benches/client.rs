//! What the generated client with its hooks costs, against the same call written by hand.
//!
//! Client and server share the process, and both sides call the same server in turn, so the ratio
//! is of whole calls. CPU time, since the time on the wall is mostly waiting.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

use std::{hint::black_box, time::Duration};

use axum::{Router, routing::get};
use cpu_time::ProcessTime;
use futures_util::{StreamExt, stream};
use reshoot_core::{ApiKey, Settings};
use reshoot_evolink::{EvoLink, generated::types::Task};

const BLOCKS: usize = 21;
const CALLS: usize = 1000;
const TASK: &str = r#"{"id":"task-unified-1790000100-k3v9q2xa","object":"video.generation.task",
"model":"wan2.7-video-edit","type":"video","created":1790000100,"status":"processing","progress":40,
"task_info":{"can_cancel":false,"estimated_time":150},"results":null,
"usage":{"billing_rule":"per_second","credits_reserved":97.92,"user_group":"default"}}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/v1/tasks/{id}", get(|| async { ([("content-type", "application/json")], TASK) }));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let settings = Settings::new(ApiKey::new("key").unwrap()).with_base_url(&base);
    // The same HTTP client on both sides: time limits and the like are not what is compared.
    let (_, plain) = reshoot_core::wire::connect(&base, &settings).unwrap();
    let ours = EvoLink::new(settings).unwrap();
    println!("CPU time of a status call, median of {BLOCKS} blocks of {CALLS}");
    for width in [1, 64] {
        let (mut generated, mut by_hand) = (Vec::new(), Vec::new());
        // The first block of each side warms up.
        for _ in 0..=BLOCKS {
            generated.push(
                block(width, || async {
                    black_box(ours.api().get_task("task-1").await.unwrap());
                })
                .await,
            );
            by_hand.push(
                block(width, || async {
                    let request = plain.get(format!("{base}/v1/tasks/task-1")).bearer_auth("key");
                    black_box(request.send().await.unwrap().json::<Task>().await.unwrap());
                })
                .await,
            );
        }
        let (generated, by_hand) = (median(generated), median(by_hand));
        println!(
            "  {width:>2} at once: generated {:.1} µs, by hand {:.1} µs, ratio {:.3}",
            micros(generated),
            micros(by_hand),
            generated.as_secs_f64() / by_hand.as_secs_f64()
        );
    }
    server.abort();
}

async fn block<F: Future<Output = ()>>(width: usize, call: impl Fn() -> F) -> Duration {
    let started = ProcessTime::now();
    stream::iter(0..CALLS).map(|_| call()).buffer_unordered(width).collect::<Vec<()>>().await;
    started.elapsed()
}

fn median(mut blocks: Vec<Duration>) -> Duration {
    blocks.remove(0);
    blocks.sort_unstable();
    blocks[blocks.len() / 2]
}

fn micros(block: Duration) -> f64 {
    block.as_secs_f64() * 1e6 / CALLS as f64
}
