//! The event that EventBridge delivers when a task has ended. Unsigned here: the certificate is on the vendor's host.
//! Source: <https://help.aliyun.com/en/model-studio/async-task-api> (read 2026-11-21).
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::times::{beijing_seconds, utc};
use super::{ACCOUNT, API, REGION, key_number, status, submit_request};
use crate::app::{App, random_uuid};
use crate::jobs::{Job, Phase};
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire;

/// The one kind of event.
pub(super) const KIND: &str = "dashscope:System:AsyncTaskFinish";

pub(super) fn event(
    _: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    subscription: &Subscription,
) -> Option<Event> {
    let wanted =
        subscription.events.is_empty() || subscription.events.iter().any(|event| event == KIND);
    let told = wanted && moment == Moment::Ended;
    told.then(|| Event { body: cloud_event(job, phase), sign: |_, _| Vec::new() })
}

fn cloud_event(job: &Job, phase: &Phase) -> Value {
    json!({
        "id": random_uuid(), "source": "acs.dashscope", "type": KIND, "specversion": "1.0",
        "datacontenttype": "application/json;charset=utf-8", "time": utc(job.ends_at()),
        "aliyunaccountid": ACCOUNT, "aliyunoriginalaccountid": ACCOUNT,
        "aliyunpublishtime": utc(OffsetDateTime::now_utc()),
        "aliyuneventbusname": "default", "aliyunregionid": REGION,
        "data": data(job, phase),
    })
}

/// Tells how the task ended, not what came of it.
fn data(job: &Job, phase: &Phase) -> Value {
    let mut data = json!({
        "task_id": job.id, "task_status": status(phase), "end_time": beijing_seconds(job.ends_at()),
        "region": REGION, "request_id": submit_request(job), "api_key_id": key_number(&job.owner),
        "user_api_unique_key": API, "contain_result": false,
    });
    if let Some(time) = job.started_at(phase) {
        wire::set(&mut data, "start_time", beijing_seconds(time));
    }
    data
}
