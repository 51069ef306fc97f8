//! What the kills cost.

use std::{collections::BTreeMap, fmt};

use reshoot_journal::{Filter, State};
use sha2::{Digest, Sha256};

use crate::{lab::Lab, settle::prompt, victim::Outcome};

/// The figures.
#[derive(Debug)]
pub(crate) struct Verdict {
    kills: usize,
    killed_at: BTreeMap<&'static str, usize>,
    edits: usize,
    never_begun: usize,
    lost: Vec<String>,
    twice: Vec<String>,
    unrecorded: Vec<String>,
    bad_files: Vec<String>,
}

/// Compares the journal, the emulator's books and the files.
pub(crate) async fn of(lab: &Lab, outcomes: &[Outcome]) -> Verdict {
    let jobs = lab.journal.list(&Filter::default()).unwrap().jobs;
    let by_prompt: BTreeMap<_, _> = jobs.iter().map(|job| (job.prompt.as_str(), job)).collect();
    let mut made: BTreeMap<String, usize> = BTreeMap::new();
    let mut unrecorded = Vec::new();
    for seen in lab.emulator.jobs() {
        *made.entry(prompt(&seen)).or_default() += 1;
        if lab.journal.attempt_of(&seen.provider, &seen.id).unwrap().is_none() {
            unrecorded.push(format!("{}:{}", seen.provider, seen.id));
        }
    }
    let edits = outcomes.iter().flat_map(|outcome| &outcome.edits);
    let mut verdict = Verdict {
        kills: outcomes.iter().map(|outcome| outcome.killed_at.len()).sum(),
        killed_at: killed_at(outcomes),
        edits: edits.clone().count(),
        never_begun: 0,
        lost: Vec::new(),
        twice: made.iter().filter(|(_, count)| **count > 1).map(|(it, _)| it.clone()).collect(),
        unrecorded,
        bad_files: Vec::new(),
    };
    for edit in edits {
        match by_prompt.get(edit.as_str()) {
            // Killed before the intent: nothing of it was ever sent.
            None if !made.contains_key(edit) => verdict.never_begun += 1,
            None => verdict.lost.push(edit.clone()),
            Some(job) if job.state != State::Downloaded => {
                verdict.lost.push(format!("{edit} is {}: {:?}", job.state, job.reason));
            }
            Some(job) => {
                if !files_are_good(lab, job.id) {
                    verdict.bad_files.push(edit.clone());
                }
            }
        }
    }
    verdict
}

/// How many processes were killed in each state of their job.
fn killed_at(outcomes: &[Outcome]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for state in outcomes.iter().flat_map(|outcome| &outcome.killed_at) {
        *counts.entry(state.map_or("before the intent", State::as_str)).or_default() += 1;
    }
    counts
}

fn files_are_good(lab: &Lab, job: reshoot_journal::JobId) -> bool {
    let record = lab.journal.job(job).unwrap();
    let outputs = &record.last().unwrap().outputs;
    !outputs.is_empty()
        && outputs.iter().all(|output| {
            let Some(file) = &output.file else { return false };
            let bytes = std::fs::read(&file.path).unwrap_or_default();
            let hash: String =
                Sha256::digest(&bytes).iter().map(|it| format!("{it:02x}")).collect();
            bytes.len() as u64 == file.bytes && hash == file.sha256
        })
}

impl Verdict {
    pub(crate) fn holds(&self, kills: usize) -> bool {
        let bad = [&self.lost, &self.twice, &self.unrecorded, &self.bad_files];
        // Were most killed before they began, the rest would prove little.
        self.kills >= kills
            && self.never_begun * 4 < self.edits
            && bad.iter().all(|it| it.is_empty())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "kills            {}", self.kills)?;
        for (state, count) in &self.killed_at {
            writeln!(f, "  {state:20} {count}")?;
        }
        writeln!(
            f,
            "edits            {} ({} killed before their intent)",
            self.edits, self.never_begun
        )?;
        for (name, list) in [
            ("jobs lost", &self.lost),
            ("paid twice", &self.twice),
            ("not recorded", &self.unrecorded),
            ("files missing", &self.bad_files),
        ] {
            writeln!(f, "{name:16} {}", list.len())?;
            list.iter().try_for_each(|it| writeln!(f, "    {it}"))?;
        }
        Ok(())
    }
}
