//! Quotes, caps, and providers that are tried one after the other.

use reshoot_emulator::{Fault, FaultPlan, Occurrence, Operation};

use crate::place::{Place, REMOTE, Server, assert_run};

fn edit<'a>(providers: &'a str, file: &'a str) -> [&'a str; 9] {
    ["edit", "--provider", providers, "clip.mp4", "clay", "-o", file, "--poll-every", "20ms"]
}

#[tokio::test]
async fn a_quote_names_seconds_price_source_and_date_cheapest_first() {
    let place = Place::new();
    assert_run!("quote", place.run(&["quote", "clip.mp4", "clay", "--emulator"]).await);
    let cut =
        ["quote", "clip.mp4", "clay", "-p", "evolink", "--resolution", "720p", "--duration", "2"];
    assert_run!("quote-cut", place.run(&cut).await);
    assert_run!("quote-nobody", place.run(&["quote", "clip.mp4", "-p", "novita"]).await);
}

#[tokio::test]
async fn a_clip_at_a_url_is_measured_by_its_header() {
    let (place, server) = (Place::new(), Server::start().await);
    let run = place.run_at(&server, &[&edit("evolink", "out.mp4")[..], &["--json"]].concat()).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    let link = server.emulator.jobs()[0].input["video_urls"][0].as_str().unwrap().to_owned();
    let quote = place.run(&["quote", &link, "clay", "-p", "evolink"]).await;
    assert!(quote.stdout.contains("clip: 3.00 s"), "{quote:?}");
    assert!(quote.stdout.contains(" 6.0 s ") && quote.stdout.contains("$0.86"), "{quote:?}");
    let unmeasured =
        place.run(&["quote", "http://127.0.0.1:1/a.mp4", "clay", "-p", "evolink"]).await;
    assert!(unmeasured.stdout.contains("at most $2.88"), "{unmeasured:?}");
    assert!(unmeasured.stderr.contains("the longest is assumed"), "{unmeasured:?}");
}

#[tokio::test]
async fn a_cap_is_held_before_anything_is_sent() {
    let (place, server) = (Place::new(), Server::start().await);
    for (name, providers, extra) in [
        ("cap-job", "evolink", &["--max-cost", "0.50"][..]),
        ("cap-day", "evolink", &["--max-cost-per-day", "0.5"]),
        ("cap-unknown-price", "apiframe", &["--max-cost", "100"]),
    ] {
        let args = [&edit(providers, "out.mp4")[..], extra].concat();
        assert_run!(name, place.run_at(&server, &args).await);
    }
    assert_eq!(server.counts("evolink").submits + server.counts("apiframe").submits, 0);
    assert_eq!(server.counts("evolink").uploads, 0);
    let allowed =
        [&edit("apiframe", "out.mp4")[..], &["--max-cost", "1", "--allow-unknown-price"]].concat();
    assert_eq!(place.run_at(&server, &allowed).await.code, Some(0));
}

#[tokio::test]
async fn a_batch_and_a_day_have_one_cap_for_all_their_jobs() {
    for cap in [&["--batch", "reel", "--max-cost", "2"][..], &["--max-cost-per-day", "2"]] {
        let (place, server) = (Place::new(), Server::start().await);
        let mut codes = Vec::new();
        for n in 0..4 {
            let file = format!("{n}.mp4");
            let args = [&edit("evolink", &file)[..], cap].concat();
            codes.push(place.run_at(&server, &args).await.code.unwrap());
        }
        assert_eq!(codes, [0, 0, 2, 2], "{cap:?}");
        assert_eq!(server.counts("evolink").jobs, 2);
    }
}

#[tokio::test]
async fn processes_at_the_same_time_do_not_slip_under_a_cap_together() {
    let (place, server) = (Place::new(), Server::start().await);
    let files: Vec<_> = (0..5).map(|n| format!("{n}.mp4")).collect();
    let runs = files.iter().map(|file| {
        let args = [&edit("evolink", file)[..], &["--max-cost-per-day", "2"]].concat();
        let (place, server) = (&place, &server);
        async move { place.run_at(server, &args).await.code.unwrap() }
    });
    let mut codes = futures_util::future::join_all(runs).await;
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 2, 2, 2]);
    assert_eq!(server.counts("evolink").jobs, 2);
}

/// Fails at the first of two providers, and says how often the second was asked.
async fn second_asked(fault: Fault, code: i32) -> u64 {
    let (place, server) = (Place::new(), Server::start().await);
    let plan = FaultPlan::one("apiframe", Operation::Submit, Occurrence::EVERY, fault.clone());
    server.emulator.set_faults(plan).unwrap();
    let run = place.run_at(&server, &edit("apiframe,evolink", "out.mp4")).await;
    assert_eq!(run.code, Some(code), "{fault:?} {run:?}");
    server.counts("evolink").submits
}

#[tokio::test]
async fn the_next_provider_is_tried_only_when_nothing_is_owed_to_the_one_before() {
    let failed = Fault::JobFailed { code: "service_error".into(), message: "no".into() };
    for (fault, code, asked) in [
        (Fault::ErrorBefore { status: 402 }, 0, 1),
        (Fault::ErrorBefore { status: 401 }, 0, 1),
        (failed, 0, 1),
        (Fault::LostReply, 5, 0),
        (Fault::ErrorBefore { status: 500 }, 5, 0),
        (Fault::ErrorAfter { status: 503 }, 5, 0),
        (Fault::JobCanceled, 4, 0),
    ] {
        assert_eq!(second_asked(fault.clone(), code).await, asked, "{fault:?}");
    }
}

#[tokio::test]
async fn attempts_stand_under_one_job() {
    let (place, server) = (Place::new(), Server::start().await);
    let fault = Fault::ErrorBefore { status: 402 };
    let plan = FaultPlan::one("apiframe", Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    assert_run!("failover", place.run_at(&server, &edit("apiframe,evolink", "out.mp4")).await);
    assert_run!("failover-show", place.run(&["show", "1"]).await);
}

#[tokio::test]
async fn a_failover_keeps_to_the_cap() {
    let (place, server) = (Place::new(), Server::start().await);
    let fault = Fault::ErrorBefore { status: 402 };
    let plan = FaultPlan::one("apiframe", Operation::Submit, Occurrence::EVERY, fault);
    server.emulator.set_faults(plan).unwrap();
    let cap = ["--max-cost", "0.5", "--allow-unknown-price"];
    let args = [&edit("apiframe,evolink", "out.mp4")[..], &cap].concat();
    assert_run!("failover-over-cap", place.run_at(&server, &args).await);
    assert_eq!(server.counts("evolink").submits, 0);
}

#[tokio::test]
async fn one_address_does_not_fit_two_providers() {
    let place = Place::new();
    let args = ["edit", "-p", "evolink,novita", REMOTE, "a", "--base-url", "https://h.example"];
    assert_eq!(place.run(&args).await.code, Some(1));
}
