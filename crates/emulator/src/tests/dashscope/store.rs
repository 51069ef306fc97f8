//! The temporary store: leave, form, and who may read what was brought.
use reqwest::multipart::{Form, Part};

use super::*;

const CLIP: &[u8] = include_bytes!("../../../assets/result.mp4");
const UPLOADS: &str = "/uploads?action=getPolicy&model=wan2.7-videoedit";

/// A clip of its own, so that it can be told from the built-in one.
fn clip() -> Vec<u8> {
    [CLIP, b"\0\0\0\x08free".as_slice()].concat()
}

/// The fields of the form that a leave asks for, in the documented order.
fn fields(leave: &Value) -> Vec<(&'static str, String)> {
    let told = |name: &str| text(leave, &format!("/{name}"));
    vec![
        ("OSSAccessKeyId", told("oss_access_key_id")),
        ("Signature", told("signature")),
        ("policy", told("policy")),
        ("key", format!("{}/my clip.mp4", told("upload_dir"))),
        ("x-oss-object-acl", told("x_oss_object_acl")),
        ("x-oss-forbid-overwrite", told("x_oss_forbid_overwrite")),
        ("success_action_status", "200".to_owned()),
        ("x-oss-content-type", "video/mp4".to_owned()),
    ]
}

fn form(fields: Vec<(&'static str, String)>) -> Form {
    fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value))
}

fn file(bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name("my clip.mp4")
}

impl Lab {
    async fn leave(&self, path: &str) -> Value {
        let (status, body) = read(self.get(dialect(), path)).await;
        assert_eq!(status, 200, "{body}");
        body["data"].clone()
    }

    fn send(&self, leave: &Value, form: Form) -> RequestBuilder {
        self.client.post(text(leave, "/upload_host")).multipart(form)
    }

    /// Brings the clip and answers its URL.
    async fn store_file(&self, path: &str) -> String {
        let leave = self.leave(path).await;
        let sent = self.send(&leave, form(fields(&leave)).part("file", file(clip())));
        assert_eq!(sent.send().await.unwrap().status(), 200);
        format!("oss://{}/my clip.mp4", text(&leave, "/upload_dir"))
    }

    /// Submits this clip and answers the task.
    async fn edited(&self, url: &str, key: &str, header: &str) -> Value {
        let submit = format!("{}{}", self.emulator.url("dashscope"), dialect().submit);
        let request = dialect().authorized_as(self.client.post(submit), key);
        let request = request.header(header, "enable").json(&(dialect().body)(url));
        let id = text(&read(request).await.1, dialect().id);
        let task = format!("{}/tasks/{id}", self.emulator.url("dashscope"));
        read(dialect().authorized_as(self.client.get(task), key)).await.1["output"].clone()
    }
}

const RESOLVE: &str = "x-dashscope-ossresourceresolve";

#[tokio::test]
async fn what_was_brought_is_read_by_its_oss_url() {
    let lab = Lab::new(0).await;
    check(lab.get(dialect(), UPLOADS), "dashscope", ("get", "/uploads"), 200).await;
    let url = lab.store_file(UPLOADS).await;
    let task = lab.edited(&url, "sk-test", RESOLVE).await;
    let got = lab.client.get(text(&task, "/video_url")).send().await.unwrap();
    assert_eq!(got.bytes().await.unwrap().as_ref(), clip());
    // Three seconds in, three out; only what carried the file counts as an upload.
    let counts = lab.emulator.ledger().provider("dashscope");
    assert_eq!((counts.uploads, counts.credits), (1, 0.6));
}

#[tokio::test]
async fn an_oss_url_is_read_with_its_header_by_its_account_for_its_model_only() {
    let lab = Lab::new(0).await;
    let (url, other) =
        (lab.store_file(UPLOADS).await, lab.store_file("/uploads?action=getPolicy&model=x").await);
    let cases = [
        (&url, "sk-test", "x-other", "FAILED"),
        (&url, "sk-other", RESOLVE, "FAILED"),
        (&other, "sk-test", RESOLVE, "FAILED"),
        (&url, "sk-test", RESOLVE, "SUCCEEDED"),
    ];
    for (url, key, header, state) in cases {
        let task = lab.edited(url, key, header).await;
        assert_eq!(text(&task, "/task_status"), state, "{key} {header} {task}");
        assert_eq!(task.get("code").is_some(), state == "FAILED");
    }
}

#[tokio::test]
async fn a_leave_needs_a_key_an_action_and_a_model() {
    let lab = Lab::new(0).await;
    for path in
        ["/uploads", "/uploads?model=x", "/uploads?action=get&model=x", "/uploads?action=getPolicy"]
    {
        check(lab.get(dialect(), path), "dashscope", ("get", "/uploads"), 400).await;
    }
    let bare = lab.client.get(format!("{}{UPLOADS}", lab.emulator.url("dashscope")));
    check(bare, "dashscope", ("get", "/uploads"), 401).await;
}

#[tokio::test]
async fn the_store_refuses_in_xml() {
    let lab = Lab::new(0).await;
    let leave = lab.leave(UPLOADS).await;
    let whole = || form(fields(&leave)).part("file", file(clip()));
    let late = || form(fields(&leave)[..7].to_vec()).part("file", file(clip())).text("later", "x");
    let unsigned = form(fields(&leave)[2..].to_vec()).part("file", file(clip()));
    let large = form(fields(&leave)).part("file", file(vec![0; (100 << 20) + 1]));
    let cases = [
        (lab.send(&leave, whole()).bearer_auth("sk-test"), 403, "InvalidArgument"),
        (lab.send(&leave, late()), 400, "InvalidArgument"),
        (lab.send(&leave, unsigned), 400, "InvalidArgument"),
        (lab.send(&leave, form(fields(&leave))), 400, "InvalidArgument"),
        (lab.send(&leave, large), 400, "EntityTooLarge"),
        (lab.client.post(text(&leave, "/upload_host")).body("x"), 400, "MalformedPOSTRequest"),
        (lab.send(&leave, whole()), 200, ""),
        (lab.send(&leave, whole()), 409, "FileAlreadyExists"),
    ];
    for (index, (request, status, code)) in cases.into_iter().enumerate() {
        let response = request.send().await.unwrap();
        let got = (response.status().as_u16(), response.text().await.unwrap());
        let told = if status == 200 { String::new() } else { format!("<Code>{code}</Code>") };
        assert!(got.0 == status && got.1.contains(&told), "case {index}: {got:?}");
        assert_eq!(got.1.is_empty(), status == 200, "case {index}");
    }
}

#[tokio::test]
async fn the_store_s_own_success_is_204_and_fields_have_no_order() {
    let lab = Lab::new(0).await;
    let leave = lab.leave(UPLOADS).await;
    let mut fields = fields(&leave);
    fields.retain(|(name, _)| *name != "success_action_status");
    fields.reverse();
    let answer = lab.send(&leave, form(fields).part("file", file(clip()))).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn a_fault_of_the_store_is_in_xml_too() {
    let lab = Lab::new(0).await;
    let leave = lab.leave(UPLOADS).await;
    lab.fault(
        "dashscope",
        Operation::Upload,
        Fault::RateLimited { retry_after: Some(7), as_date: false },
    );
    let whole = form(fields(&leave)).part("file", file(clip()));
    let answer = lab.send(&leave, whole).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(answer.headers()["content-type"], "application/xml");
    assert!(answer.text().await.unwrap().contains("<Code>QpsLimitExceeded</Code>"));
}
