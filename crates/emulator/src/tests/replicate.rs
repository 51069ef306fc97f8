//! What is Replicate's alone: waiting submits, cancelling, lists by date, its file store, signed deliveries.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::multipart::{Form, Part};

use super::webhooks::{next, receiver};
use super::*;

const CLIP: &[u8] = include_bytes!("../../assets/result.mp4");
const VERSION: &str = "0ad0f1fc407db22e7aa41062543caa2e9d58c6f3734c165ab0b27a9f685817ea";
const HOUR: u64 = 3_600_000;

fn replicate() -> Dialect {
    dialect_of("replicate")
}

fn body() -> Value {
    (replicate().body)(OUTSIDE)
}

fn cancel(lab: &Lab, id: &str) -> RequestBuilder {
    lab.post(replicate(), &format!("/predictions/{id}/cancel"), &json!({}))
}

async fn prediction(lab: &Lab, id: &str) -> Value {
    read(lab.poll(replicate(), id)).await.1
}

fn upload(lab: &Lab, form: Form) -> RequestBuilder {
    let url = format!("{}/files", lab.emulator.url("replicate"));
    replicate().authorized(lab.client.post(url)).multipart(form)
}

#[tokio::test]
async fn the_model_can_be_named_in_the_body() {
    let lab = Lab::new(0).await;
    let model = "wan-video/wan-2.7-videoedit";
    for version in [model.to_owned(), VERSION.to_owned(), format!("{model}:{VERSION}")] {
        let mut body = body();
        body["version"] = json!(version);
        let (status, answer) = read(lab.post(replicate(), "/predictions", &body)).await;
        let seen = (status, &answer["model"], &answer["version"], &answer["status"]);
        assert_eq!(seen, (201, &json!(model), &json!("hidden"), &json!("starting")));
    }
    let mut body = body();
    body["version"] = json!("wan-video/another");
    let (status, answer) = read(lab.post(replicate(), "/predictions", &body)).await;
    assert_eq!(
        (status, text(&answer, "/title").as_str()),
        (422, "Invalid version or not permitted")
    );
    let other = "/models/wan-video/another/predictions";
    assert_eq!(read(lab.post(replicate(), other, &body)).await.0, 404);
    assert_eq!(lab.emulator.ledger().provider("replicate").jobs, 3);
}

#[tokio::test]
async fn the_top_of_the_body_is_strict_and_the_input_is_not() {
    let input = |field: &str, value: Value| {
        let mut body = body();
        body["input"][field] = value;
        body
    };
    let top = |field: &str, value: Value| {
        let mut body = body();
        body[field] = value;
        body
    };
    let cases = [
        (input("unknown", json!(1)), None),
        (input("duration", json!(2)), None),
        (top("stream", json!(true)), None),
        (top("webhook", json!("https://hooks.example.org/x")), None),
        (json!({}), Some(("required", "input"))),
        (json!({ "input": { "video": OUTSIDE } }), Some(("required", "input.prompt"))),
        (input("duration", json!(0)), Some(("invalid", "input.duration"))),
        (input("duration", json!(11)), Some(("invalid", "input.duration"))),
        (input("resolution", json!("720P")), Some(("invalid", "input.resolution"))),
        (top("webhok", json!("x")), Some(("additional_property_not_allowed", ""))),
        (top("version", json!("x")), Some(("additional_property_not_allowed", ""))),
        (top("webhook", json!("http://hooks.example.org/x")), Some(("invalid", "webhook"))),
        (top("webhook_completed", json!("no url")), Some(("invalid", "webhook_completed"))),
        (
            top("webhook_events_filter", json!(["end"])),
            Some(("invalid", "webhook_events_filter.0")),
        ),
    ];
    let lab = Lab::new(0).await;
    for (body, wrong) in cases {
        let (status, answer) = read(lab.post(replicate(), replicate().submit, &body)).await;
        let field = answer.pointer("/invalid_fields/0");
        let found = field.map(|field| (text(field, "/type"), text(field, "/field")));
        let wrong = wrong.map(|(kind, field)| (kind.to_owned(), field.to_owned()));
        assert_eq!(
            (status, &found),
            (if wrong.is_some() { 422 } else { 201 }, &wrong),
            "{body} {answer}"
        );
    }
}

#[tokio::test]
async fn errors_are_problems() {
    let lab = Lab::new(0).await;
    let refused = [
        (lab.poll(replicate(), "nobody"), 404),
        (lab.post(replicate(), replicate().submit, &json!({})), 422),
        (lab.client.get(format!("{}/account", lab.emulator.url("replicate"))), 401),
        (lab.submit(replicate()).header("prefer", "wait=0"), 422),
        (lab.submit(replicate()).header("cancel-after", "1s"), 422),
    ];
    for (request, status) in refused {
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(
            (response.status().as_u16(), json_of(response).await["status"].as_u64()),
            (status, Some(status.into()))
        );
    }
    lab.fault(
        "replicate",
        Operation::Submit,
        Fault::RateLimited { retry_after: None, as_date: false },
    );
    let answer = read(lab.submit(replicate())).await.1;
    assert!(text(&answer, "/detail").ends_with("resets in ~1s.") && answer["retry_after"] == 1);
}

