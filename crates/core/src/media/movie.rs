//! From a file's table of contents to what is in it.

use std::{
    io::{Read, Seek},
    time::Duration,
};

use super::{
    Container, VideoFacts,
    boxes::{Fields, boxes, find},
    error::Problem,
    scan::{Parts, parts},
    track::Track,
};

/// Reads what is in a video of `length` bytes.
pub(super) fn probe(reader: impl Read + Seek, length: u64) -> Result<VideoFacts, Problem> {
    facts(&parts(reader, length)?, length)
}

fn facts(parts: &Parts, length: u64) -> Result<VideoFacts, Problem> {
    let tracks: Vec<Track> = boxes(&parts.movie)
        .filter(|found| found.kind == *b"trak")
        .filter_map(|found| Track::read(found.body))
        .collect();
    let picture = tracks.iter().find(|track| track.is_picture()).ok_or(Problem::NoPicture)?;
    if picture.width == 0 || picture.height == 0 {
        return Err(Problem::Damaged("its picture has no size"));
    }
    cut_off(&tracks, length)?;
    let clock = Clock::of(parts);
    let duration = clock.length(picture);
    if duration.is_zero() {
        return Err(Problem::NoLength);
    }
    let (display_width, display_height) = picture.display();
    let fragmented = find(&parts.movie, b"mvex").is_some();
    Ok(VideoFacts {
        container: container(parts.brand),
        bytes: length,
        duration,
        container_duration: tracks.iter().map(|track| clock.length(track)).fold(duration, Ord::max),
        frame_rate: picture.frame_rate.filter(|_| !fragmented),
        width: picture.width,
        height: picture.height,
        display_width,
        display_height,
        rotation: picture.rotation,
        codec: String::from_utf8_lossy(&picture.codec).trim().to_owned(),
        has_audio: tracks.iter().any(Track::is_sound),
        fragmented,
    })
}

/// `qt` is QuickTime's brand; files without a brand are older than mp4.
const fn container(brand: [u8; 4]) -> Container {
    match &brand {
        b"qt  " | [0, 0, 0, 0] => Container::Mov,
        _ => Container::Mp4,
    }
}

/// A file whose boxes fit can still lack its end, where the last box goes "to the end".
fn cut_off(tracks: &[Track], length: u64) -> Result<(), Problem> {
    let last = tracks.iter().map(|track| track.last_chunk).max().unwrap_or_default();
    if last >= length {
        return Err(Problem::Truncated { needed: last.saturating_add(1), there: length });
    }
    Ok(())
}

/// What turns ticks into time.
struct Clock<'a> {
    /// Ticks per second of the movie as a whole.
    movie: u32,
    parts: &'a Parts,
}

impl<'a> Clock<'a> {
    fn of(parts: &'a Parts) -> Self {
        let movie = find(&parts.movie, b"mvhd").and_then(movie_timescale).unwrap_or(1000);
        Self { movie, parts }
    }

    /// How long a track is shown.
    fn length(&self, track: &Track) -> Duration {
        let whole = track.ticks.saturating_add(self.fragment_ticks(track.id));
        let whole = time(whole, track.timescale);
        match track.edited {
            Some(ticks) => time(ticks, self.movie),
            None => whole,
        }
    }

    /// The samples of a track in all fragments.
    fn fragment_ticks(&self, track: u32) -> u64 {
        let default = default_ticks(&self.parts.movie, track);
        let fragments = self.parts.fragments.iter();
        fragments
            .flat_map(|fragment| boxes(fragment))
            .filter(|found| found.kind == *b"traf")
            .filter_map(|found| traf_ticks(found.body, track, default))
            .fold(0, u64::saturating_add)
    }
}

fn time(ticks: u64, scale: u32) -> Duration {
    let scale = u64::from(scale.max(1));
    let nanos = u128::from(ticks % scale) * 1_000_000_000 / u128::from(scale);
    Duration::new(ticks / scale, u32::try_from(nanos).unwrap_or_default())
}

