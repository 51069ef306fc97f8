//! The unified route of skills.video: every workflow as a typed call.

use std::time::Duration;

use reshoot::{
    ApiKey, Audio, JobState, Settings, SkillsVideo, Submission, Url, WaitOptions,
    capabilities::Pace,
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_skills_video::unified::{Common, Edit, Frames, Reference, TextOrImage};
use reshoot_tests::emulator;

fn client(emulator: &Emulator) -> SkillsVideo {
    let key = ApiKey::new("test-key").unwrap();
    let mut settings = Settings::new(key).with_base_url(emulator.url("skills-video"));
    settings.timeout = Duration::from_secs(10);
    SkillsVideo::new(settings).unwrap()
}

fn url(name: &str) -> Url {
    Url::parse(&format!("https://media.example.net/in/{name}")).unwrap()
}

/// Each workflow once.
async fn all(skills: &SkillsVideo) -> [(&'static str, Submission); 4] {
    let words =
        TextOrImage { prompt: Some("a lighthouse at dusk".to_owned()), ..TextOrImage::default() };
    let reference = Reference {
        prompt: "the two of them dance".to_owned(),
        images: vec![url("a.png")],
        videos: vec![url("b.mp4")],
        ..Reference::default()
    };
    let frames = Frames {
        first: url("a.png"),
        last: Some(url("b.png")),
        prompt: None,
        audio: None,
        common: Common::default(),
    };
    let edit = Edit {
        video: url("c.mp4"),
        prompt: "make it snow".to_owned(),
        image: Some(url("a.png")),
        audio: Audio::Original,
        common: Common::default(),
    };
    [
        ("text or image", skills.text_or_image(&words).await),
        ("reference", skills.reference(&reference).await),
        ("frames", skills.frames(&frames).await),
        ("edit", skills.edit_unified(&edit).await),
    ]
}

#[tokio::test]
async fn every_workflow_is_accepted_and_runs_to_its_end() {
    let emulator = emulator().await;
    let skills = client(&emulator);
    let pace = Pace { first: Duration::from_millis(10), every: Duration::from_millis(10) };
    let options = WaitOptions::default().with_pace(pace).with_timeout(Duration::from_secs(20));
    for (name, submission) in all(&skills).await {
        let Submission::Accepted(job) = submission else { panic!("{name}: {submission:?}") };
        let job = reshoot::wait(&skills, &job.job_ref, &options, &mut |_| {}).await.unwrap();
        assert!(matches!(job.state, JobState::Succeeded { .. }), "{name}: {job:?}");
    }
    assert_eq!(emulator.ledger().provider("skills-video").jobs, 4);
}

#[tokio::test]
async fn a_lost_reply_is_perhaps_charged_and_not_sent_again() {
    let emulator = emulator().await;
    let lost = FaultPlan::one("any", Operation::Submit, Occurrence::EVERY, Fault::LostReply);
    emulator.set_faults(lost).unwrap();
    for (name, submission) in all(&client(&emulator)).await {
        assert!(matches!(submission, Submission::Unknown(_)), "{name}: {submission:?}");
    }
    let counts = emulator.ledger().provider("skills-video");
    assert_eq!((counts.submits, counts.jobs), (4, 4));
}

#[tokio::test]
async fn what_breaks_a_limit_is_refused_before_anything_is_sent() {
    let emulator = emulator().await;
    let skills = client(&emulator);
    let submission = skills.text_or_image(&TextOrImage::default()).await;
    assert!(matches!(submission, Submission::Refused(_)));
    assert_eq!(emulator.ledger().provider("skills-video").submits, 0);
}
