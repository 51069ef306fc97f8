//! Looking for a job whose id was lost.

use std::time::{Duration, SystemTime};

use reshoot::{
    EditRequest, Found, JobRef, LostSubmit, PROVIDERS, Provider, ProviderStage, Staging,
    Submission, Url, capabilities::Listing,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_tests::{clip, connect, stage};

/// Asks until the job is listed.
async fn once_listed(provider: &dyn Provider, lost: &LostSubmit<'_>) -> Found {
    let asked = async {
        loop {
            match provider.find(lost).await.unwrap() {
                Found::Candidates { list, .. } if list.is_empty() => tokio::task::yield_now().await,
                found => return found,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.unwrap()
}

#[tokio::test]
async fn a_lost_job_is_found_where_the_provider_has_a_list() {
    for descriptor in PROVIDERS {
        let name = descriptor.name();
        let listing = descriptor.capabilities.listing.value;
        // A job that still waits is not in every list.
        let job_time = Duration::from_secs(if listing == Listing::Begun { 4 } else { 60 });
        let emulator = Emulator::builder().job_time(job_time).start().await.unwrap();
        let lost = FaultPlan::one("any", Operation::Submit, Occurrence::EVERY, Fault::LostReply);
        emulator.set_faults(lost).unwrap();
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let checked = EditRequest::new(clip(), "turn it into claymation")
            .check(descriptor.capabilities, stage.staging())
            .unwrap();
        let ready = checked.stage(&*stage).await.unwrap();
        let since = SystemTime::now();
        assert!(matches!(provider.submit(&ready).await, Submission::Unknown(_)), "{name}");
        let lost = LostSubmit::new(ready.request(), since);
        let found = match listing {
            Listing::Begun => once_listed(&*provider, &lost).await,
            _ => provider.find(&lost).await.unwrap(),
        };
        match (listing, found) {
            (Listing::None, found) => assert_eq!(found, Found::CannotList, "{name}"),
            (listing, Found::Candidates { list, complete }) => {
                assert_eq!(list.len(), 1, "{name}");
                let job = &list[0].job.job_ref;
                assert!(provider.status(job).await.is_ok(), "{name}");
                // Some show no input anywhere.
                assert_ne!(list[0].same_input, Some(false), "{name}");
                assert_eq!(complete, listing == Listing::Recent, "{name}");
            }
            (_, Found::CannotList) => panic!("{name} can list"),
        }
    }
}

#[tokio::test]
async fn older_jobs_are_not_taken_for_the_lost_one() {
    for descriptor in
        PROVIDERS.iter().filter(|provider| provider.capabilities.listing.value == Listing::Recent)
    {
        let emulator = Emulator::builder().job_time(Duration::from_secs(60)).start().await.unwrap();
        let provider = connect(descriptor, &emulator);
        let stage = stage(&*provider, &emulator);
        let checked = EditRequest::new(clip(), "turn it into claymation")
            .check(descriptor.capabilities, stage.staging())
            .unwrap();
        let ready = checked.stage(&*stage).await.unwrap();
        assert!(matches!(provider.submit(&ready).await, Submission::Accepted(_)));
        let since = SystemTime::now() + Duration::from_secs(600);
        let found = provider.find(&LostSubmit::new(ready.request(), since)).await.unwrap();
        let none = Found::Candidates { list: Vec::new(), complete: true };
        assert_eq!(found, none, "{}", descriptor.name());
    }
}

#[tokio::test]
async fn a_lost_job_is_found_behind_a_page_of_newer_ones_that_are_known() {
    for descriptor in
        PROVIDERS.iter().filter(|provider| provider.capabilities.listing.value == Listing::Recent)
    {
        let emulator = Emulator::builder().job_time(Duration::from_secs(60)).start().await.unwrap();
        let provider = connect(descriptor, &emulator);
        let since = SystemTime::now();
        let submitted = async |prompt: &str| {
            let video = Url::parse("https://h.example/clip.mp4").unwrap();
            let request = EditRequest::new(video, prompt);
            let checked = request.check(descriptor.capabilities, Staging::Provider).unwrap();
            let ready = checked.stage(&ProviderStage(&*provider)).await.unwrap();
            match provider.submit(&ready).await {
                Submission::Accepted(job) => (ready, job.job_ref),
                other => panic!("{other:?}"),
            }
        };
        let (ready, lost) = submitted("the lost one").await;
        for n in 0..100 {
            submitted(&format!("another one, {n}")).await;
        }
        let is_known = |job: &JobRef| *job != lost;
        let look_up = LostSubmit::new(ready.request(), since).knowing(&is_known);
        let Found::Candidates { list, complete } = provider.find(&look_up).await.unwrap() else {
            panic!("{} can list", descriptor.name());
        };
        let found: Vec<_> = list.iter().map(|candidate| &candidate.job.job_ref).collect();
        assert_eq!((found, complete), (vec![&lost], true), "{}", descriptor.name());
    }
}
