//! KIE.AI's file service, and links that download.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::multipart::{Form, Part};

use super::*;

const CLIP: &[u8] = include_bytes!("../../../assets/result.mp4");
const STREAM: &str = "/api/file-stream-upload";
const BASE64: &str = "/api/file-base64-upload";
const BY_URL: &str = "/api/file-url-upload";
const DOWNLOAD: &str = "/api/v1/common/download-url";

impl Lab {
    fn kie_files(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.emulator.files_url("kie").unwrap());
        kie().authorized(self.client.post(url))
    }

    fn bring(&self, fields: &[(&'static str, &'static str)]) -> RequestBuilder {
        let file = Part::bytes(CLIP).file_name("my clip.mp4");
        let form = fields
            .iter()
            .fold(Form::new().part("file", file), |form, (name, value)| form.text(*name, *value));
        self.kie_files(STREAM).multipart(form)
    }
}

#[tokio::test]
async fn files_come_in_three_ways() {
    let lab = Lab::new(0).await;
    let data = format!("data:video/mp4;base64,{}", STANDARD.encode(CLIP));
    let staged = text(&read(lab.bring(&[("uploadPath", "in")])).await.1, "/data/downloadUrl");
    let named = |field: &str, value: &str| json!({ field: value, "uploadPath": "videos/in", "fileName": "a.mp4" });
    let upload = |path: &str| match path {
        STREAM => lab.bring(&[("uploadPath", "videos/in"), ("fileName", "a.mp4")]),
        BASE64 => lab.kie_files(BASE64).json(&named("base64Data", &data)),
        _ => lab.kie_files(BY_URL).json(&named("fileUrl", &staged)),
    };
    for path in [STREAM, BASE64, BY_URL] {
        contract::check(upload(path), "kie", ("post", path), 200).await;
        let answer = read(upload(path)).await.1;
        let file = &answer["data"];
        assert_eq!(
            (&answer["success"], &file["filePath"], &file["fileSize"], &file["mimeType"]),
            (&json!(true), &json!("videos/in/a.mp4"), &json!(CLIP.len()), &json!("video/mp4")),
            "{path}"
        );
        let got = lab.client.get(text(file, "/downloadUrl")).send().await.unwrap();
        assert_eq!(got.bytes().await.unwrap().as_ref(), CLIP);
    }
}

#[tokio::test]
async fn the_same_name_overwrites_and_no_name_is_random() {
    let lab = Lab::new(0).await;
    let url = |answer: &Value| text(answer, "/data/downloadUrl");
    let named = |bytes: &'static str| {
        lab.kie_files(BASE64).json(&json!({
            "base64Data": STANDARD.encode(bytes), "uploadPath": "in", "fileName": "same.txt",
        }))
    };
    let (first, second) = (read(named("one")).await.1, read(named("two")).await.1);
    assert_eq!(url(&first), url(&second));
    let got = lab.client.get(url(&first)).send().await.unwrap().text().await.unwrap();
    assert_eq!(got, "two");
    let nameless = || lab.bring(&[("uploadPath", "in")]);
    assert_ne!(url(&read(nameless()).await.1), url(&read(nameless()).await.1));
}

#[tokio::test]
async fn wrong_uploads_are_refused_under_http_200() {
    let lab = Lab::new(0).await;
    let json = |path: &str, body: Value| lab.kie_files(path).json(&body);
    let nowhere = format!("{}/nothing/a.mp4", lab.emulator.stage_url());
    let keyless = lab.client.post(format!("{}{BASE64}", lab.emulator.files_url("kie").unwrap()));
    let cases = [
        (lab.bring(&[]), 400),
        (lab.bring(&[("uploadPath", "")]), 400),
        (lab.kie_files(STREAM).multipart(Form::new().text("uploadPath", "in")), 400),
        (json(BASE64, json!({ "base64Data": "eA==" })), 400),
        (json(BASE64, json!({ "base64Data": "?", "uploadPath": "in" })), 400),
        (json(BY_URL, json!({ "fileUrl": "oss://a/b", "uploadPath": "in" })), 400),
        (json(BY_URL, json!({ "fileUrl": nowhere, "uploadPath": "in" })), 400),
        (keyless.json(&json!({ "base64Data": "eA==", "uploadPath": "in" })), 401),
    ];
    for (index, (request, code)) in cases.into_iter().enumerate() {
        let (status, answer) = read(request).await;
        let seen = (status, &answer["success"], &answer["code"]);
        assert_eq!(seen, (200, &json!(false), &json!(code)), "case {index} {answer}");
    }
}

#[tokio::test]
async fn a_dead_link_gets_one_that_downloads() {
    let lab =
        Lab::with(Emulator::builder().job_time(Duration::ZERO).link_lifetime(Duration::ZERO)).await;
    let id = lab.job(kie()).await;
    crate::app::lock(&lab.emulator.app.jobs).get_mut(&id).unwrap().created_at -=
        Duration::from_secs(1);
    let dead = lab.link(kie(), &id).await;
    assert_eq!(lab.client.get(&dead).send().await.unwrap().status(), 403);
    let request = || lab.post(kie(), DOWNLOAD, &json!({ "url": dead }));
    contract::check(request(), "kie", ("post", DOWNLOAD), 200).await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let link = text(&read(request()).await.1, "/data");
    let end: i64 = link.split(['=', '&']).nth(1).unwrap().parse().unwrap();
    assert!((1199..=1260).contains(&(end / 1000 - now)), "20 minutes: {link}");
    assert_eq!(lab.client.get(link).send().await.unwrap().bytes().await.unwrap().as_ref(), CLIP);
}

#[tokio::test]
async fn only_the_owner_s_own_clips_get_a_new_link() {
    let lab = Lab::new(0).await;
    let link = lab.link(kie(), &lab.job(kie()).await).await;
    let staged = text(&read(lab.bring(&[("uploadPath", "in")])).await.1, "/data/downloadUrl");
    let other = dialect_of("evolink");
    let foreign = lab.link(other, &lab.job(other).await).await;
    let ask = |key: &str, url: &str| {
        let request = lab.client.post(format!("{}{DOWNLOAD}", lab.emulator.url("kie")));
        kie().authorized_as(request, key).json(&json!({ "url": url }))
    };
    for (request, code) in [
        (ask("sk-test", &link), 200),
        (ask("other", &link), 422),
        (ask("sk-test", &staged), 422),
        (ask("sk-test", &foreign), 422),
        (ask("sk-test", OUTSIDE), 422),
        (ask("sk-test", "no url"), 422),
    ] {
        contract::check(request, "kie", ("post", DOWNLOAD), code).await;
    }
}
