//! What only DashScope does: headers that switch, unknown tasks that are answers, lists by the day, events.
use super::contract::check;
use super::webhooks::{next, receiver, subscribed};
use super::*;
use crate::app::lock;
use crate::jobs::Job;
use crate::kinds::JobFault;

mod store;

const LIST: &str = "/tasks";
const DAY: time::Duration = time::Duration::hours(24);

fn dialect() -> Dialect {
    dialect_of("dashscope")
}

/// A submit of this clip, with more of the body set.
fn body_with(place: &str, field: &str, value: Value) -> Value {
    let mut body = (dialect().body)(OUTSIDE);
    body.pointer_mut(place).unwrap()[field] = value;
    body
}

impl Lab {
    async fn refused(&self, request: RequestBuilder) -> (u16, String) {
        let (status, body) = read(request).await;
        let jobs = self.emulator.ledger().provider("dashscope").jobs;
        assert!(jobs == 0 && body["request_id"].is_string() && body["message"].is_string());
        (status, text(&body, "/code"))
    }

    async fn task(&self, id: &str) -> Value {
        let (status, body) = read(self.poll(dialect(), id)).await;
        assert_eq!(status, 200, "{body}");
        body["output"].clone()
    }

    async fn tasks(&self, query: &str) -> Value {
        let (status, body) = read(self.get(dialect(), &format!("{LIST}?{query}"))).await;
        assert_eq!(status, 200, "{query} {body}");
        body
    }

    fn cancel_task(&self, id: &str) -> RequestBuilder {
        let url = format!("{}/tasks/{id}/cancel", self.emulator.url("dashscope"));
        dialect().authorized(self.client.post(url))
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) {
        change(lock(&self.emulator.app.jobs).get_mut(id).unwrap());
    }
}

#[tokio::test]
async fn a_submit_that_is_not_asynchronous_is_refused() {
    let lab = Lab::new(0).await;
    let url = format!("{}{}", lab.emulator.url("dashscope"), dialect().submit);
    let bare = || lab.client.post(&url).bearer_auth("sk-test").json(&(dialect().body)(OUTSIDE));
    for request in [bare(), bare().header("x-dashscope-async", "disable")] {
        let (status, body) = read(request).await;
        let told = (status, text(&body, "/code"), text(&body, "/message"));
        let message = "current user api does not support synchronous calls".to_owned();
        assert_eq!(told, (403, "AccessDenied".to_owned(), message));
    }
    assert_eq!(lab.emulator.ledger().provider("dashscope").jobs, 0);
}

#[tokio::test]
async fn wrong_bodies_are_refused_with_the_documented_codes() {
    let video = json!({ "type": "video", "url": OUTSIDE });
    let image = json!({ "type": "reference_image", "url": OUTSIDE });
    let media = |items: &[&Value]| body_with("/input", "media", json!(items));
    let parameter = |field: &str, value: Value| body_with("/parameters", field, value);
    let cases = [
        (json!({ "input": {} }), 400, "BadRequest.EmptyModel"),
        (json!({ "model": "wan2.7-videoedit" }), 400, "BadRequest.EmptyInput"),
        (body_with("", "model", json!("wan2.7-nothing")), 404, "ModelNotFound"),
        (media(&[]), 400, "InvalidParameter"),
        (media(&[&image]), 400, "InvalidParameter"),
        (media(&[&video, &video]), 400, "InvalidParameter"),
        (media(&[&video, &image, &image, &image, &image, &image]), 400, "InvalidParameter"),
        (body_with("/input/media/0", "type", json!("audio")), 400, "InvalidParameter"),
        (parameter("resolution", json!("720p")), 400, "InvalidParameter"),
        (parameter("ratio", json!("2:1")), 400, "InvalidParameter"),
        (parameter("duration", json!(11)), 400, "InvalidParameter"),
        (parameter("seed", json!(-1)), 400, "InvalidParameter"),
    ];
    let lab = Lab::new(0).await;
    for (body, status, code) in cases {
        let got = lab.refused(lab.post(dialect(), dialect().submit, &body)).await;
        assert_eq!(got, (status, code.to_owned()), "{body}");
    }
}

