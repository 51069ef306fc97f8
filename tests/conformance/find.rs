//! Looking for a job whose id was lost.

use std::time::{Duration, SystemTime};

use reshoot::{EditRequest, Found, LostSubmit, PROVIDERS, Submission, capabilities::Listing};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_tests::{clip, connect, stage};

#[tokio::test]
async fn a_lost_job_is_found_where_the_provider_has_a_list() {
    for descriptor in PROVIDERS {
        let name = descriptor.name();
        let emulator = Emulator::builder().job_time(Duration::from_secs(60)).start().await.unwrap();
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
        let found = provider.find(&LostSubmit { request: ready.request(), since }).await.unwrap();
        match (descriptor.capabilities.listing.value, found) {
            (Listing::None, found) => assert_eq!(found, Found::CannotList, "{name}"),
            (_, Found::Candidates(candidates)) => {
                assert_eq!(candidates.len(), 1, "{name}");
                let job = &candidates[0].job.job_ref;
                assert!(provider.status(job).await.is_ok(), "{name}");
                assert_ne!(candidates[0].same_input, Some(false), "{name}");
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
        let found = provider.find(&LostSubmit { request: ready.request(), since }).await.unwrap();
        assert_eq!(found, Found::Candidates(Vec::new()), "{}", descriptor.name());
    }
}
