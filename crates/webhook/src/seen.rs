//! What was delivered already, in a bounded memory.

use std::collections::{HashSet, VecDeque};

use reshoot_core::Hint;
use sha2::{Digest, Sha256};

/// How many deliveries of a provider are remembered; the oldest is forgotten first. One that comes
/// again after that is a hint once more, which costs one status call.
pub const REMEMBERED: usize = 4096;

/// What tells a delivery from others: its id and its bytes.
///
/// The id alone would not do: where it is the job's (fal), a later delivery about the same job would
/// count as a repeat of the first.
pub(crate) type Mark = [u8; 32];

pub(crate) fn mark(hint: &Hint, body: &[u8]) -> Mark {
    let id = Sha256::digest(hint.delivery_id.as_deref().unwrap_or_default());
    Sha256::new().chain_update(id).chain_update(body).finalize().into()
}

/// The marks of the last deliveries.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    marks: HashSet<Mark>,
    order: VecDeque<Mark>,
}

impl Seen {
    pub(crate) fn knows(&self, mark: &Mark) -> bool {
        self.marks.contains(mark)
    }

    pub(crate) fn remember(&mut self, mark: Mark) {
        if !self.marks.insert(mark) {
            return;
        }
        self.order.push_back(mark);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.marks.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use reshoot_core::{Job, JobRef, JobState};

    use super::*;

    fn hint(id: Option<&str>) -> Hint {
        let job = Job::new(JobRef::new("scripted", "job-1").unwrap(), JobState::Queued);
        Hint::new(job, true, id.map(str::to_owned))
    }

    #[test]
    fn a_delivery_is_known_by_its_id_and_its_bytes() {
        let first = mark(&hint(Some("a")), b"{}");
        for (id, body, same) in [
            (Some("a"), &b"{}"[..], true),
            (Some("a"), b"{ }", false),
            (Some("b"), b"{}", false),
            (None, b"{}", false),
            (Some("a{"), b"}", false),
        ] {
            assert_eq!(mark(&hint(id), body) == first, same, "{id:?}");
        }
    }

    #[test]
    fn the_memory_is_bounded_and_the_oldest_goes_first() {
        let mut seen = Seen::default();
        let marks: Vec<_> =
            (0..=REMEMBERED).map(|n| mark(&hint(None), n.to_string().as_bytes())).collect();
        marks.iter().for_each(|mark| seen.remember(*mark));
        seen.remember(marks[REMEMBERED]);
        assert_eq!((seen.marks.len(), seen.order.len()), (REMEMBERED, REMEMBERED));
        assert!(!seen.knows(&marks[0]) && seen.knows(&marks[1]) && seen.knows(&marks[REMEMBERED]));
    }
}
