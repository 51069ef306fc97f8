//! The main job: submit, poll, download, money, idempotency, lists.
use super::*;
use crate::JobSeen;

#[tokio::test]
async fn a_job_runs_from_submit_to_download() {
    for dialect in dialects() {
        let lab = Lab::new(3_600_000).await;
        let (status, body) = read(lab.submit(dialect)).await;
        assert_eq!(status, dialect.accepted, "{dialect:?} {body}");
        let id = text(&body, dialect.id);
        let first = read(lab.poll(dialect, &id)).await.1;
        assert!(text(&first, dialect.state) == dialect.words.queued, "{first}");
        lab.age(&id, 3600);
        let done = read(lab.poll(dialect, &id)).await.1;
        assert_eq!(text(&done, dialect.state), dialect.words.done);
        let clip = lab.client.get(lab.link(dialect, &id).await).send().await.unwrap();
        assert_eq!(clip.bytes().await.unwrap().as_ref(), include_bytes!("../../assets/result.mp4"));
        let counts = lab.emulator.ledger().provider(dialect.name);
        assert_eq!(
            (counts.submits, counts.jobs, counts.downloads, counts.running_peak),
            (1, 1, 1, 1),
            "{counts:?}"
        );
        assert!(counts.polls >= 2 && counts.credits > 0.0, "{counts:?}");
    }
}

#[tokio::test]
async fn the_dashboard_shows_every_job_whatever_became_of_its_answer() {
    let lab = Lab::new(3_600_000).await;
    for dialect in dialects() {
        lab.fault(dialect.name, Operation::Submit, Fault::LostReply);
        assert!(lab.submit(dialect).send().await.is_err());
    }
    let seen = lab.emulator.jobs();
    let providers: Vec<_> = seen.iter().map(|job| job.provider.as_str()).collect();
    assert_eq!(providers, dialects().map(|dialect| dialect.name).collect::<Vec<_>>());
    let one = lab.client.get(format!("{}/_emulator/jobs?provider=novita", lab.emulator.app.base()));
    let one: Vec<JobSeen> = one.send().await.unwrap().json().await.unwrap();
    let novita = seen.into_iter().filter(|job| job.provider == "novita").collect::<Vec<_>>();
    assert_eq!(one.len(), 1);
    assert_eq!((&one[0].id, &one[0].input), (&novita[0].id, &novita[0].input));
    assert!(one[0].credits > 0.0 && one[0].state == "queued", "{one:?}");
}

#[tokio::test]
async fn credits_follow_each_provider_s_rule() {
    // Five seconds are assumed for a clip that lies outside.
    for dialect in dialects() {
        let lab = Lab::new(0).await;
        lab.job(dialect).await;
        assert_eq!(lab.emulator.ledger().provider(dialect.name).credits, dialect.credits);
    }
}

#[tokio::test]
async fn a_failed_job_costs_nothing() {
    for dialect in dialects() {
        let lab = Lab::new(0).await;
        lab.fault(
            dialect.name,
            Operation::Submit,
            Fault::JobFailed { code: "service_error".into(), message: "no".into() },
        );
        lab.job(dialect).await;
        let counts = lab.emulator.ledger().provider(dialect.name);
        assert_eq!((counts.jobs, counts.credits), (1, 0.0));
    }
}

