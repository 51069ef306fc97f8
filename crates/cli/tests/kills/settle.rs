//! What a person does after the crash: `resume --all`, and a look into the dashboards where a provider
//! does not tell.

use reshoot_emulator::JobSeen;
use reshoot_journal::{Filter, Listed, State};

use crate::lab::Lab;

/// How often a person tries.
const PATIENCE: usize = 5;

pub(crate) async fn all(lab: &Lab) {
    for _ in 0..PATIENCE {
        resume_all(lab).await;
        let doubtful = in_doubt(lab);
        for job in &doubtful {
            by_hand(lab, job).await;
        }
        if doubtful.is_empty() && lab.journal.list(&Filter::open()).unwrap().jobs.is_empty() {
            return;
        }
    }
}

async fn resume_all(lab: &Lab) {
    let args = ["resume", "--all", "--lag", "200ms", "--poll-every", "25ms"];
    lab.reshoot(&args).status().await.unwrap();
}

fn in_doubt(lab: &Lab) -> Vec<Listed> {
    let mut filter = Filter::default();
    filter.states = vec![State::Submitting, State::PerhapsCharged];
    lab.journal.list(&filter).unwrap().jobs
}

/// Looks into the dashboard, and tells the journal what is there.
async fn by_hand(lab: &Lab, job: &Listed) {
    let seen = lab.emulator.jobs().into_iter().find(|seen| is_of(seen, job));
    let id = job.id.to_string();
    let adopt = seen.map(|seen| format!("{}:{}", seen.provider, seen.id));
    let args = match &adopt {
        Some(adopt) => vec!["reconcile", &id, "--adopt", adopt],
        None => vec!["reconcile", &id, "--absent"],
    };
    lab.reshoot(&args).status().await.unwrap();
}

fn is_of(seen: &JobSeen, job: &Listed) -> bool {
    seen.provider == job.provider && prompt(seen) == job.prompt
}

/// The prompt that a job was submitted with, wherever the provider keeps it.
pub(crate) fn prompt(seen: &JobSeen) -> String {
    let input = &seen.input;
    let nested = input.pointer("/input/prompt");
    let prompt = input.get("prompt").or(nested).and_then(|prompt| prompt.as_str());
    prompt.unwrap_or_default().to_owned()
}
