//! What only WaveSpeedAI does: tickets for files, sync mode, a list without inputs, deleting, prices in dollars.
use reqwest::multipart::{Form, Part};

use super::contract::check;
use super::*;

const NAME: &str = "wavespeed";
const CLIP: &[u8] = include_bytes!("../../assets/result.mp4");

fn dialect() -> Dialect {
    dialect_of(NAME)
}

impl Lab {
    fn ask(&self, path: &str, body: &Value) -> RequestBuilder {
        self.post(dialect(), path, body)
    }

    async fn state(&self, id: &str) -> Value {
        read(self.poll(dialect(), id)).await.1["data"].take()
    }

    /// A file that is staged, to be edited.
    async fn staged(&self) -> String {
        let put = self.client.put(format!("{}/a.mp4", self.emulator.stage_url())).body(CLIP);
        text(&read(put).await.1, "/url")
    }

    async fn ticket(&self, body: &Value) -> Value {
        read(self.ask("/api/v3/media/uploads", body)).await.1["data"].take()
    }

    /// The PUT as a ticket wants it.
    fn put(&self, ticket: &Value, bytes: &'static [u8]) -> RequestBuilder {
        let put = self.client.put(text(ticket, "/upload/url")).body(bytes);
        let headers = ticket["upload"]["headers"].as_object().unwrap().clone();
        headers.iter().fold(put, |put, (name, value)| put.header(name, value.as_str().unwrap()))
    }
}

