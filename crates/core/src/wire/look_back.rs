//! Reading a provider's list of jobs, newest first, until it reaches back before a lost submit. Pure.

use std::time::Duration;

use crate::{
    error::{Error, ErrorKind, Operation},
    job::JobRef,
    provider::{Candidate, Found, LostSubmit},
};

/// How far a provider's clock may be off.
const SKEW: Duration = Duration::from_secs(60);

/// How many pages are read at most.
const MAX_PAGES: usize = 10;

/// The entries of a page of jobs.
///
/// # Errors
/// [`Unreadable`](ErrorKind::Unreadable) where there are none: taken for an empty page, an answer without
/// a list would prove that a lost submit made no job, and that would be paid for twice.
pub fn listed<T>(entries: Option<Vec<T>>, provider: &'static str) -> Result<Vec<T>, Error> {
    entries.ok_or_else(|| {
        Error::new(ErrorKind::Unreadable, Operation::Find, "the answer holds no list of jobs")
            .with_provider(provider)
    })
}

/// What was seen of a list so far.
#[derive(Debug)]
pub struct LookBack<'a> {
    lost: LostSubmit<'a>,
    list: Vec<Candidate>,
    seen: Vec<JobRef>,
    pages: usize,
    /// Whether the provider lists every job.
    whole: bool,
    /// Whether it lists the newest first, so that an old one ends the search.
    ordered: bool,
    reached: bool,
    readable: bool,
}

impl<'a> LookBack<'a> {
    /// Nothing seen yet of a list of all jobs, newest first.
    #[must_use]
    pub const fn new(lost: LostSubmit<'a>) -> Self {
        Self {
            lost,
            list: Vec::new(),
            seen: Vec::new(),
            pages: 0,
            whole: true,
            ordered: true,
            reached: false,
            readable: true,
        }
    }

    /// Nothing seen yet of a list of all jobs in no order that is documented: it is read to its end.
    #[must_use]
    pub fn unordered(lost: LostSubmit<'a>) -> Self {
        Self { ordered: false, ..Self::new(lost) }
    }

    /// Nothing seen yet of a list that leaves jobs out: that one is not in it proves nothing.
    #[must_use]
    pub fn of_part(lost: LostSubmit<'a>) -> Self {
        Self { whole: false, ..Self::unordered(lost) }
    }

    /// Takes a page; an entry is none where it cannot be read. `is_last` says that there is no further
    /// page. True if the next one is to be read.
    pub fn page(
        &mut self,
        entries: impl IntoIterator<Item = Option<Candidate>>,
        is_last: bool,
    ) -> bool {
        self.pages = self.pages.saturating_add(1);
        self.reached |= is_last;
        for entry in entries {
            match entry {
                Some(candidate) => self.take(candidate),
                // It may be the lost one.
                None => self.readable = false,
            }
        }
        !self.reached && self.pages < MAX_PAGES
    }

    fn take(&mut self, candidate: Candidate) {
        let is_older = candidate.created.is_some_and(|created| created + SKEW < self.lost.since);
        self.reached |= is_older && self.ordered;
        let job = &candidate.job.job_ref;
        // While pages are read, new jobs push old ones onto the next page.
        if is_older || self.seen.contains(job) {
            return;
        }
        self.seen.push(job.clone());
        if !self.lost.is_known(job) && candidate.same_input != Some(false) {
            self.list.push(candidate);
        }
    }

    /// The jobs that may be the lost one.
    pub fn candidates(&mut self) -> &mut Vec<Candidate> {
        &mut self.list
    }