#[tokio::test]
async fn what_the_vendor_s_sdk_sends_is_accepted() {
    let lab = Lab::new(0).await;
    let image = json!({ "type": "reference_image", "url": "data:image/png;base64,iVBORw0KGgo=" });
    let body = json!({
        "model": "wan2.7-videoedit", "parameters": {}, "extra": 1,
        "input": {
            "prompt": null, "extend_prompt": true, "function": "video-synthesis",
            "media": [{ "type": "video", "url": OUTSIDE, "more": 1 }, image],
        },
    });
    let id = lab.edit(dialect(), &body).await;
    let task = lab.task(&id).await;
    assert_eq!((&task["task_status"], &task["orig_prompt"]), (&json!("SUCCEEDED"), &json!("")));
}

#[tokio::test]
async fn text_that_is_too_long_is_cut_without_a_word() {
    let lab = Lab::new(0).await;
    let mut body = body_with("/input", "prompt", json!("雪".repeat(5001)));
    body["input"]["negative_prompt"] = json!("x".repeat(501));
    let id = lab.edit(dialect(), &body).await;
    assert_eq!(text(&lab.task(&id).await, "/orig_prompt"), "雪".repeat(5000));
}

#[tokio::test]
async fn files_that_cannot_be_read_fail_the_task() {
    let lab = Lab::new(0).await;
    let nowhere = format!("{}/nothing/clip.mp4", lab.emulator.stage_url());
    let image = |url: &str| json!({ "type": "reference_image", "url": url });
    let video = |url: &str| json!({ "type": "video", "url": url });
    let sound = video(OUTSIDE);
    let cases = [
        json!([video("clip.mp4")]),
        json!([video("data:video/mp4;base64,AAAA")]),
        json!([video("oss://dashscope-instant/none/clip.mp4")]),
        json!([sound, image(&nowhere)]),
        json!([sound, image("data:image/png,plain")]),
    ];
    for media in cases {
        let id = lab.edit(dialect(), &body_with("/input", "media", media.clone())).await;
        let task = lab.task(&id).await;
        let told = (text(&task, "/task_status"), text(&task, "/code"));
        assert_eq!(told, ("FAILED".to_owned(), "InvalidURL".to_owned()), "{media}");
    }
    let id = lab.edit(dialect(), &body_with("/parameters", "duration", json!(1))).await;
    assert_eq!(text(&lab.task(&id).await, "/code"), "InvalidParameter");
    assert_eq!(lab.emulator.ledger().provider("dashscope").credits, 0.0);
}

#[tokio::test]
async fn input_and_output_seconds_are_billed_together() {
    let clip = include_bytes!("../../assets/result.mp4").as_slice();
    let cases = [
        (json!({ "resolution": "720P" }), 0.6, 3.0, 720),
        (json!({}), 0.9, 3.0, 1080),
        (json!({ "resolution": "1080P", "duration": 2 }), 0.75, 2.0, 1080),
    ];
    for (parameters, dollars, made, size) in cases {
        let lab = Lab::new(0).await;
        let stage = format!("{}/a.mp4", lab.emulator.stage_url());
        let staged = read(lab.client.put(stage).body(clip)).await.1;
        let mut body = (dialect().body)(&text(&staged, "/url"));
        body["parameters"] = parameters;
        let id = lab.edit(dialect(), &body).await;
        let usage = read(lab.poll(dialect(), &id)).await.1["usage"].clone();
        assert_eq!(
            usage,
            json!({
                "duration": 3.0 + made, "input_video_duration": 3.0, "output_video_duration": made,
                "video_count": 1, "SR": size,
            })
        );
        assert_eq!(lab.emulator.ledger().provider("dashscope").credits, dollars);
    }
}

