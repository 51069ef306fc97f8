//! Times as this provider writes them: Beijing's, without a zone.
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// Beijing is this far ahead of UTC, all year.
const BEIJING: Duration = Duration::hours(8);

/// `YYYY-MM-DD HH:MM:SS.mmm` in Beijing.
pub(super) fn beijing(time: OffsetDateTime) -> String {
    text(time + BEIJING)
}

/// `YYYY-MM-DD HH:MM:SS` in Beijing.
pub(super) fn beijing_seconds(time: OffsetDateTime) -> String {
    let mut text = beijing(time);
    text.truncate(19);
    text
}

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn utc(time: OffsetDateTime) -> String {
    format!("{}Z", text(time).replacen(' ', "T", 1))
}

pub(super) fn unix_ms(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

fn text(t: OffsetDateTime) -> String {
    let clock =
        format!("{:02}:{:02}:{:02}.{:03}", t.hour(), t.minute(), t.second(), t.millisecond());
    format!("{:04}-{:02}-{:02} {clock}", t.year(), u8::from(t.month()), t.day())
}

/// Reads `YYYYMMDDhhmmss` in Beijing.
pub(super) fn from_digits(text: &str) -> Option<OffsetDateTime> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| text.get(at..at + 2)?.parse::<u8>().ok();
    let month = Month::try_from(two(4)?).ok()?;
    let date = Date::from_calendar_date(text.get(..4)?.parse().ok()?, month, two(6)?).ok()?;
    let clock = Time::from_hms(two(8)?, two(10)?, two(12)?).ok()?;
    Some(PrimitiveDateTime::new(date, clock).assume_utc() - BEIJING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(1_795_255_200_125_000_000).unwrap()
    }

    #[test]
    fn times_are_written_for_beijing_or_for_utc() {
        assert_eq!(beijing(moment()), "2026-11-21 18:00:00.125");
        assert_eq!(beijing_seconds(moment()), "2026-11-21 18:00:00");
        assert_eq!(utc(moment()), "2026-11-21T10:00:00.125Z");
        assert_eq!(unix_ms(moment()), 1_795_255_200_125);
    }

    #[test]
    fn fourteen_digits_are_a_time_in_beijing() {
        let whole = moment().replace_nanosecond(0).unwrap();
        let cases = [
            ("20261121180000", Some(whole)),
            ("1795255200125", None),
            ("20261321180000", None),
            ("20261121250000", None),
            ("2026112118000x", None),
            ("", None),
        ];
        for (text, time) in cases {
            assert_eq!(from_digits(text), time, "{text}");
        }
    }
}
