//! Uploads, staging and links to finished clips.
use reqwest::multipart::{Form, Part};

use super::*;

const CLIP: &[u8] = include_bytes!("../../assets/result.mp4");

/// A clip of its own, so that it can be told from the built-in one.
fn clip() -> Vec<u8> {
    [CLIP, b"\0\0\0\x08free".as_slice()].concat()
}

fn form(bytes: Vec<u8>) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name("my clip.mp4"))
}

impl Lab {
    fn upload(&self, dialect: Dialect, form: Form) -> RequestBuilder {
        let url = match dialect.name {
            "evolink" => format!(
                "{}/api/v1/files/upload/stream",
                self.emulator.files_url("evolink").unwrap()
            ),
            name => format!("{}/v2/uploads", self.emulator.url(name)),
        };
        dialect.authorized(self.client.post(url)).multipart(form)
    }

    fn files(&self, path: &str) -> String {
        format!("{}/api/v1/files/{path}", self.emulator.files_url("evolink").unwrap())
    }
}

#[tokio::test]
async fn what_was_brought_comes_back_as_the_result() {
    let lab = Lab::new(0).await;
    let staged =
        read(lab.client.put(format!("{}/a.mp4", lab.emulator.stage_url())).body(clip())).await.1;
    let evolink = read(lab.upload(dialect_of("evolink"), form(clip()))).await.1;
    let apiframe = read(lab.upload(dialect_of("apiframe"), form(clip()))).await.1;
    let staged = text(&staged, "/url");
    let mut cases: Vec<_> = dialects().map(|dialect| (dialect, staged.clone())).collect();
    cases.push((dialect_of("evolink"), text(&evolink, "/data/file_url")));
    cases.push((dialect_of("apiframe"), text(&apiframe, "/url")));
    for (dialect, url) in cases {
        let id = lab.edit(dialect, &(dialect.body)(&url)).await;
        let link = lab.link(dialect, &id).await;
        let got = lab.client.get(&link).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(got.as_ref(), clip(), "{}", dialect.name);
        // A result can be edited again.
        let second = lab.edit(dialect, &(dialect.body)(&link)).await;
        let link = lab.link(dialect, &second).await;
        assert_eq!(
            lab.client.get(link).send().await.unwrap().content_length(),
            Some(clip().len() as u64)
        );
    }
}

#[tokio::test]
async fn the_length_of_a_brought_clip_decides_the_price() {
    let lab = Lab::new(0).await;
    let url =
        text(&read(lab.upload(dialect_of("evolink"), form(clip()))).await.1, "/data/file_url");
    lab.edit(dialect_of("evolink"), &(dialect_of("evolink").body)(&url)).await;
    // Three seconds in, three out, at $0.086 and 68 credits to the dollar.
    assert_eq!(lab.emulator.ledger().provider("evolink").credits, 35.09);
}

#[tokio::test]
async fn a_url_of_the_emulator_that_leads_nowhere_fails_as_the_provider_does() {
    let lab = Lab::new(0).await;
    let url = format!("{}/nothing/clip.mp4", lab.emulator.stage_url());
    for dialect in dialects().filter(|dialect| dialect.name != "apiframe") {
        let id = lab.edit(dialect, &(dialect.body)(&url)).await;
        let state = text(&read(lab.poll(dialect, &id)).await.1, dialect.state);
        assert_eq!(state, dialect.words.failed, "{}", dialect.name);
    }
    // Apiframe probes the clip before it answers.
    let apiframe = dialect_of("apiframe");
    let answer = read(lab.post(apiframe, apiframe.submit, &(apiframe.body)(&url))).await;
    assert_eq!(answer.0, 400);
}

#[tokio::test]
async fn links_serve_ranges_and_refuse_keys_and_tampering() {
    let lab = Lab::new(0).await;
    let id = lab.job(dialect_of("evolink")).await;
    let link = lab.link(dialect_of("evolink"), &id).await;
    let status = async |request: RequestBuilder| request.send().await.unwrap().status().as_u16();
    let cases = [
        (lab.client.get(&link), 200),
        (lab.client.head(&link), 200),
        (lab.client.get(&link).header("range", "bytes=4-7"), 206),
        (lab.client.get(&link).header("range", "bytes=99999999-"), 416),
        (lab.client.get(&link).bearer_auth("sk-test"), 403),
        (lab.client.get(&link).header("x-api-key", "afk_test"), 403),
        (lab.client.get(link.replace("sig=", "sig=0")), 403),
        (lab.client.get(link.split('?').next().unwrap()), 403),
    ];
    for (index, (request, expected)) in cases.into_iter().enumerate() {
        assert_eq!(status(request).await, expected, "case {index}");
    }
    let part = lab.client.get(&link).header("range", "bytes=4-7").send().await.unwrap();
    assert!(part.headers().contains_key("last-modified"));
    assert_eq!(part.bytes().await.unwrap().as_ref(), b"ftyp");
}

#[tokio::test]
async fn links_die_after_their_lifetime() {
    let builder = Emulator::builder().job_time(Duration::ZERO).link_lifetime(Duration::ZERO);
    let lab = Lab::with(builder).await;
    let id = lab.job(dialect_of("apiframe")).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let job = read(lab.poll(dialect_of("apiframe"), &id)).await.1;
    let answer = lab.client.get(text(&job, "/result/videoUrl")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &job["expired"]), (403, &json!(true)));
    assert!(answer.text().await.unwrap().contains("Request has expired"));
}