fn edit(video: &str, more: &Value) -> Value {
    let mut body = (dialect().body)(video);
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

fn clip_ticket() -> Value {
    json!({ "filename": "my clip.mp4", "size": CLIP.len(), "content_type": "video/mp4" })
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn every_call_keeps_the_contract() {
    let lab = Lab::new(0).await;
    let id = lab.job(dialect()).await;
    for path in ["/api/v3/balance", "/api/v3/models", "/api/v3/webhook/secret"] {
        check(lab.get(dialect(), path), NAME, ("get", path), 200).await;
    }
    let inputs = json!({ "model_id": "alibaba/wan-2.7/video-edit", "inputs": {} });
    let posts = [
        ("/api/v3/predictions", json!({}), 200),
        ("/api/v3/predictions", json!({ "page_size": 101 }), 400),
        ("/api/v3/predictions", json!({ "created_after": "yesterday" }), 400),
        ("/api/v3/model/price", inputs.clone(), 200),
        ("/api/v3/model/price", json!({ "model_id": "other", "inputs": {} }), 404),
        ("/api/v3/model/pricing", inputs, 200),
        ("/api/v3/billings/search", json!({ "prediction_uuids": [id] }), 200),
        ("/api/v3/media/uploads", clip_ticket(), 200),
        ("/api/v3/media/uploads", json!({ "filename": "a.mp4", "size": (200 << 20) + 1 }), 413),
        ("/api/v3/predictions/delete", json!({ "ids": [id] }), 200),
        ("/api/v3/predictions/delete", json!({}), 400),
    ];
    for (path, body, expected) in posts {
        check(lab.ask(path, &body), NAME, ("post", path), expected).await;
    }
}

#[tokio::test]
async fn a_missing_resolution_is_billed_as_720p() {
    for (more, dollars) in
        [(json!({}), 1.0), (json!({ "resolution": "1080p" }), 1.5), (json!({ "duration": 2 }), 0.4)]
    {
        let lab = Lab::new(0).await;
        lab.edit(dialect(), &edit(OUTSIDE, &more)).await;
        assert_eq!(lab.emulator.ledger().provider(NAME).credits, dollars, "{more}");
    }
}

#[tokio::test]
async fn a_quote_is_what_is_charged() {
    // The clip plays three seconds: three in, three or two out.
    for (more, dollars) in
        [(json!({}), 0.6), (json!({ "duration": 2, "resolution": "1080p" }), 0.75)]
    {
        let lab = Lab::new(0).await;
        let body = edit(&lab.staged().await, &more);
        let asked = json!({ "model_id": "alibaba/wan-2.7/video-edit", "inputs": body });
        let (price, older) =
            (lab.ask("/api/v3/model/price", &asked), lab.ask("/api/v3/model/pricing", &asked));
        assert_eq!(read(price).await.1["data"]["price"], dollars);
        assert_eq!(read(older).await.1["data"]["unit_price"], dollars);
        lab.edit(dialect(), &body).await;
        assert_eq!(lab.emulator.ledger().provider(NAME).credits, dollars);
    }
}

#[tokio::test]
async fn a_lost_submit_is_found_in_the_list_without_its_input() {
    let lab = Lab::new(60_000).await;
    let old = lab.job(dialect()).await;
    lab.fault(NAME, Operation::Submit, Fault::LostReply);
    assert!(lab.submit(dialect()).send().await.is_err());
    let list =
        async |body: Value| read(lab.ask("/api/v3/predictions", &body)).await.1["data"].take();
    let whole = list(json!({ "model": "alibaba/wan-2.7/video-edit", "status": "created" })).await;
    let lost = &lab.emulator.jobs()[1].id;
    assert_eq!((&whole["total"], &whole["items"][0]["id"]), (&json!(2), &json!(lost)));
    let entry = whole["items"][0].as_object().unwrap();
    assert!(!entry.contains_key("input") && !entry.contains_key("inputs"), "{entry:?}");
    let second = list(json!({ "page": 2, "page_size": 1 })).await;
    assert_eq!((&second["page"], &second["items"][0]["id"]), (&json!(2), &json!(old)));
    assert_eq!(list(json!({ "page": 3, "page_size": 1 })).await["items"], json!([]));
    assert_eq!(lab.emulator.ledger().provider(NAME).lists, 3);
}

#[tokio::test]
async fn a_deleted_prediction_is_gone_and_stays_paid() {
    let lab = Lab::new(60_000).await;
    let (gone, kept) = (lab.job(dialect()).await, lab.job(dialect()).await);
    let ids = json!({ "ids": [gone, "unknown"] });
    let answer = read(lab.ask("/api/v3/predictions/delete", &ids)).await.1;
    assert_eq!(answer["data"]["deleted_count"], 1);
    assert_eq!(status(lab.poll(dialect(), &gone)).await, 404);
    let list = read(lab.ask("/api/v3/predictions", &json!({}))).await.1;
    assert_eq!(
        (&list["data"]["total"], &list["data"]["items"][0]["id"]),
        (&json!(1), &json!(kept))
    );
    assert_eq!(lab.emulator.ledger().provider(NAME).credits, 2.0);
}

#[tokio::test]
async fn sync_mode_answers_at_the_end() {
    let lab = Lab::new(30).await;
    let body = edit(OUTSIDE, &json!({ "enable_sync_mode": true }));
    let answer = read(lab.ask(dialect().submit, &body)).await.1;
    assert_eq!(text(&answer, "/data/status"), "completed");
    assert_eq!(status(lab.client.get(text(&answer, "/data/outputs/0"))).await, 200);
}

#[tokio::test]
async fn what_fails_says_so_by_number() {
    let lab = Lab::new(0).await;
    let missing = format!("{}/nothing/clip.mp4", lab.emulator.stage_url());
    for (video, more, code) in [
        (missing.as_str(), json!({}), 1402),
        ("clip.mp4", json!({}), 1402),
        (OUTSIDE, json!({ "duration": 1 }), 1401),
    ] {
        let id = lab.edit(dialect(), &edit(video, &more)).await;
        let state = lab.state(&id).await;
        assert_eq!((&state["status"], &state["code"]), (&json!("failed"), &json!(code)), "{state}");
    }
    let bills = read(lab.ask("/api/v3/billings/search", &json!({}))).await.1;
    assert_eq!(
        (&bills["data"]["total"], bills["data"]["items"][0]["billing_type"].as_str()),
        (&json!(6), Some("refund"))
    );
}

#[tokio::test]
async fn a_wrong_input_is_refused_with_a_true_status_and_a_short_reason() {
    let lab = Lab::new(0).await;
    let huge = format!("data:image/png;base64,{}", "A".repeat(100_000));
    for (more, field, reason) in [
        (json!({ "images": [huge, huge, huge, huge] }), "images", "more than 3 items"),
        (json!({ "resolution": "1080P" }), "resolution", "720p"),
        (json!({ "duration": 11 }), "duration", "10"),
        (json!({ "enable_sync_mode": "yes" }), "enable_sync_mode", "boolean"),
        (json!({ "negative_prompt": null }), "negative_prompt", "string"),
    ] {
        let (status, answer) = read(lab.ask(dialect().submit, &edit(OUTSIDE, &more))).await;
        assert_eq!((status, &answer["code"]), (400, &json!(400)), "{answer}");
        let message = text(&answer, "/message");
        assert!(message.starts_with(field) && message.contains(reason), "{message}");
        assert!(message.len() <= 200, "{message}");
    }
    let hooked = format!("{}?webhook=hooks.example.org", dialect().submit);
    assert_eq!(status(lab.ask(&hooked, &(dialect().body)(OUTSIDE))).await, 400);
    assert_eq!(lab.emulator.ledger().provider(NAME).jobs, 0);
}

#[tokio::test]
async fn a_ticket_takes_its_own_file_once() {
    let lab = Lab::new(0).await;
    let ticket = lab.ticket(&clip_ticket()).await;
    let url = text(&ticket, "/upload/url");
    let download = text(&ticket, "/download_url");
    let tampered = lab.client.put(url.replace("signature=", "signature=0")).body(CLIP);
    let cases = [
        (lab.client.get(&download), 404),
        (lab.put(&ticket, CLIP).bearer_auth("sk-test"), 403),
        (lab.client.put(&url).header("content-type", "video/mp4").body(CLIP), 403),
        (lab.client.put(&url).header("if-none-match", "*").body(CLIP), 403),
        (tampered.header("if-none-match", "*").header("content-type", "video/mp4"), 403),
        (lab.put(&ticket, CLIP.split_last().unwrap().1), 400),
        (lab.put(&ticket, CLIP), 200),
        (lab.put(&ticket, CLIP), 412),
        (lab.client.get(&download), 200),
    ];
    for (index, (request, expected)) in cases.into_iter().enumerate() {
        assert_eq!(status(request).await, expected, "case {index}");
    }
    let got = lab.client.get(&download).send().await.unwrap().bytes().await.unwrap();
    assert_eq!((got.as_ref(), text(&ticket, "/type")), (CLIP, "video".to_owned()));
    assert_eq!(lab.emulator.ledger().provider(NAME).uploads, 8);
}

#[tokio::test]
async fn a_file_that_was_never_put_cannot_be_edited() {
    let lab = Lab::new(0).await;
    let ticket = lab.ticket(&json!({ "filename": "upload", "size": CLIP.len() })).await;
    let video = text(&ticket, "/download_url");
    let early = lab.edit(dialect(), &(dialect().body)(&video)).await;
    assert_eq!(status(lab.put(&ticket, CLIP)).await, 200);
    let late = lab.edit(dialect(), &(dialect().body)(&video)).await;
    let states = [lab.state(&early).await, lab.state(&late).await];
    assert_eq!(states.map(|state| text(&state, "/status")), ["failed", "completed"]);
}

#[tokio::test]
async fn a_file_of_another_type_is_refused_inside_of_http_200() {
    let lab = Lab::new(0).await;
    let ticket = json!({ "filename": "a.pdf", "size": 4, "content_type": "application/pdf" });
    let url = format!("{}/api/v3/media/upload/binary", lab.emulator.url(NAME));
    let form = |bytes: &'static [u8]| {
        let part = Part::bytes(bytes).file_name("a.pdf");
        dialect().authorized(lab.client.post(&url)).multipart(Form::new().part("file", part))
    };
    for request in [lab.ask("/api/v3/media/uploads", &ticket), form(b"%PDF")] {
        let (status, answer) = read(request).await;
        assert_eq!((status, &answer["code"], &answer["data"]), (200, &json!(500), &json!(null)));
    }
    check(form(CLIP), NAME, ("post", "/api/v3/media/upload/binary"), 200).await;
}