#[tokio::test]
async fn both_words_before_a_key_are_taken() {
    let lab = Lab::new(0).await;
    let id = lab.job(replicate()).await;
    let url = format!("{}/predictions/{id}", lab.emulator.url("replicate"));
    let request = lab.client.get(url).header("authorization", "Token sk-test");
    assert_eq!(read(request).await.0, 200);
}

#[tokio::test]
async fn a_submit_that_waits_answers_the_end_or_still_starting() {
    let cases = [
        (30, None, "wait", 201, "succeeded"),
        (HOUR, None, "wait=1", 202, "starting"),
        // It runs by then, and still that is not told.
        (0, Some(Fault::Stuck), "wait=1", 202, "starting"),
    ];
    for (job_ms, fault, prefer, status, word) in cases {
        let lab = Lab::new(job_ms).await;
        if let Some(fault) = fault {
            lab.fault("replicate", Operation::Submit, fault);
        }
        let response = lab.submit(replicate()).header("prefer", prefer).send().await.unwrap();
        assert_eq!(response.headers()["preference-applied"], prefer);
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(response.status(), status);
        let answer = json_of(response).await;
        assert_eq!(
            (text(&answer, "/status").as_str(), text(&answer, "/urls/get")),
            (word, location)
        );
        assert_eq!(answer["output"].is_string(), word == "succeeded");
    }
}

#[tokio::test]
async fn a_job_that_has_not_ended_is_canceled_at_once() {
    let lab = Lab::new(HOUR).await;
    let (waits, runs, done) =
        (lab.job(replicate()).await, lab.job(replicate()).await, lab.job(replicate()).await);
    lab.age(&done, 3600);
    crate::app::lock(&lab.emulator.app.jobs).get_mut(&runs).unwrap().fault =
        Some(crate::kinds::JobFault::Stuck);
    lab.age(&runs, 3600);
    let cases =
        [(&waits, "canceled", false), (&runs, "canceled", true), (&done, "succeeded", true)];
    for (id, word, started) in cases {
        let (status, answer) = read(cancel(&lab, id)).await;
        assert_eq!((status, text(&answer, "/status").as_str()), (200, word));
        let later = prediction(&lab, id).await;
        assert_eq!((&later["status"], later["started_at"].is_string()), (&json!(word), started));
        assert!(later["completed_at"].is_string(), "{later}");
    }
    // The one that ran and the one that was done; who was canceled in the queue pays nothing.
    assert_eq!(lab.emulator.ledger().provider("replicate").credits, 1.0);
    assert_eq!(read(cancel(&lab, "nobody")).await.0, 404);
    let url = format!("{}/predictions/{waits}/cancel", lab.emulator.url("replicate"));
    assert_eq!(read(replicate().authorized_as(lab.client.post(url), "other")).await.0, 404);
}

#[tokio::test]
async fn input_output_and_logs_go_when_the_link_does() {
    let builder = Emulator::builder().job_time(Duration::ZERO).link_lifetime(Duration::ZERO);
    let lab = Lab::with(builder).await;
    let id = lab.job(replicate()).await;
    let removed = prediction(&lab, &id).await;
    let fields = ["/data_removed", "/input", "/output", "/logs", "/status"];
    let seen = fields.map(|field| removed.pointer(field).cloned().unwrap());
    assert_eq!(seen, [json!(true), json!({}), json!(null), json!(null), json!("succeeded")]);
    let kept = Lab::new(0).await;
    let id = kept.job(replicate()).await;
    let prediction = prediction(&kept, &id).await;
    assert_eq!(prediction["data_removed"], false);
    assert_eq!(prediction["input"], body()["input"]);
}