#[tokio::test]
async fn evolink_takes_files_in_three_ways_and_keeps_a_list() {
    use base64::Engine;
    let lab = Lab::new(0).await;
    let encoded = format!(
        "data:video/mp4;base64,{}",
        base64::engine::general_purpose::STANDARD.encode(clip())
    );
    let json_upload = |path: &str, body: Value| {
        dialect_of("evolink").authorized(lab.client.post(lab.files(path))).json(&body)
    };
    let named = form(clip()).text("uploadPath", "in").text("fileName", "one.mp4");
    let first = read(lab.upload(dialect_of("evolink"), named)).await.1;
    assert_eq!(
        (&first["success"], &first["data"]["file_name"], &first["data"]["upload_path"]),
        (&json!(true), &json!("one.mp4"), &json!("in"))
    );
    assert_eq!(
        (&first["data"]["original_name"], &first["data"]["mime_type"]),
        (&json!("my clip.mp4"), &json!("video/mp4"))
    );
    let second = read(json_upload("upload/base64", json!({ "base64_data": encoded }))).await.1;
    let third = read(json_upload("upload/url", json!({ "file_url": OUTSIDE }))).await.1;
    assert_eq!(
        (&second["data"]["file_size"], &third["data"]["file_size"]),
        (&json!(clip().len()), &json!(CLIP.len()))
    );
    let list =
        read(dialect_of("evolink").authorized(lab.client.get(lab.files("list?page=1&pageSize=2"))))
            .await
            .1;
    assert_eq!(
        (&list["data"]["total"], list["data"]["files"].as_array().unwrap().len()),
        (&json!(3), 2)
    );
    let delete = dialect_of("evolink")
        .authorized(lab.client.delete(lab.files(&text(&first, "/data/file_id"))));
    assert_eq!(read(delete).await.1["success"], true);
    let quota = read(dialect_of("evolink").authorized(lab.client.get(lab.files("quota")))).await.1;
    assert_eq!(
        (&quota["data"]["used_files"], &quota["data"]["remain_files"]),
        (&json!(2), &json!(98))
    );
    assert_eq!(lab.client.get(text(&first, "/data/file_url")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_same_name_overwrites_at_evolink() {
    let lab = Lab::new(0).await;
    let named = |bytes: Vec<u8>| {
        lab.upload(dialect_of("evolink"), form(bytes).text("file_name", "same.mp4"))
    };
    let first = text(&read(named(CLIP.to_vec())).await.1, "/data/file_url");
    let second = text(&read(named(clip())).await.1, "/data/file_url");
    let got = lab.client.get(&first).send().await.unwrap().bytes().await.unwrap();
    assert_eq!((first, got.as_ref()), (second, clip().as_slice()));
}

#[tokio::test]
async fn files_that_a_provider_does_not_take_are_refused() {
    let large = |size: usize| [CLIP, &vec![0; size - CLIP.len()]].concat();
    let png = |size: usize| [b"\x89PNG\r\n\x1a\n".as_slice(), &vec![0; size]].concat();
    let lab = Lab::new(0).await;
    for (bytes, code) in [
        (large((100 << 20) + 1), 40001),
        (b"BM0000000000000000".to_vec(), 40002),
        (b"<html>".to_vec(), 40002),
        (Vec::new(), 400),
    ] {
        let answer = read(lab.upload(dialect_of("evolink"), form(bytes))).await.1;
        assert_eq!(
            (&answer["success"], &answer["code"]),
            (&json!(false), &json!(code)),
            "{answer}"
        );
    }
    let cases = [
        (large(50 << 20), 201),
        (large((50 << 20) + 1), 400),
        (png((25 << 20) + 1), 400),
        (png(100), 201),
        (b"BM0000000000000000".to_vec(), 400),
    ];
    for (bytes, status) in cases {
        let size = bytes.len();
        let answer = read(lab.upload(dialect_of("apiframe"), form(bytes))).await;
        assert_eq!(answer.0, status, "{size} {}", answer.1);
    }
    assert_eq!(
        read(lab.upload(dialect_of("apiframe"), Form::new().text("other", "x"))).await.0,
        400
    );
}

#[tokio::test]
async fn uploads_need_a_key() {
    let lab = Lab::new(0).await;
    let evolink = lab.client.post(lab.files("upload/stream")).multipart(form(clip()));
    let (status, body) = read(evolink).await;
    assert_eq!((status, &body["success"], &body["code"]), (401, &json!(false), &json!(401)));
    let apiframe = lab
        .client
        .post(format!("{}/v2/uploads", lab.emulator.url("apiframe")))
        .multipart(form(clip()));
    assert_eq!(read(apiframe).await, (401, json!({ "error": "API key is required" })));
}

#[tokio::test]
async fn skills_video_takes_a_form_on_the_generation_route() {
    let lab = Lab::new(0).await;
    let form = Form::new()
        .text("prompt", "snow")
        .text("duration", "2")
        .part("video_url", Part::bytes(clip()).file_name("clip.mp4"));
    let url = format!("{}{}", lab.emulator.url("skills-video"), dialect_of("skills-video").submit);
    let (status, job) =
        read(dialect_of("skills-video").authorized(lab.client.post(url)).multipart(form)).await;
    assert_eq!((status, &job["input"]["duration"]), (202, &json!(2)), "{job}");
    let link = lab.link(dialect_of("skills-video"), &text(&job, "/id")).await;
    assert_eq!(lab.client.get(link).send().await.unwrap().bytes().await.unwrap().as_ref(), clip());
}

#[tokio::test]
async fn the_files_go_when_the_emulator_goes() {
    let lab = Lab::new(0).await;
    read(lab.client.put(format!("{}/a.mp4", lab.emulator.stage_url())).body(clip())).await;
    let folder = lab.emulator.app.store.built_in().parent().unwrap().to_owned();
    assert!(folder.exists());
    lab.emulator.shutdown().await;
    assert!(!folder.exists());
}
