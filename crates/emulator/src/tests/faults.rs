//! What a client sees of each fault, and what the ledger says afterwards.
use super::*;

/// What came of one call.
#[derive(Debug, PartialEq)]
enum Seen {
    /// Neither a status line nor a body.
    NoAnswer,
    /// The client gave up.
    TimedOut,
    /// A status line, then a body that ends too early.
    CutOff,
    Status(u16),
}

async fn call(request: RequestBuilder) -> Seen {
    match request.send().await {
        Err(error) if error.is_timeout() => Seen::TimedOut,
        Err(_) => Seen::NoAnswer,
        Ok(response) => {
            let status = response.status().as_u16();
            if response.bytes().await.is_ok() { Seen::Status(status) } else { Seen::CutOff }
        }
    }
}

#[tokio::test]
async fn a_submit_under_a_fault() {
    let before = |status| (Seen::Status(status), 0);
    let cases = [
        (Fault::LostReply, (Seen::NoAnswer, 1)),
        (Fault::ResetBefore, (Seen::NoAnswer, 0)),
        (Fault::RateLimited { retry_after: Some(2), as_date: false }, before(429)),
        (Fault::Html502, before(502)),
        (Fault::ErrorBefore { status: 503 }, before(503)),
        (Fault::ErrorAfter { status: 500 }, (Seen::Status(500), 1)),
        (Fault::Slow { ms: 1 }, (Seen::Status(202), 1)),
        (Fault::Hang, (Seen::TimedOut, 1)),
        (Fault::SlowLoris { ms: 60_000 }, (Seen::CutOff, 1)),
        (Fault::Truncated, (Seen::CutOff, 1)),
    ];
    for (fault, (seen, jobs)) in cases {
        let lab = Lab::new(0).await;
        lab.fault("apiframe", Operation::Submit, fault.clone());
        let patience = match fault {
            Fault::Hang | Fault::SlowLoris { .. } => Duration::from_secs(1),
            _ => Duration::from_secs(60),
        };
        let got = call(lab.submit(dialect_of("apiframe")).timeout(patience)).await;
        let counts = lab.emulator.ledger().provider("apiframe");
        assert_eq!((got, counts.jobs, counts.submits), (seen, jobs, 1), "{fault:?}");
        assert_eq!(counts.credits > 0.0, jobs > 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_reply_leaves_one_job_at_every_provider() {
    for dialect in dialects() {
        let lab = Lab::new(0).await;
        lab.fault(dialect.name, Operation::Submit, Fault::LostReply);
        assert_eq!(call(lab.submit(dialect)).await, Seen::NoAnswer);
        let counts = lab.emulator.ledger().provider(dialect.name);
        assert_eq!((counts.submits, counts.jobs), (1, 1));
    }
}

#[tokio::test]
async fn a_replay_after_a_lost_reply_finds_the_first_job() {
    for dialect in [dialect_of("evolink"), dialect_of("apiframe")] {
        let lab = Lab::new(0).await;
        let plan =
            FaultPlan::one(dialect.name, Operation::Submit, Occurrence::Nth(1), Fault::LostReply);
        lab.emulator.set_faults(plan).unwrap();
        let submit = || lab.submit(dialect).header("idempotency-key", "wanedit-0123456789");
        assert_eq!(call(submit()).await, Seen::NoAnswer);
        assert_eq!(call(submit()).await, Seen::Status(dialect.accepted));
        let counts = lab.emulator.ledger().provider(dialect.name);
        assert_eq!((counts.jobs, counts.replays), (1, 1));
    }
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    for (as_date, is_number) in [(false, true), (true, false)] {
        let lab = Lab::new(0).await;
        lab.fault("any", Operation::Any, Fault::RateLimited { retry_after: Some(7), as_date });
        let response = lab.submit(dialect_of("evolink")).send().await.unwrap();
        let hint = response.headers()["retry-after"].to_str().unwrap().to_owned();
        assert_eq!((hint == "7", hint.ends_with("GMT")), (is_number, as_date));
        assert_eq!(json_of(response).await["error"]["type"], "rate_limit_error");
    }
}

#[tokio::test]
async fn an_answer_that_is_spoiled() {
    let lab = Lab::new(0).await;
    let id = lab.job(dialect_of("evolink")).await;
    let poll = async |fault: Fault| {
        lab.fault("evolink", Operation::Status, fault);
        let response = lab.poll(dialect_of("evolink"), &id).send().await.unwrap();
        let kind =
            response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (kind.unwrap_or_default(), response.bytes().await.unwrap())
    };
    let body = async |fault: Fault| serde_json::from_slice::<Value>(&poll(fault).await.1).unwrap();
    assert_eq!(body(Fault::UnknownStatus { word: "paused".into() }).await["status"], "paused");
    assert_eq!(body(Fault::NullFields).await["results"], json!(null));
    assert_eq!(
        body(Fault::MissingFields).await,
        json!({ "id": id, "status": "completed", "task_info": {}, "usage": { "cost": {} } })
    );
    assert!(body(Fault::ExtraFields).await["x_undocumented"].is_object());
    assert_eq!(body(Fault::NumbersAsStrings).await["progress"], "100");
    assert!(poll(Fault::WrongContentType).await.0.starts_with("text/html"));
    assert_eq!(poll(Fault::EmptyBody).await.1.len(), 0);
    let garbage = poll(Fault::Garbage { bytes: 1 << 20 }).await;
    assert_eq!(
        (garbage.0.as_str(), garbage.1.len(), garbage.1[0]),
        ("application/json", 1 << 20, 0x80)
    );
}

#[tokio::test]
async fn a_job_under_a_fault_ends_as_told() {
    let failed =
        || Fault::JobFailed { code: "content_policy_violation".into(), message: "no".into() };
    for dialect in dialects() {
        let (name, words) = (dialect.name, dialect.words);
        for (fault, word) in [(failed(), words.failed), (Fault::JobCanceled, words.canceled)] {
            let lab = Lab::new(0).await;
            lab.fault(name, Operation::Submit, fault);
            let id = lab.job(dialect).await;
            assert_eq!(text(&read(lab.poll(dialect, &id)).await.1, dialect.state), word);
        }
        let lab = Lab::new(1).await;
        lab.fault(name, Operation::Status, Fault::Stuck);
        let id = lab.job(dialect).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(
            text(&read(lab.poll(dialect, &id)).await.1, dialect.state),
            dialect.words.running
        );
    }
}

#[tokio::test]
async fn a_job_can_be_unknown_at_first() {
    for operation in [Operation::Submit, Operation::Status] {
        let lab = Lab::new(0).await;
        lab.fault("evolink", operation, Fault::NotFoundAtFirst { times: 2 });
        let id = lab.job(dialect_of("evolink")).await;
        let mut got = Vec::new();
        for _ in 0..3 {
            got.push(read(lab.poll(dialect_of("evolink"), &id)).await.0);
        }
        assert_eq!(got, [404, 404, 200]);
    }
}

#[tokio::test]
async fn a_download_under_a_fault() {
    let cases = [
        (Fault::DeadLink { status: 410 }, Seen::Status(410)),
        (Fault::ExpiredLink, Seen::Status(403)),
        (Fault::Truncated, Seen::CutOff),
        (Fault::ResetBefore, Seen::NoAnswer),
        (Fault::LostReply, Seen::NoAnswer),
    ];
    for (fault, seen) in cases {
        let lab = Lab::new(0).await;
        let id = lab.job(dialect_of("evolink")).await;
        let link = lab.link(dialect_of("evolink"), &id).await;
        lab.fault("evolink", Operation::Download, fault);
        assert_eq!(call(lab.client.get(link)).await, seen);
        assert_eq!(lab.emulator.ledger().provider("evolink").downloads, 1);
    }
}

#[tokio::test]
async fn a_corrupt_download_has_the_right_length() {
    let lab = Lab::new(0).await;
    let id = lab.job(dialect_of("evolink")).await;
    let link = lab.link(dialect_of("evolink"), &id).await;
    let sound = lab.client.get(&link).send().await.unwrap().bytes().await.unwrap();
    lab.fault("evolink", Operation::Download, Fault::CorruptDownload);
    let response = lab.client.get(&link).send().await.unwrap();
    assert_eq!(response.content_length(), Some(sound.len() as u64));
    let spoiled = response.bytes().await.unwrap();
    assert!(spoiled.len() == sound.len() && spoiled != sound && spoiled[4..8] != *b"ftyp");
}

#[tokio::test]
async fn a_truncated_download_announces_its_whole_length() {
    let lab = Lab::new(0).await;
    let id = lab.job(dialect_of("evolink")).await;
    let link = lab.link(dialect_of("evolink"), &id).await;
    lab.fault("evolink", Operation::Download, Fault::Truncated);
    let mut response = lab.client.get(&link).send().await.unwrap();
    let (length, mut got) = (response.content_length().unwrap(), 0);
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => got += chunk.len() as u64,
            Ok(None) => panic!("the body ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert!(got == length / 2, "{got} of {length}: {error}");
}

#[tokio::test]
async fn plans_are_set_shown_and_cleared_over_http() {
    let lab = Lab::new(0).await;
    let url = lab.emulator.stage_url().replace("stage", "faults");
    let plan = json!({ "faults": [{ "provider": "evolink", "operation": "submit", "occurrence": 2, "fault": { "kind": "html-502" } }] });
    assert_eq!(read(lab.client.post(&url).json(&plan)).await, (200, plan.clone()));
    assert_eq!(read(lab.client.get(&url)).await.1, plan);
    assert_eq!(
        [
            call(lab.submit(dialect_of("evolink"))).await,
            call(lab.submit(dialect_of("evolink"))).await
        ],
        [Seen::Status(200), Seen::Status(502)]
    );
    assert_eq!(lab.client.delete(&url).send().await.unwrap().status(), 204);
    assert_eq!(read(lab.client.get(&url)).await.1, json!({ "faults": [] }));
    let (status, problem) = read(
        lab.client
            .post(&url)
            .json(&json!({ "faults": [{ "operation": "submit", "fault": { "kind": "boom" } }] })),
    )
    .await;
    assert!(
        status == 400 && text(&problem, "/error").contains("unknown variant `boom`"),
        "{problem}"
    );
}

#[tokio::test]
async fn latency_is_waited() {
    let lab =
        Lab::with(Emulator::builder().job_time(Duration::ZERO).latency(Duration::from_millis(60)))
            .await;
    let start = std::time::Instant::now();
    lab.job(dialect_of("evolink")).await;
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[test]
fn the_readme_lists_every_kind_of_fault() {
    let readme = include_str!("../../README.md");
    for kind in Fault::KINDS {
        assert!(
            readme.contains(&format!("| `{kind}`")),
            "the README's table of faults lacks `{kind}`"
        );
    }
}

#[test]
fn the_list_of_kinds_is_what_a_plan_may_say() {
    for kind in Fault::KINDS {
        let all = json!({ "kind": kind, "status": 500, "ms": 1, "word": "x", "times": 1 });
        let bare = serde_json::from_value::<Fault>(json!({ "kind": kind }))
            .map_err(|error| error.to_string());
        let known = bare.err().is_none_or(|error| error.contains("missing field"));
        assert!(known, "{kind} is no kind: {all}");
    }
    let error = serde_json::from_value::<Fault>(json!({ "kind": "none" })).unwrap_err().to_string();
    assert_eq!(error.matches('`').count() / 2 - 1, Fault::KINDS.len(), "{error}");
}