#[tokio::test]
async fn a_task_tells_its_times_as_beijing_s_clock_shows_them() {
    let lab = Lab::new(3_600_000).await;
    let id = lab.job(dialect()).await;
    let waiting = lab.task(&id).await;
    assert!(waiting.get("scheduled_time").is_none() && waiting.get("end_time").is_none());
    lab.change(&id, |job| job.time = Duration::from_millis(8));
    while text(&lab.task(&id).await, "/task_status") != "SUCCEEDED" {}
    let (task, listed) = (lab.task(&id).await, lab.tasks("").await["data"][0].clone());
    assert_eq!(listed["start_time"].as_i64().unwrap() - listed["gmt_create"].as_i64().unwrap(), 2);
    for (told, unix_ms) in
        [("submit_time", "gmt_create"), ("scheduled_time", "start_time"), ("end_time", "end_time")]
    {
        let told = text(&task, &format!("/{told}"));
        assert_eq!(told.len(), "2026-11-21 18:00:00.125".len());
        let zoned = format!("{}+08:00", told.replacen(' ', "T", 1));
        let rfc3339 = time::format_description::well_known::Rfc3339;
        let time = time::OffsetDateTime::parse(&zoned, &rfc3339).unwrap();
        assert_eq!(json!(time.unix_timestamp_nanos() / 1_000_000), listed[unix_ms], "{told}");
    }
}

#[tokio::test]
async fn an_unknown_task_is_an_answer() {
    let lab = Lab::new(0).await;
    let (old, other) = (lab.job(dialect()).await, lab.job(dialect()).await);
    lab.change(&old, |job| job.created_at -= DAY);
    lab.change(&other, |job| job.owner = "sk-other".to_owned());
    for id in ["nothing", &old, &other] {
        assert_eq!(lab.task(id).await, json!({ "task_id": id, "task_status": "UNKNOWN" }));
    }
}

#[tokio::test]
async fn a_task_can_be_unknown_at_first() {
    for operation in [Operation::Submit, Operation::Status] {
        let lab = Lab::new(0).await;
        lab.fault("dashscope", operation, Fault::NotFoundAtFirst { times: 2 });
        let id = lab.job(dialect()).await;
        let mut got = Vec::new();
        for _ in 0..3 {
            got.push(text(&lab.task(&id).await, "/task_status"));
        }
        assert_eq!(got, ["UNKNOWN", "UNKNOWN", "SUCCEEDED"]);
    }
}

#[tokio::test]
async fn only_a_task_that_waits_can_be_canceled() {
    let lab = Lab::new(3_600_000).await;
    let [waiting, running, done, other] = [
        lab.job(dialect()).await,
        lab.job(dialect()).await,
        lab.job(dialect()).await,
        lab.job(dialect()).await,
    ];
    lab.age(&running, 3600);
    lab.age(&done, 3600);
    lab.change(&running, |job| job.fault = Some(JobFault::Stuck));
    lab.change(&other, |job| job.owner = "sk-other".to_owned());
    let cancel = ("post", "/tasks/{task_id}/cancel");
    let before = lab.emulator.ledger().provider("dashscope").credits;
    check(lab.cancel_task(&waiting), "dashscope", cancel, 200).await;
    assert_eq!(lab.emulator.ledger().provider("dashscope").credits, before - 1.0);
    assert_eq!(text(&lab.task(&waiting).await, "/task_status"), "CANCELED");
    for id in [waiting.as_str(), &running, &done, &other, "nothing"] {
        check(lab.cancel_task(id), "dashscope", cancel, 400).await;
        assert_eq!(text(&read(lab.cancel_task(id)).await.1, "/code"), "UnsupportedOperation");
    }
    assert_eq!(text(&lab.task(&running).await, "/task_status"), "RUNNING");
}

#[tokio::test]
async fn paths_may_end_in_a_slash() {
    let lab = Lab::new(3_600_000).await;
    let id = lab.job(dialect()).await;
    let list = read(lab.get(dialect(), "/tasks/")).await;
    assert_eq!((list.0, &list.1["total"]), (200, &json!(1)));
    let task = read(lab.get(dialect(), &format!("/tasks/{id}/"))).await.1;
    assert_eq!(text(&task, "/output/task_status"), "PENDING");
    let sent = json!({ "model": "", "parameters": {}, "input": "" });
    let cancel = lab.post(dialect(), &format!("/tasks/{id}/cancel/"), &sent);
    assert_eq!(read(cancel).await.0, 200);
}