    /// What the list says.
    #[must_use]
    pub fn found(mut self) -> Found {
        self.list.retain(|candidate| candidate.same_input != Some(false));
        self.list.sort_by_key(|candidate| candidate.same_input != Some(true));
        Found::Candidates { list: self.list, complete: self.whole && self.reached && self.readable }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use url::Url;

    use super::*;
    use crate::{
        job::{Job, JobState},
        request::EditRequest,
    };

    const SINCE: SystemTime = UNIX_EPOCH;

    /// Made `at` seconds after the submit; none: it does not tell.
    fn entry(id: &str, at: Option<i64>, same_input: Option<bool>) -> Option<Candidate> {
        let job = Job::new(JobRef::new("scripted", id).unwrap(), JobState::Queued);
        let since = SINCE + Duration::from_secs(10_000);
        let created = at.map(|at| {
            let span = Duration::from_secs(at.unsigned_abs());
            if at < 0 { since - span } else { since + span }
        });
        Some(Candidate::new(job, same_input, created))
    }

    type Pages = Vec<(Vec<Option<Candidate>>, bool)>;

    fn read(pages: Pages) -> (usize, Vec<String>, bool) {
        read_list("newest first", pages)
    }

    fn read_list(kind: &str, pages: Pages) -> (usize, Vec<String>, bool) {
        let request = EditRequest::new(Url::parse("https://h.example/a").unwrap(), "p");
        let is_known = |job: &JobRef| job.id().starts_with("known");
        let since = SINCE + Duration::from_secs(10_000);
        let lost = LostSubmit::new(&request, since).knowing(&is_known);
        let mut look_back = match kind {
            "unordered" => LookBack::unordered(lost),
            "in part" => LookBack::of_part(lost),
            _ => LookBack::new(lost),
        };
        let mut read = 0;
        for (entries, is_last) in pages {
            read += 1;
            if !look_back.page(entries, is_last) {
                break;
            }
        }
        let Found::Candidates { list, complete } = look_back.found() else { unreachable!() };
        let ids = list.iter().map(|it| it.job.job_ref.id().to_owned()).collect();
        (read, ids, complete)
    }

    #[test]
    fn pages_are_read_until_they_reach_back_before_the_submit() {
        let young = |id| entry(id, Some(5), None);
        let (read_pages, ids, complete) = read(vec![
            (vec![young("a"), young("b")], false),
            (vec![young("b"), young("c"), entry("old", Some(-61), None)], false),
            (vec![young("never read")], false),
        ]);
        assert_eq!((read_pages, complete), (2, true));
        assert_eq!(ids, ["a", "b", "c"]);
    }

    #[test]
    fn what_cannot_be_the_lost_one_is_left_out_and_what_is_surely_it_comes_first() {
        let (_, ids, _) = read(vec![(
            vec![
                entry("perhaps", Some(1), None),
                entry("another input", Some(1), Some(false)),
                entry("known", Some(1), Some(true)),
                entry("skewed", Some(-60), None),
                entry("timeless", None, None),
                entry("the same input", Some(1), Some(true)),
            ],
            true,
        )]);
        assert_eq!(ids, ["the same input", "perhaps", "skewed", "timeless"]);
    }

    #[test]
    fn a_list_proves_nothing_unless_it_was_read_to_the_end_or_far_enough_back() {
        let endless = vec![(vec![entry("a", Some(5), None)], false); MAX_PAGES + 1];
        let timeless = vec![(vec![entry("a", None, None)], false); MAX_PAGES + 1];
        for (name, pages, reads, complete) in [
            ("the end", vec![(vec![], true)], 1, true),
            ("endless", endless, MAX_PAGES, false),
            ("without times", timeless, MAX_PAGES, false),
            ("an entry that cannot be read", vec![(vec![None], true)], 1, false),
        ] {
            let (read, _, is_complete) = read(pages);
            assert_eq!((read, is_complete), (reads, complete), "{name}");
        }
    }

    #[test]
    fn an_answer_without_a_list_is_no_empty_list() {
        assert_eq!(listed(Some(vec![1]), "evolink").unwrap(), [1]);
        assert!(listed(Some(Vec::<u8>::new()), "evolink").unwrap().is_empty());
        let error = listed(None::<Vec<u8>>, "evolink").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable);
    }

    #[test]
    fn an_old_job_ends_the_search_only_where_the_newest_come_first() {
        let pages = || {
            let (old, young) = (entry("old", Some(-61), None), entry("a", Some(5), None));
            vec![(vec![old], false), (vec![young], true)]
        };
        let ids = vec!["a".to_owned()];
        assert_eq!(read(pages()), (1, vec![], true));
        assert_eq!(read_list("unordered", pages()), (2, ids.clone(), true));
        assert_eq!(read_list("in part", pages()), (2, ids, false));
    }
}
