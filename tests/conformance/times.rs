//! How long a job waited and ran: what a provider tells of it, and nothing where it tells only the whole.

use std::time::Duration;

use reshoot::{Descriptor, EditRequest, JobTimes, PROVIDERS, ProviderExt};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_tests::{clip, connect, emulator, fast, stage};
use tempfile::tempdir;

/// What a provider tells of a job that has ended.
#[derive(Debug, PartialEq)]
enum Told {
    Both,
    Running,
    Nothing,
}

fn expected(provider: &str) -> Told {
    match provider {
        "dashscope" | "novita" | "replicate" => Told::Both,
        "fal" | "wavespeed" => Told::Running,
        _ => Told::Nothing,
    }
}

/// Of the 40 ms of a job of the emulator, the first quarter is in the queue. Clocks show whole milliseconds.
fn told(times: Option<JobTimes>) -> Told {
    let about = |time: Duration, millis: u128| time.as_millis().abs_diff(millis) <= 1;
    match times.map(|times| (times.queued, times.running)) {
        None => Told::Nothing,
        Some((None, Some(running))) if about(running, 30) => Told::Running,
        Some((Some(queued), Some(running))) if about(queued, 10) && about(running, 30) => {
            Told::Both
        }
        other => panic!("{other:?}"),
    }
}

async fn times(descriptor: &Descriptor, emulator: &Emulator) -> Option<JobTimes> {
    let provider = connect(descriptor, emulator);
    let stage = stage(&*provider, emulator);
    let target = tempdir().unwrap();
    let request = EditRequest::new(clip(), "turn it into claymation");
    let target = target.path().join("out.mp4");
    let edited = provider.edit(request, &target, &fast(&*stage), &mut |_| {}).await.unwrap();
    edited.job.times
}

#[tokio::test]
async fn a_job_that_is_done_tells_how_long_it_waited_and_ran() {
    for descriptor in PROVIDERS {
        let times = times(descriptor, &emulator().await).await;
        assert_eq!(told(times), expected(descriptor.name()), "{}", descriptor.name());
    }
}

#[tokio::test]
async fn times_that_come_as_texts_are_read_all_the_same() {
    for descriptor in PROVIDERS {
        let (name, emulator) = (descriptor.name(), emulator().await);
        let texts = Fault::NumbersAsStrings;
        let plan = FaultPlan::one(name, Operation::Status, Occurrence::EVERY, texts);
        emulator.set_faults(plan).unwrap();
        assert_eq!(told(times(descriptor, &emulator).await), expected(name), "{name}");
    }
}
