//! Edits that are killed: at the moment at which the journal has come to a state, or a little later.

use std::time::Duration;

use reshoot_journal::{JobId, State};
use tokio::{process::Child, time::Instant};

use crate::lab::Lab;

/// Where edits are killed; the submit, where money is at stake, more often.
const AT: [State; 8] = [
    State::Intent,
    State::Submitting,
    State::Accepted,
    State::Submitting,
    State::Running,
    State::Succeeded,
    State::Submitting,
    State::Downloaded,
];

/// What one provider's edits came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) edits: Vec<String>,
    /// Where each process that was killed had led its job.
    pub(crate) killed_at: Vec<Option<State>>,
}

/// Begins edits at a provider and kills them, and what resumes them too.
pub(crate) async fn kill_many(lab: &Lab, provider: &str, kills: usize) -> Outcome {
    let mut outcome = Outcome::default();
    while outcome.killed_at.len() < kills {
        let n = outcome.edits.len();
        let prompt = format!("{provider} edit {n}");
        let at = AT[n % AT.len()];
        let delay = Duration::from_millis([0, 0, 3, 8, 20][n % 5]);
        let was_killed = kill_edit(lab, provider, &prompt, n, at, delay).await;
        let job = find(lab, &prompt);
        outcome.killed_at.extend(was_killed.then(|| job.map(|(_, state)| state)));
        if let Some((id, _)) = job.filter(|(_, state)| n % 2 == 1 && state.is_open()) {
            let patience = Duration::from_millis(20 + 37 * (n as u64 % 7));
            let was_killed = kill_resume(lab, id, patience).await;
            let state = find(lab, &prompt).map(|(_, state)| state);
            outcome.killed_at.extend(was_killed.then_some(state));
        }
        outcome.edits.push(prompt);
    }
    outcome
}

/// Kills one edit. True if it was still running.
async fn kill_edit(
    lab: &Lab,
    provider: &str,
    prompt: &str,
    n: usize,
    at: State,
    delay: Duration,
) -> bool {
    let clip = clip(provider, n);
    let file = format!("{provider}-{n}.mp4");
    let args = ["edit", "-p", provider, &clip, prompt, "-o", &file, "--poll-every", "25ms"];
    let mut child = lab.reshoot(&args).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let job = find(lab, prompt);
        let reached = job.is_some_and(|(_, state)| state == at || !state.is_open());
        if reached || child.try_wait().unwrap().is_some() || Instant::now() > deadline {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(delay).await;
    kill(&mut child).await
}

/// Local clips where the provider takes them, so that uploads are killed too.
fn clip(provider: &str, n: usize) -> String {
    let uploads = reshoot::provider(provider).is_ok_and(|it| it.capabilities.upload.is_some());
    if uploads && n.is_multiple_of(3) {
        "clip.mp4".to_owned()
    } else {
        format!("https://clips.example/{provider}/{n}.mp4")
    }
}

/// Kills what resumes a job. True if it was still running.
async fn kill_resume(lab: &Lab, job: JobId, patience: Duration) -> bool {
    let job = job.to_string();
    let args = ["resume", &job, "--lag", "200ms", "--poll-every", "25ms"];
    let mut child = lab.reshoot(&args).spawn().unwrap();
    tokio::time::sleep(patience).await;
    kill(&mut child).await
}

/// SIGKILL. True if there was something to kill.
async fn kill(child: &mut Child) -> bool {
    let running = child.try_wait().unwrap().is_none();
    child.kill().await.unwrap();
    running
}

/// The job with that prompt, and where it stands.
pub(crate) fn find(lab: &Lab, prompt: &str) -> Option<(JobId, State)> {
    let mut filter = reshoot_journal::Filter::default();
    filter.limit = Some(12);
    let jobs = lab.journal.list(&filter).unwrap().jobs;
    jobs.into_iter().find(|job| job.prompt == prompt).map(|job| (job.id, job.state))
}
