//! How long a job waited and ran, as its provider tells.

use std::time::{Duration, SystemTime};

use serde::Serialize;

/// Longer than any provider keeps a job: a longer span is a clock's jump, or a number in another unit.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long a job waited and ran, as its provider tells. What it does not tell is none, never a guess:
/// where only the time from submit to end is known, nothing is said of how it divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobTimes {
    /// In the queue: from the submit until the work began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued: Option<Duration>,
    /// At work: from there to the end. None before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Duration>,
}

impl JobTimes {
    /// The times between the moments that a provider tells, all by one clock. A span that ends before it
    /// begins, or is longer than a week, is none. None if no span is known.
    #[must_use]
    pub fn between(
        submitted: Option<SystemTime>,
        started: Option<SystemTime>,
        ended: Option<SystemTime>,
    ) -> Option<Self> {
        Self::told(span(submitted, started), span(started, ended))
    }

    /// The times that a provider tells as such. One longer than a week is none. None if neither is known.
    #[must_use]
    pub fn told(queued: Option<Duration>, running: Option<Duration>) -> Option<Self> {
        let sane = |time: Option<Duration>| time.filter(|time| *time <= LONGEST);
        let times = Self { queued: sane(queued), running: sane(running) };
        (times.queued.is_some() || times.running.is_some()).then_some(times)
    }
}

fn span(from: Option<SystemTime>, to: Option<SystemTime>) -> Option<Duration> {
    to?.duration_since(from?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment, in seconds.
    fn at(seconds: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn a_span_is_told_where_both_its_ends_are_known_and_make_sense() {
        const WEEK: u64 = 7 * 24 * 60 * 60;
        for (moments, queued, running) in [
            ([at(10), at(13), at(101)], Some(3), Some(88)),
            ([at(10), at(10), at(10)], Some(0), Some(0)),
            ([at(10), at(13), None], Some(3), None),
            ([None, at(13), at(101)], None, Some(88)),
            ([at(10), None, at(101)], None, None),
            ([at(13), at(10), at(101)], None, Some(91)),
            ([at(10), at(13), at(12)], Some(3), None),
            ([at(0), at(WEEK), at(WEEK)], Some(WEEK), Some(0)),
            ([at(0), at(WEEK + 1), at(WEEK + 1)], None, Some(0)),
            ([None, None, None], None, None),
        ] {
            let [submitted, started, ended] = moments;
            let times = JobTimes::between(submitted, started, ended);
            let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
            let found = times.map(|times| (seconds(times.queued), seconds(times.running)));
            let told = queued.is_some() || running.is_some();
            assert_eq!(found, told.then_some((queued, running)), "{moments:?}");
        }
    }

    #[test]
    fn a_time_in_another_unit_is_not_told() {
        let millis_as_seconds = Some(Duration::from_secs(1_790_000_000_000));
        assert_eq!(JobTimes::told(None, millis_as_seconds), None);
    }

    #[test]
    fn what_is_not_told_is_not_written() {
        let times = JobTimes::told(None, Some(Duration::from_secs(88)));
        let json = serde_json::to_string(&times).unwrap();
        assert_eq!(json, r#"{"running":{"secs":88,"nanos":0}}"#);
    }
}
