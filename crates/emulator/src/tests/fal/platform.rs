//! The Platform API: the list of requests, prices, charges.
use super::super::contract::check;
use super::*;

#[tokio::test]
async fn a_lost_request_is_found_in_the_list() {
    let lab = Lab::new(3_600_000).await;
    lab.fault("fal", Operation::Submit, Fault::LostReply);
    assert!(lab.submit(fal()).send().await.is_err());
    let waiting = read(lab.listed("&expand=payloads")).await.1;
    assert_eq!(waiting["items"], json!([]), "the list knows only what has started");
    let id = lab.emulator.jobs()[0].id.clone();
    lab.age(&id, 3600);
    check(lab.listed("&expand=payloads"), "fal", ("get", LIST), 200).await;
    let (_, list) = read(lab.listed("&expand=payloads&start=2026-01-01&limit=1")).await;
    assert_eq!(
        (text(&list, "/items/0/request_id"), text(&list, "/items/0/json_input/video_url")),
        (id, OUTSIDE.to_owned())
    );
}

#[tokio::test]
async fn a_request_that_runs_is_listed_without_an_end() {
    let lab = Lab::new(0).await;
    lab.fault("fal", Operation::Submit, Fault::Stuck);
    let id = lab.job(fal()).await;
    let item = &read(lab.listed("")).await.1["items"][0];
    assert_eq!(
        (text(item, "/request_id"), &item["ended_at"], &item["status_code"]),
        (id, &Value::Null, &Value::Null)
    );
    assert_eq!(item.get("json_input"), None);
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let lab = Lab::new(0).await;
    let good = lab.job(fal()).await;
    let bad = text(
        &read(lab.post(
            fal(),
            fal().submit,
            &json!({ "prompt": "x", "video_url": OUTSIDE, "duration": 1 }),
        ))
        .await
        .1,
        "/request_id",
    );
    let cases = [
        ("", vec![&bad, &good]),
        ("&limit=1", vec![&bad]),
        ("&status=success", vec![&good]),
        ("&status=user_error", vec![&bad]),
        ("&status=error", vec![]),
        ("&end=2026-01-01", vec![]),
        ("&start=2100-01-01T00:00:00", vec![]),
    ];
    let ids = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|item| text(item, "/request_id")).collect()
    };
    for (query, expected) in cases {
        let list = read(lab.listed(query)).await.1;
        assert_eq!(ids(&list).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let first = read(lab.listed("&limit=1")).await.1;
    assert_eq!(first["has_more"], true);
    let second = read(lab.listed(&format!("&cursor={}", text(&first, "/next_cursor")))).await.1;
    assert_eq!((ids(&second), &second["has_more"]), (vec![good.clone()], &json!(false)));
    assert_eq!(ids(&read(lab.listed(&format!("&request_id={good}"))).await.1), [good]);
}

#[tokio::test]
async fn the_platform_api_has_errors_of_its_own_form() {
    let lab = Lab::new(0).await;
    let get = |path: &str| fal().authorized(lab.client.get(lab.fal_files(path)));
    let cases = [
        (lab.client.get(lab.fal_files(LIST)), LIST, (401, "authorization_error")),
        (get(LIST), LIST, (400, "validation_error")),
        (get(&format!("{LIST}?endpoint_id=fal-ai/other")), LIST, (404, "not_found")),
        (lab.listed("&limit=101"), LIST, (400, "validation_error")),
        (lab.listed("&start=yesterday"), LIST, (400, "validation_error")),
        (get("/v1/account/billing"), "/v1/account/billing", (403, "authorization_error")),
    ];
    for (request, path, expected) in cases {
        let (status, body) = read(request.try_clone().unwrap()).await;
        assert_eq!((status, text(&body, "/error/type").as_str()), expected, "{path} {body}");
        check(request, "fal", ("get", path), expected.0).await;
    }
    lab.fault("fal", Operation::List, Fault::RateLimited { retry_after: Some(7), as_date: false });
    let response = lab.listed("").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(json_of(response).await["error"]["type"], "rate_limited");
}

#[tokio::test]
async fn prices_charges_and_balance_can_be_read() {
    let lab = Lab::new(0).await;
    lab.job(fal()).await;
    let cases = [
        ("sk-test", "/v1/models/pricing", "/prices/0/unit_price", json!(0.1)),
        ("admin", "/v1/models/billing-events", "/billing_events/0/cost_total", json!(1.0)),
        ("admin", "/v1/account/billing", "/credits/current_balance", json!(999_999.0)),
    ];
    for (key, path, field, value) in cases {
        let url = lab.fal_files(&format!("{path}?{MODEL}&expand=credits"));
        let request = fal().authorized_as(lab.client.get(url), key);
        let body = read(request.try_clone().unwrap()).await.1;
        assert_eq!(body.pointer(field), Some(&value), "{path} {body}");
        check(request, "fal", ("get", path), 200).await;
    }
}
