//! The baseline: what people write in an afternoon, with the same calls at the same times.
//!
//! It checks nothing, syncs nothing, and forgets everything when it ends.

use std::{error::Error, path::Path, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::load::{CLIP, Orders, PROMPT};

type Failed = Box<dyn Error + Send + Sync>;

/// Leads all jobs, and says how many became a file.
pub(crate) async fn lead(orders: Orders) -> usize {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let one = |orders: std::sync::Arc<Orders>, n| {
        let http = http.clone();
        async move {
            sleep(orders.until(n)).await;
            edit(&http, &orders, &orders.target(n)).await.is_ok()
        }
    };
    orders.lead(one).await
}

async fn edit(http: &reqwest::Client, orders: &Orders, target: &Path) -> Result<(), Failed> {
    let id = submit(http, &orders.base).await?;
    let pace = orders.load.pace();
    sleep(pace.first).await;
    let link = loop {
        match result(http, &orders.base, &id).await? {
            Some(link) => break link,
            None => sleep(pace.every).await,
        }
    };
    let clip = http.get(link).send().await?.error_for_status()?.bytes().await?;
    tokio::fs::write(target, clip).await?;
    Ok(())
}

async fn submit(http: &reqwest::Client, base: &str) -> Result<String, Failed> {
    let request = http
        .post(format!("{base}/v3/async/wan2.7-videoedit"))
        .bearer_auth("key")
        .timeout(Duration::from_secs(30))
        .json(&json!({ "video_url": CLIP, "prompt": PROMPT }));
    let answer: Value = request.send().await?.error_for_status()?.json().await?;
    Ok(answer["task_id"].as_str().ok_or("no id")?.to_owned())
}

/// The link, once there is one.
async fn result(http: &reqwest::Client, base: &str, id: &str) -> Result<Option<String>, Failed> {
    let request = http
        .get(format!("{base}/v3/async/task-result"))
        .query(&[("task_id", id)])
        .bearer_auth("key")
        .timeout(Duration::from_secs(30));
    let answer: Value = request.send().await?.error_for_status()?.json().await?;
    match answer["task"]["status"].as_str() {
        Some("TASK_STATUS_SUCCEED") => {
            Ok(answer["videos"][0]["video_url"].as_str().map(str::to_owned))
        }
        Some("TASK_STATUS_FAILED") => Err("it failed".into()),
        _ => Ok(None),
    }
}