fn movie_timescale(body: &[u8]) -> Option<u32> {
    let mut fields = Fields(body);
    let (version, _) = fields.version_and_flags()?;
    fields.sized(version)?;
    fields.sized(version)?;
    fields.u32().filter(|scale| *scale > 0)
}

/// The length of a sample where a fragment gives none.
fn default_ticks(movie: &[u8], track: u32) -> u32 {
    let extends = find(movie, b"mvex").unwrap_or_default();
    boxes(extends)
        .filter(|found| found.kind == *b"trex")
        .find_map(|found| {
            let mut fields = Fields(found.body);
            fields.version_and_flags()?;
            let fits = fields.u32()? == track;
            fields.u32()?;
            fields.u32().filter(|_| fits)
        })
        .unwrap_or_default()
}

/// The ticks of one fragment of a track; none if it is another track's.
fn traf_ticks(body: &[u8], track: u32, default: u32) -> Option<u64> {
    let mut fields = Fields(find(body, b"tfhd")?);
    let (_, flags) = fields.version_and_flags()?;
    if fields.u32()? != track {
        return None;
    }
    if flags & 0x01 != 0 {
        fields.u64()?;
    }
    if flags & 0x02 != 0 {
        fields.u32()?;
    }
    let default = if flags & 0x08 == 0 { default } else { fields.u32()? };
    let runs = boxes(body).filter(|found| found.kind == *b"trun");
    Some(runs.filter_map(|run| run_ticks(run.body, default)).fold(0, u64::saturating_add))
}

/// The ticks of one run of samples.
fn run_ticks(body: &[u8], default: u32) -> Option<u64> {
    let mut fields = Fields(body);
    let (_, flags) = fields.version_and_flags()?;
    let count = fields.u32()?;
    for flag in [0x01, 0x04] {
        if flags & flag != 0 {
            fields.u32()?;
        }
    }
    if flags & 0x100 == 0 {
        return Some(u64::from(count) * u64::from(default));
    }
    // The length comes first of what is kept for each sample; a forged count ends with the data.
    let each = [0x100, 0x200, 0x400, 0x800].iter().filter(|flag| flags & **flag != 0).count() * 4;
    let samples = fields.0.chunks_exact(each).take(count as usize);
    Some(
        samples
            .filter_map(|sample| Fields(sample).u32())
            .map(u64::from)
            .fold(0, u64::saturating_add),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], words: &[u32]) -> Vec<u8> {
        let body: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes(), kind.as_slice(), &body].concat()
    }

    #[test]
    fn a_fragment_is_as_long_as_its_samples() {
        for (case, head, run, ticks) in [
            ("default of the movie", vec![0, 1], vec![0, 3], 30),
            ("default of the fragment", vec![0x08, 1, 20], vec![0, 3], 60),
            ("after a data offset", vec![0x09, 1, 0, 0, 20], vec![0, 3], 60),
            ("after a description", vec![0x0a, 1, 9, 20], vec![0, 3], 60),
            ("each its own", vec![0, 1], vec![0x100, 2, 5, 7], 12),
            ("own lengths and sizes", vec![0, 1], vec![0x300, 2, 5, 99, 7, 99], 12),
            ("after offset and flags", vec![0, 1], vec![0x105, 1, 0, 0, 5], 5),
            ("a forged count", vec![0, 1], vec![0x100, u32::MAX, 5, 7], 12),
        ] {
            let traf = [boxed(b"tfhd", &head), boxed(b"trun", &run)].concat();
            assert_eq!(traf_ticks(&traf, 1, 10), Some(ticks), "{case}");
        }
        let other = [boxed(b"tfhd", &[0, 2]), boxed(b"trun", &[0, 3])].concat();
        assert_eq!(traf_ticks(&other, 1, 10), None);
    }

    #[test]
    fn ticks_become_exact_time() {
        assert_eq!(time(30_000, 3000), Duration::from_secs(10));
        assert_eq!(time(1, 3), Duration::from_nanos(333_333_333));
        assert_eq!(time(u64::MAX, 1), Duration::from_secs(u64::MAX));
    }
}