#[tokio::test]
async fn predictions_are_listed_by_date_a_hundred_at_a_time() {
    let lab = Lab::new(0).await;
    let mut ids = Vec::new();
    for _ in 0..101 {
        ids.push(lab.job(replicate()).await);
    }
    ids.reverse();
    let page =
        async |query: &str| read(lab.get(replicate(), &format!("/predictions{query}"))).await;
    let listed = |list: &Value| -> Vec<String> {
        list["results"].as_array().unwrap().iter().map(|job| text(job, "/id")).collect()
    };
    let first = page("").await.1;
    assert_eq!((listed(&first).as_slice(), &first["previous"]), (&ids[..100], &json!(null)));
    let second = read(replicate().authorized(lab.client.get(text(&first, "/next")))).await.1;
    assert_eq!((listed(&second).as_slice(), &second["next"]), (&ids[100..], &json!(null)));
    let back = read(replicate().authorized(lab.client.get(text(&second, "/previous")))).await.1;
    assert_eq!(listed(&back), listed(&first));
    let oldest = text(&second, "/results/0/created_at");
    let cases = [
        (format!("?created_after={oldest}"), 100),
        (format!("?created_before={oldest}"), 0),
        ("?created_after=2999-01-01".to_owned(), 0),
        ("?created_before=2999-01-01T00:00:00".to_owned(), 100),
        ("?source=web".to_owned(), 0),
    ];
    for (query, count) in cases {
        assert_eq!(listed(&page(&query).await.1).len(), count, "{query}");
    }
    for query in ["?created_after=soon", "?source=api", "?cursor=x"] {
        assert_eq!(page(query).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_file_of_the_store_is_an_input_of_its_own_account() {
    let lab = Lab::new(0).await;
    let clip = [CLIP, b"\0\0\0\x08free".as_slice()].concat();
    let content = Part::bytes(clip.clone()).file_name("my clip.mp4");
    let metadata =
        Part::text(r#"{"shot":7}"#).file_name("blob").mime_str("application/json").unwrap();
    let form = Form::new().part("metadata", metadata).part("content", content);
    let (status, file) = read(upload(&lab, form)).await;
    assert_eq!(
        (status, &file["metadata"], &file["size"]),
        (201, &json!({ "shot": 7 }), &json!(clip.len()))
    );
    assert_eq!(
        (&file["name"], &file["content_type"]),
        (&json!("my clip.mp4"), &json!("video/mp4"))
    );
    let sum = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&clip));
    assert_eq!(file["checksums"]["sha256"], sum);
    let url = text(&file, "/urls/get");
    let id = lab.edit(replicate(), &(replicate().body)(&url)).await;
    let link = lab.link(replicate(), &id).await;
    assert_eq!(lab.client.get(link).send().await.unwrap().bytes().await.unwrap().as_ref(), clip);
    let submit = format!("{}{}", lab.emulator.url("replicate"), replicate().submit);
    let theirs =
        replicate().authorized_as(lab.client.post(submit), "other").json(&(replicate().body)(&url));
    let theirs = text(&read(theirs.header("prefer", "wait")).await.1, "/status");
    assert_eq!(theirs, "failed");
}

#[tokio::test]
async fn a_file_can_be_read_listed_and_deleted() {
    let lab = Lab::new(0).await;
    let part = || Part::bytes(CLIP).file_name("a.mp4");
    let file =
        read(upload(&lab, Form::new().part("content", part()).text("filename", "b.mp4"))).await.1;
    let path = format!("/files/{}", text(&file, "/id"));
    let (status, again) = read(lab.get(replicate(), &path)).await;
    assert_eq!((status, &again), (200, &file));
    assert_eq!(again["name"], "b.mp4");
    assert_eq!(read(lab.get(replicate(), "/files")).await.1["results"], json!([file]));
    let delete = || replicate().authorized(lab.client.delete(text(&file, "/urls/get")));
    assert_eq!([read(delete()).await.0, read(delete()).await.0], [204, 404]);
    assert_eq!(read(lab.get(replicate(), &path)).await.0, 404);
    let id = lab.edit(replicate(), &(replicate().body)(&text(&file, "/urls/get"))).await;
    assert_eq!(prediction(&lab, &id).await["status"], "failed");
}

#[tokio::test]
async fn uploads_that_are_wrong_are_refused() {
    let lab = Lab::new(0).await;
    let part = |size: usize| Form::new().part("content", Part::bytes(vec![0; size]).file_name("a"));
    let cases = [
        (part((100 << 20) - 1), 201),
        (part(100 << 20), 413),
        (Form::new().text("metadata", "{}"), 422),
        (part(1).text("metadata", "[]"), 422),
        (part(1).text("filename", "a".repeat(256)), 422),
    ];
    for (form, status) in cases {
        let (got, answer) = read(upload(&lab, form)).await;
        assert_eq!(got, status, "{answer}");
    }
    let url = format!("{}/files", lab.emulator.url("replicate"));
    assert_eq!(read(lab.client.post(url).multipart(part(1))).await.0, 401);
}

#[tokio::test]
async fn deliveries_are_signed_with_the_secret_that_is_told() {
    let (url, mut deliveries) = receiver(0).await;
    let lab = Lab::new(30).await;
    let mut body = body();
    body["webhook"] = json!(url);
    body["webhook_events_filter"] = json!(["start", "completed"]);
    read(lab.post(replicate(), replicate().submit, &body)).await;
    let key = text(&read(lab.get(replicate(), "/webhooks/default/secret")).await.1, "/key");
    let key = STANDARD.decode(key.strip_prefix("whsec_").unwrap()).unwrap();
    for word in ["processing", "succeeded"] {
        let (headers, body) = next(&mut deliveries).await;
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
        let mac = STANDARD.encode(crate::links::hmac_sha256(&key, signed.as_bytes()));
        assert_eq!(
            (header("webhook-signature"), text(&body, "/status").as_str()),
            (format!("v1,{mac}"), word)
        );
    }
}

#[tokio::test]
async fn a_cancel_is_delivered_at_once() {
    let (url, mut deliveries) = receiver(0).await;
    let lab = Lab::new(HOUR).await;
    let mut body = body();
    body["webhook"] = json!(url);
    body["webhook_events_filter"] = json!(["start", "completed"]);
    let id = lab.edit(replicate(), &body).await;
    read(cancel(&lab, &id)).await;
    assert_eq!(next(&mut deliveries).await.1["status"], "canceled");
}