#[tokio::test]
async fn tasks_are_listed_newest_first_without_inputs_or_results() {
    let lab = Lab::new(0).await;
    let first = read(lab.submit(dialect())).await.1;
    let (old, new) = (text(&first, "/output/task_id"), lab.job(dialect()).await);
    check(lab.get(dialect(), LIST), "dashscope", ("get", LIST), 200).await;
    let list = lab.tasks("page_no=2&page_size=1").await;
    assert_eq!((text(&list, "/data/0/task_id"), &list["data"][1]), (old.clone(), &Value::Null));
    assert_eq!((&list["total"], &list["total_page"]), (&json!(2), &json!(2)));
    assert_eq!(list["data"][0]["request_id"], first["request_id"]);
    let words = list.to_string();
    assert!(!words.contains("snow") && !words.contains("http"), "{words}");
    let key = text(&list, "/data/0/api_key_id");
    let cases = [
        (format!("task_id={new}"), 1),
        ("status=SUCCEEDED&model_name=wan2.7-videoedit&region=cn-beijing".to_owned(), 2),
        (format!("api_key_id={key}"), 2),
        ("api_key_id=1".to_owned(), 0),
        ("status=PENDING".to_owned(), 0),
        ("model_name=wan2.7-t2v".to_owned(), 0),
    ];
    for (query, total) in cases {
        assert_eq!(lab.tasks(&query).await["total"], total, "{query}");
    }
    let other = format!("{}{LIST}", lab.emulator.url("dashscope"));
    let other = read(dialect().authorized_as(lab.client.get(other), "sk-other")).await.1;
    assert_eq!(other["total"], 0);
}

#[tokio::test]
async fn a_list_spans_at_most_a_day() {
    let lab = Lab::new(0).await;
    let id = lab.job(dialect()).await;
    let now = time::OffsetDateTime::now_utc();
    let digits = |time: time::OffsetDateTime| {
        let beijing = time + time::Duration::hours(8);
        let (date, clock) = (beijing.date(), beijing.time());
        format!(
            "{}{:02}{:02}{:02}{:02}{:02}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second()
        )
    };
    let hour = time::Duration::hours(1);
    let (before, after) = (digits(now - hour), digits(now + hour));
    let cases = [
        (format!("start_time={before}&end_time={after}"), 1),
        (format!("start_time={before}"), 1),
        (format!("end_time={before}"), 0),
        (format!("start_time={after}"), 0),
    ];
    for (query, total) in cases {
        assert_eq!(lab.tasks(&query).await["total"], total, "{query}");
    }
    let long = format!("start_time={}&end_time={}", digits(now - DAY), after);
    let backwards = format!("start_time={after}&end_time={before}");
    for query in [&long, &backwards, "start_time=1795255200125", "status=DONE", "page_no=0"] {
        let answer = read(lab.get(dialect(), &format!("{LIST}?{query}"))).await;
        assert_eq!((answer.0, text(&answer.1, "/code")), (400, "InvalidParameter".to_owned()));
    }
    lab.change(&id, |job| job.created_at -= DAY);
    assert_eq!(lab.tasks("").await["total"], 0);
}

#[tokio::test]
async fn an_event_tells_the_end_and_no_result() {
    let (url, mut deliveries) = receiver(0).await;
    let lab = Lab::new(20).await;
    let id = subscribed(&lab, dialect(), &url).await;
    let (headers, event) = next(&mut deliveries).await;
    let contract = &crate::providers::find("dashscope").unwrap().contract;
    let place = ["components", "schemas", "TaskFinishEvent"];
    assert_eq!(contract.check(&place, &event), []);
    let data = &event["data"];
    assert_eq!((text(data, "/task_id"), &data["contain_result"]), (id.clone(), &json!(false)));
    assert_eq!(text(&event, "/type"), "dashscope:System:AsyncTaskFinish");
    assert!(!event.to_string().contains("http"), "{event}");
    assert!(!headers.keys().any(|name| name.as_str().starts_with("x-eventbridge")), "{headers:?}");
    let listed = lab.tasks(&format!("task_id={id}")).await;
    for field in ["request_id", "api_key_id", "user_api_unique_key", "region"] {
        assert_eq!(data[field], listed["data"][0][field], "{field}");
    }
    assert_eq!(lab.emulator.ledger().provider("dashscope").webhooks, 1);
}