#[tokio::test]
async fn the_same_key_and_body_is_one_job() {
    for dialect in [dialect_of("evolink"), dialect_of("apiframe")] {
        let lab = Lab::new(500).await;
        let submit = |body: &Value| {
            lab.post(dialect, dialect.submit, body).header("idempotency-key", "wanedit-0123456789")
        };
        let body = (dialect.body)(OUTSIDE);
        let first = read(submit(&body)).await.1;
        let again = submit(&body).send().await.unwrap();
        let marked = again.headers().get("idempotency-replayed").is_some();
        let second = json_of(again).await;
        assert_eq!(text(&first, dialect.id), text(&second, dialect.id));
        assert_eq!(marked, dialect.name == "evolink");
        let (status, refused) =
            read(submit(&(dialect.body)("https://media.example.org/other.mp4"))).await;
        assert_eq!(status, 409, "{refused}");
        let counts = lab.emulator.ledger().provider(dialect.name);
        assert_eq!((counts.submits, counts.jobs, counts.replays), (3, 1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_key_at_the_same_time_is_one_job() {
    for dialect in [dialect_of("evolink"), dialect_of("apiframe")] {
        let lab = Lab::new(500).await;
        let submits = (0..32).map(|_| {
            tokio::spawn(lab.submit(dialect).header("idempotency-key", "wanedit-0123456789").send())
        });
        for submit in submits.collect::<Vec<_>>() {
            assert!(submit.await.unwrap().unwrap().status().is_success());
        }
        let counts = lab.emulator.ledger().provider(dialect.name);
        assert_eq!((counts.jobs, counts.replays), (1, 31));
    }
}

#[tokio::test]
async fn many_jobs_at_once_are_all_counted() {
    let lab = Lab::new(60_000).await;
    for _ in 0..10 {
        let submits = (0..100).map(|_| lab.submit(dialect_of("skills-video")).send());
        futures_util::future::join_all(submits)
            .await
            .into_iter()
            .for_each(|answer| drop(answer.unwrap()));
    }
    let counts = lab.emulator.ledger().provider("skills-video");
    assert_eq!((counts.jobs, counts.running_peak), (1000, 1000));
}

#[tokio::test]
async fn a_batch_at_evolink_is_one_call_and_a_poll_of_each_of_its_tasks() {
    let evolink = dialect_of("evolink");
    let late = || Fault::NotFoundAtFirst { times: 1 };
    for (operation, fault, words) in [
        (Operation::Submit, late(), [vec![], vec!["completed"; 2]]),
        (Operation::Status, late(), [vec![], vec!["completed"; 2]]),
        (Operation::Submit, Fault::Stuck, [vec!["processing"; 2], vec!["processing"; 2]]),
        (Operation::Status, Fault::JobCanceled, [vec!["cancelled"; 2], vec!["cancelled"; 2]]),
    ] {
        let lab = Lab::new(0).await;
        lab.fault("evolink", operation, fault.clone());
        let ids = [lab.job(evolink).await, lab.job(evolink).await];
        for (polls, words) in (1..).zip(words) {
            let batch = lab.post(evolink, "/v1/tasks/batch", &json!({ "task_ids": ids }));
            let body = read(batch).await.1;
            let tasks = body["data"].as_array().unwrap();
            let seen: Vec<_> = tasks.iter().map(|task| text(task, "/status")).collect();
            assert_eq!(seen, words, "{fault:?}");
            assert_eq!(lab.emulator.ledger().provider("evolink").polls, polls, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn evolink_lists_tasks_without_links_and_batches_known_ones() {
    let lab = Lab::new(0).await;
    let (old, new) = (lab.job(dialect_of("evolink")).await, lab.job(dialect_of("evolink")).await);
    let list = read(lab.get(dialect_of("evolink"), "/v1/tasks?page=1&page_size=1")).await.1;
    assert_eq!((&list["total"], text(&list, "/data/0/id")), (&json!(2), new.clone()));
    assert_eq!(
        (list["data"][0].get("results"), &list["data"][0]["result_count"]),
        (None, &json!(1))
    );
    let batch = read(lab.post(
        dialect_of("evolink"),
        "/v1/tasks/batch",
        &json!({ "task_ids": [old, "task-unified-0-none"] }),
    ))
    .await
    .1;
    assert_eq!((batch["data"].as_array().unwrap().len(), text(&batch, "/data/0/id")), (1, old));
    let many = vec!["task-unified-1-a"; 51];
    assert_eq!(
        read(lab.post(dialect_of("evolink"), "/v1/tasks/batch", &json!({ "task_ids": many })))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn evolink_counts_queued_tasks_as_processing_in_its_list() {
    let lab = Lab::new(60_000).await;
    lab.job(dialect_of("evolink")).await;
    for (status, total) in [("processing", 1), ("pending", 1), ("completed", 0)] {
        let list =
            read(lab.get(dialect_of("evolink"), &format!("/v1/tasks?status={status}"))).await.1;
        assert_eq!(list["total"], total, "{status}");
    }
}

#[tokio::test]
async fn apiframe_pages_its_jobs_by_cursor() {
    let lab = Lab::new(0).await;
    let (old, new) = (lab.job(dialect_of("apiframe")).await, lab.job(dialect_of("apiframe")).await);
    let first = read(lab.get(dialect_of("apiframe"), "/v2/jobs?limit=1&status=COMPLETED")).await.1;
    assert_eq!((text(&first, "/jobs/0/id"), &first["hasMore"]), (new.clone(), &json!(true)));
    let cursor = text(&first, "/nextCursor");
    let second =
        read(lab.get(dialect_of("apiframe"), &format!("/v2/jobs?limit=1&cursor={cursor}"))).await.1;
    assert_eq!(
        (text(&second, "/jobs/0/id"), &second["hasMore"], &second["nextCursor"]),
        (old, &json!(false), &json!(null))
    );
    assert_eq!(read(lab.get(dialect_of("apiframe"), "/v2/jobs?scope=team")).await.0, 403);
}

#[tokio::test]
async fn skills_video_lists_what_runs() {
    let lab = Lab::new(60_000).await;
    let id = lab.job(dialect_of("skills-video")).await;
    let (_, list) = read(lab.get(dialect_of("skills-video"), "/generations/running?limit=5")).await;
    assert_eq!((text(&list, "/0/id"), text(&list, "/0/input/prompt")), (id, "snow".to_owned()));
    assert_eq!(list[0]["input"]["audio_setting"], "auto");
}

#[tokio::test]
async fn skills_video_streams_a_job_as_it_creates_it() {
    let lab = Lab::new(50).await;
    let path = "/generation/sse/wan/wan-v2.7/edit-video";
    let response = lab
        .post(dialect_of("skills-video"), path, &(dialect_of("skills-video").body)(OUTSIDE))
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let stream = response.text().await.unwrap();
    let states: Vec<String> = stream
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(|data| text(&serde_json::from_str(data).unwrap(), "/status"))
        .collect();
    assert_eq!(states, ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
    assert_eq!(lab.emulator.ledger().provider("skills-video").jobs, 1);
}

#[tokio::test]
async fn skills_video_makes_as_many_outputs_as_asked() {
    let lab = Lab::new(0).await;
    let done =
        read(lab.poll(dialect_of("skills-video"), &lab.job(dialect_of("skills-video")).await))
            .await
            .1;
    let links: Vec<String> =
        (0..2).map(|n| text(&done, &format!("/data/videos/{n}/url"))).collect();
    assert_ne!(links[0], links[1]);
    for link in links {
        assert_eq!(lab.client.get(link).send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn clients_that_drop_the_path_of_the_base_url_find_their_provider() {
    let lab = Lab::new(0).await;
    let host = lab.emulator.url("novita").trim_end_matches("/novita").to_owned();
    for dialect in dialects() {
        let request = dialect
            .authorized(lab.client.post(format!("{host}{}", dialect.submit)))
            .json(&(dialect.body)(OUTSIDE));
        assert_eq!(read(request).await.0, dialect.accepted, "{}", dialect.submit);
    }
}

#[tokio::test]
async fn balances_and_models_can_be_read() {
    let lab = Lab::new(0).await;
    let cases = [
        (dialect_of("evolink"), "/v1/credits", "/data/user/remaining_credits"),
        (dialect_of("evolink"), "/web/api/models/pricing", "/data/0/model_name"),
        (dialect_of("kie"), "/api/v1/chat/credit", "/data"),
        (dialect_of("apiframe"), "/v2/me", "/team/credits"),
        (dialect_of("apiframe"), "/v2/models?modality=video", "/models/0/costMax"),
        (dialect_of("skills-video"), "/credits", "/total"),
    ];
    for (dialect, path, field) in cases {
        let (status, body) = read(lab.get(dialect, path)).await;
        assert!(
            status == 200 && body.pointer(field).is_some_and(|value| !value.is_null()),
            "{path} {body}"
        );
    }
}

#[tokio::test]
async fn starting_takes_no_time_to_speak_of() {
    let start = std::time::Instant::now();
    let emulator = Emulator::builder().start().await.unwrap();
    let took = start.elapsed();
    emulator.shutdown().await;
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test]
async fn a_taken_port_is_reported() {
    let emulator = Emulator::builder().start().await.unwrap();
    let second = Emulator::builder().port(emulator.port()).start().await;
    assert!(second.unwrap_err().to_string().contains(&emulator.port().to_string()));
}

#[tokio::test]
async fn an_emulator_that_is_shut_down_answers_no_more() {
    let lab = Lab::new(0).await;
    let url = lab.emulator.url("novita");
    lab.emulator.shutdown().await;
    assert!(client().get(url).send().await.unwrap_err().is_connect());
}
