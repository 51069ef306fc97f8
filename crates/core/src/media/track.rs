//! One track of a movie.

use super::boxes::{Fields, boxes, find, find_path};

/// What a track tells about itself.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) handler: [u8; 4],
    /// Ticks per second of the track's own clock; never 0.
    pub(super) timescale: u32,
    /// The length of the media, in ticks.
    pub(super) ticks: u64,
    /// The length that the edit list shows, in ticks of the *movie's* clock.
    pub(super) edited: Option<u64>,
    /// Samples per second, on average; of a picture: frames.
    pub(super) frame_rate: Option<f64>,
    pub(super) codec: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
    /// The shape of a pixel, width to height.
    pub(super) pixel: Option<(u32, u32)>,
    /// The size that the track header gives, in pixels.
    pub(super) shown: (u32, u32),
    pub(super) rotation: u16,
    /// Where in the file the last chunk of data begins.
    pub(super) last_chunk: u64,
}

impl Track {
    /// Reads a `trak` box; none if it lacks what every track has.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let (id, shown, rotation) = header(find(body, b"tkhd")?)?;
        let media = find(body, b"mdia")?;
        let (timescale, ticks) = media_header(find(media, b"mdhd")?)?;
        let tables = find_path(media, &[b"minf", b"stbl"]).unwrap_or_default();
        let entry = find(tables, b"stsd").and_then(sample_entry).unwrap_or_default();
        Some(Self {
            id,
            handler: handler(find(media, b"hdlr")?)?,
            timescale,
            ticks,
            edited: find_path(body, &[b"edts", b"elst"]).and_then(edit_list),
            frame_rate: find(tables, b"stts").and_then(|body| sample_rate(body, timescale)),
            codec: entry.codec,
            width: entry.width,
            height: entry.height,
            pixel: entry.pixel,
            shown,
            rotation,
            last_chunk: last_chunk(tables),
        })
    }

    pub(super) fn is_picture(&self) -> bool {
        self.handler == *b"vide"
    }

    pub(super) fn is_sound(&self) -> bool {
        self.handler == *b"soun"
    }

    /// The size as shown, after pixel shape and rotation.
    pub(super) fn display(&self) -> (u32, u32) {
        let (width, height) = match self.pixel {
            Some((across, down)) => (scaled(self.width, across, down), self.height),
            None if self.shown.0 > 0 && self.shown.1 > 0 => self.shown,
            None => (self.width, self.height),
        };
        match self.rotation {
            90 | 270 => (height, width),
            _ => (width, height),
        }
    }
}

fn scaled(width: u32, across: u32, down: u32) -> u32 {
    let scaled = u64::from(width) * u64::from(across) / u64::from(down.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX)
}

/// Id, size and rotation.
fn header(body: &[u8]) -> Option<(u32, (u32, u32), u16)> {
    let mut fields = Fields(body);
    let (version, _) = fields.version_and_flags()?;
    fields.sized(version)?;
    fields.sized(version)?;
    let id = fields.u32()?;
    fields.u32()?;
    fields.sized(version)?;
    fields.take(16)?;
    let mut matrix = Fields(fields.take(36)?);
    let rotation = rotation(matrix.u32()?, matrix.u32()?);
    let side = |fixed: u32| fixed >> 16;
    Some((id, (side(fields.u32()?), side(fields.u32()?)), rotation))
}

/// The angle of a matrix whose first row begins with `a`, `b`, to the nearest quarter turn.
#[allow(clippy::cast_possible_wrap)] // They are signed numbers that were read as bits.
fn rotation(a: u32, b: u32) -> u16 {
    let (a, b) = (a as i32, b as i32);
    match (a.unsigned_abs() >= b.unsigned_abs(), a < 0, b < 0) {
        (true, false, _) => 0,
        (true, true, _) => 180,
        (false, _, false) => 90,
        (false, _, true) => 270,
    }
}

/// Ticks per second, and length in ticks.
fn media_header(body: &[u8]) -> Option<(u32, u64)> {
    let mut fields = Fields(body);
    let (version, _) = fields.version_and_flags()?;
    fields.sized(version)?;
    fields.sized(version)?;
    let timescale = fields.u32().filter(|scale| *scale > 0)?;
    let ticks = fields.sized(version)?;
    // All ones say that the length is not known.
    let unknown = [u64::from(u32::MAX), u64::MAX].contains(&ticks);
    Some((timescale, if unknown { 0 } else { ticks }))
}

fn handler(body: &[u8]) -> Option<[u8; 4]> {
    body.get(8..12)?.try_into().ok()
}

/// What is shown in all, in the movie's ticks; none if the list is empty or says nothing.
fn edit_list(body: &[u8]) -> Option<u64> {
    let mut fields = Fields(body);
    let (version, _) = fields.version_and_flags()?;
    let count = fields.u32()?;
    let mut shown = 0_u64;
    // A forged count ends with the data.
    for _ in 0..count {
        let Some((length, start)) = fields.sized(version).zip(fields.sized(version)) else {
            break;
        };
        fields.u32()?;
        let empty = if version == 1 { u64::MAX } else { u64::from(u32::MAX) };
        if start != empty {
            shown = shown.saturating_add(length);
        }
    }
    Some(shown).filter(|shown| *shown > 0)
}

