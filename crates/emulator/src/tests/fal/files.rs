//! Files: in one piece or in parts, by a signed URL or by a token.
use super::super::contract::check;
use super::*;

#[tokio::test]
async fn a_file_goes_to_a_signed_url() {
    let lab = Lab::new(0).await;
    let body = json!({ "file_name": "my clip.mp4", "content_type": "video/mp4" });
    let place = "/storage/upload/initiate";
    let url = lab.fal_files(&format!("{place}?storage_type=fal-cdn-v3"));
    let initiate = fal().authorized(lab.client.post(url)).json(&body);
    check(initiate.try_clone().unwrap(), "fal", ("post", place), 200).await;
    let answer = read(initiate).await.1;
    let (upload, file) = (text(&answer, "/upload_url"), text(&answer, "/file_url"));
    let clip = [CLIP, b"\0\0\0\x08free"].concat();
    let put = async |url: &str| {
        lab.client.put(url).body(clip.clone()).send().await.unwrap().status().as_u16()
    };
    assert_eq!(put(&upload.replace("signature=", "signature=0")).await, 403);
    assert_eq!(put(&upload).await, 200);
    assert_eq!(lab.client.get(&file).send().await.unwrap().bytes().await.unwrap(), clip);
    assert_eq!(lab.comes_back(&file).await, clip);
    assert_eq!(lab.emulator.ledger().provider("fal").uploads, 2);
}

#[tokio::test]
async fn a_file_goes_to_the_file_service_with_a_token() {
    let lab = Lab::new(0).await;
    let (token, answer) = lab.fal_token().await;
    assert!(text(&answer, "/expires_at").ends_with("+00:00"), "{answer}");
    let clip = [CLIP, b"\0\0\0\x08free"].concat();
    let upload = |token: &str| {
        let request = lab.client.post(lab.fal_files("/files/upload")).body(clip.clone());
        request.header("authorization", token).header("x-fal-file-name", "a.mp4")
    };
    check(upload(&token), "fal", ("post", "/files/upload"), 200).await;
    let file = text(&read(upload(&token)).await.1, "/access_url");
    assert_eq!(lab.comes_back(&file).await, clip);
    for wrong in ["Bearer 9999999999.0", "Key sk-test", ""] {
        check(upload(wrong), "fal", ("post", "/files/upload"), 401).await;
    }
}

#[tokio::test]
async fn a_file_goes_in_parts_either_way() {
    let lab = Lab::new(0).await;
    let (token, _) = lab.fal_token().await;
    let create = lab.client.post(lab.fal_files("/files/upload/multipart"));
    let created = read(create.header("authorization", &token)).await.1;
    let file = text(&created, "/access_url");
    let by_token = format!("{file}/multipart/{}", text(&created, "/uploadId"));
    let body = json!({ "file_name": "a.mp4", "content_type": "video/mp4" });
    let url = lab.fal_files("/storage/upload/initiate-multipart?storage_type=fal-cdn-v3");
    let signed = read(fal().authorized(lab.client.post(url)).json(&body)).await.1;
    let upload = text(&signed, "/upload_url");
    let (signed_root, query) = upload.split_once('?').unwrap();
    let ways = [
        (by_token, String::new(), file),
        (signed_root.to_owned(), format!("?{query}"), text(&signed, "/file_url")),
    ];
    for (root, query, file) in ways {
        let mut parts = Vec::new();
        // The second comes first, and is named first.
        for (number, bytes) in [(2, &CLIP[100..]), (1, &CLIP[..100])] {
            let put = lab.client.put(format!("{root}/{number}{query}")).body(bytes.to_vec());
            let answer = put.header("authorization", &token).send().await.unwrap();
            let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
            let part = json_of(answer).await;
            assert_eq!(part, json!({ "partNumber": number, "etag": etag }));
            parts.push(part);
        }
        let complete = |parts: &[Value]| {
            let request = lab.client.post(format!("{root}/complete{query}"));
            request.header("authorization", &token).json(&json!({ "parts": parts }))
        };
        let false_part = json!({ "partNumber": 1, "etag": "x" });
        for wrong in [&[][..], &[false_part][..]] {
            assert_eq!(complete(wrong).send().await.unwrap().status(), 422);
        }
        assert_eq!(complete(&parts).send().await.unwrap().status(), 200);
        assert_eq!(lab.comes_back(&file).await, CLIP);
    }
}

#[tokio::test]
async fn clips_that_the_model_does_not_take_fail_the_job() {
    let lab = Lab::new(0).await;
    let large = [CLIP, &vec![0; 100 << 20]].concat();
    let url = format!("{}/a.mp4", lab.emulator.stage_url());
    let staged = text(&read(lab.client.put(url).body(large)).await.1, "/url");
    let id = lab.edit(fal(), &(fal().body)(&staged)).await;
    let (status, answer) = read(lab.result(&id)).await;
    assert_eq!((status, text(&answer, "/detail/0/type")), (422, "file_too_large".to_owned()));
}