/// How many samples there are for each second that they take together: of the whole media, since the
/// edit list cuts both alike.
fn sample_rate(body: &[u8], timescale: u32) -> Option<f64> {
    // A forged count ends with the data.
    let runs = body.get(8..)?.chunks_exact(8).filter_map(|run| {
        let mut fields = Fields(run);
        Some((u64::from(fields.u32()?), u64::from(fields.u32()?)))
    });
    let (samples, ticks) = runs.fold((0_u64, 0_u64), |(samples, ticks), (count, each)| {
        (samples.saturating_add(count), ticks.saturating_add(count.saturating_mul(each)))
    });
    let rate = samples as f64 * f64::from(timescale) / ticks as f64;
    Some(rate).filter(|rate| rate.is_finite() && *rate > 0.0)
}

#[derive(Default)]
struct SampleEntry {
    codec: [u8; 4],
    width: u32,
    height: u32,
    pixel: Option<(u32, u32)>,
}

/// The first sample description: codec, coded size, pixel shape.
fn sample_entry(body: &[u8]) -> Option<SampleEntry> {
    let entry = boxes(body.get(8..)?).next()?;
    let mut fields = Fields(entry.body);
    // Only picture entries are that long; a sound entry has no size.
    let size = fields.take(24).and_then(|_| fields.u16().zip(fields.u16()));
    let (width, height) = size.unwrap_or_default();
    let pixel = entry.body.get(78..).and_then(|children| {
        let mut fields = Fields(find(children, b"pasp")?);
        fields.u32().zip(fields.u32()).filter(|(across, down)| *across > 0 && *down > 0)
    });
    Some(SampleEntry { codec: entry.kind, width: width.into(), height: height.into(), pixel })
}

/// Where the last chunk begins: beyond the end of the file, if that is cut off.
fn last_chunk(tables: &[u8]) -> u64 {
    let short = find(tables, b"stco").and_then(|body| body.get(8..)).unwrap_or_default();
    let long = find(tables, b"co64").and_then(|body| body.get(8..)).unwrap_or_default();
    let short = short.chunks_exact(4).filter_map(|chunk| Fields(chunk).u32()).map(u64::from);
    let long = long.chunks_exact(8).filter_map(|chunk| Fields(chunk).u64());
    short.chain(long).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A box body of 32-bit words.
    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_delay_before_the_picture_is_not_part_of_it() {
        let (delay, version_1) = (u32::MAX, 1 << 24);
        for (body, shown) in [
            (words(&[0, 1, 2500, 0, 0x1_0000]), Some(2500)),
            (words(&[0, 2, 1000, delay, 0x1_0000, 2500, 0, 0x1_0000]), Some(2500)),
            (words(&[0, 1, 1000, delay, 0x1_0000]), None),
            (words(&[0, 0]), None),
            (words(&[version_1, 1, 0, 2500, 0, 0, 0x1_0000]), Some(2500)),
            (words(&[version_1, 1, 0, 1000, delay, delay, 0x1_0000]), None),
        ] {
            assert_eq!(edit_list(&body), shown, "{body:?}");
        }
    }

    #[test]
    fn the_frame_rate_is_that_of_all_samples_together() {
        let all = u32::MAX;
        for (body, timescale, rate) in [
            (words(&[0, 1, 72, 512]), 12_288, Some(24.0)),
            (words(&[0, 1, 300, 1001]), 30_000, Some(30_000.0 / 1001.0)),
            (words(&[0, 2, 10, 1, 10, 3]), 40, Some(20.0)),
            (words(&[0, all, 72, 512]), 12_288, Some(24.0)),
            (words(&[0, 1, all, all]), 1, Some(1.0 / f64::from(all))),
            (words(&[0, 1, 72, 0]), 12_288, None),
            (words(&[0, 1, 0, 512]), 12_288, None),
            (words(&[0, 0]), 12_288, None),
            (words(&[0]), 12_288, None),
        ] {
            assert_eq!(sample_rate(&body, timescale), rate, "{body:?}");
        }
    }

    #[test]
    fn the_matrix_is_read_to_the_nearest_quarter_turn() {
        let one = 0x1_0000_u32;
        let minus = one.wrapping_neg();
        for (a, b, angle) in [(one, 0, 0), (0, one, 90), (minus, 0, 180), (0, minus, 270)] {
            assert_eq!(rotation(a, b), angle);
        }
    }

    #[test]
    fn a_length_of_all_ones_is_not_known() {
        assert_eq!(media_header(&words(&[0, 0, 0, 1000, u32::MAX])), Some((1000, 0)));
        assert_eq!(media_header(&words(&[0, 0, 0, 1000, 3000])), Some((1000, 3000)));
        assert_eq!(media_header(&words(&[0, 0, 0, 0, 3000])), None);
    }
}
