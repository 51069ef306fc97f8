//! The bytes of a remote file that are here so far, and what can be told from them. Pure.

use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

use super::super::{VideoFacts, error::Problem, movie};

/// The fewest bytes that are worth a request.
pub(super) const BLOCK: u64 = 64 << 10;

/// The most bytes that are fetched of one file: above the largest table of contents that is read.
pub(super) const MAX_BYTES: u64 = 20 << 20;

/// What can be told so far.
#[derive(Debug)]
pub(super) enum Next {
    /// All that was wanted.
    Known(VideoFacts),
    /// Nothing before these bytes are here.
    Fetch(Range<u64>),
}

/// Why nothing can ever be told.
#[derive(Debug)]
pub(super) enum Stop {
    /// It is no usable clip.
    Unusable(Problem),
    /// It would take more than [`MAX_BYTES`].
    TooMuch,
}

/// The bytes that are here, as runs without a gap, each by its first byte.
#[derive(Debug)]
pub(super) struct Held {
    total: u64,
    runs: BTreeMap<u64, Vec<u8>>,
}

impl Held {
    /// Nothing yet of a file of `total` bytes.
    pub(super) const fn new(total: u64) -> Self {
        Self { total, runs: BTreeMap::new() }
    }

    /// Takes in bytes that stand at `at` and were missing.
    pub(super) fn add(&mut self, at: u64, bytes: &[u8]) {
        match self.run_before(at) {
            Some(start) => self.runs.entry(start).or_default().extend_from_slice(bytes),
            None => drop(self.runs.insert(at, bytes.to_vec())),
        }
    }

    /// Takes what is here for the whole file.
    pub(super) fn ends_here(&mut self) {
        self.total = self.len();
    }

    /// How many bytes are here.
    pub(super) fn len(&self) -> u64 {
        self.runs.values().map(|run| run.len() as u64).sum()
    }

    /// Measures the clip, or says what is missing for it.
    pub(super) fn next(&self) -> Result<Next, Stop> {
        if self.total == 0 {
            return Err(Stop::Unusable(Problem::Empty));
        }
        let mut view = View { held: self, at: 0, missing: None };
        match (movie::probe(&mut view, self.total), view.missing) {
            (Ok(facts), _) => Ok(Next::Known(facts)),
            (Err(_), Some(at)) => self.block(at).map(Next::Fetch),
            (Err(problem), None) => Err(Stop::Unusable(problem)),
        }
    }

    /// What to fetch when the byte at `at` is missing. Doubles what is here right before it: a
    /// table that goes on for megabytes takes few requests.
    fn block(&self, at: u64) -> Result<Range<u64>, Stop> {
        let room = MAX_BYTES.saturating_sub(self.len());
        let before = self.run_before(at).map_or(0, |start| at - start);
        let end = at.saturating_add(before.max(BLOCK).min(room)).min(self.total);
        if at < end { Ok(at..end) } else { Err(Stop::TooMuch) }
    }

    /// Where the run begins that ends right before `at`.
    fn run_before(&self, at: u64) -> Option<u64> {
        let (start, run) = self.runs.range(..at).next_back()?;
        (start.checked_add(run.len() as u64) == Some(at)).then_some(*start)
    }

    /// What is here from `at` on, up to the next gap.
    fn from(&self, at: u64) -> Option<&[u8]> {
        let (start, run) = self.runs.range(..=at).next_back()?;
        let skipped = usize::try_from(at - start).ok()?;
        run.get(skipped..).filter(|rest| !rest.is_empty())
    }
}

/// Reads what is here as if it were the file, and remembers where that failed.
struct View<'a> {
    held: &'a Held,
    at: u64,
    missing: Option<u64>,
}

impl Read for View<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.held.total {
            return Ok(0);
        }
        let Some(mut bytes) = self.held.from(self.at) else {
            self.missing = Some(self.at);
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let count = bytes.read(buffer)?;
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for View<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.held.total.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::tests::{boxed, bytes},
        *,
    };

    /// Fetches what is asked for until all is known; how many blocks and bytes that took.
    fn measure(content: &[u8]) -> (Result<VideoFacts, Stop>, usize, u64) {
        let mut held = Held::new(content.len() as u64);
        for blocks in 0..100 {
            match held.next() {
                Ok(Next::Known(facts)) => return (Ok(facts), blocks, held.len()),
                Ok(Next::Fetch(block)) => {
                    let range = block.start as usize..block.end as usize;
                    held.add(block.start, &content[range]);
                }
                Err(stop) => return (Err(stop), blocks, held.len()),
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn in_blocks_a_clip_measures_as_in_whole() {
        for name in ["moov-first.mp4", "moov-last.mp4", "fragmented.mp4", "10s.mp4"] {
            let content = bytes(name);
            let whole = movie::probe(io::Cursor::new(&content), content.len() as u64).unwrap();
            assert_eq!(measure(&content).0.unwrap(), whole, "{name}");
        }
    }

    #[test]
    fn what_is_between_the_headers_is_not_fetched() {
        let clip = bytes("moov-first.mp4");
        let padding = boxed(b"free", &vec![0; 5 << 20]);
        let (head, rest) = clip.split_at(32);
        let last = [head, &padding, rest].concat();
        let first = [&clip[..], &padding].concat();
        for (name, content, blocks) in [("headers last", last, 2), ("headers first", first, 1)] {
            let (facts, fetched, held) = measure(&content);
            assert_eq!(facts.unwrap().bytes, content.len() as u64, "{name}");
            assert_eq!(fetched, blocks, "{name}");
            assert!(held <= blocks as u64 * BLOCK, "{name}: {held}");
        }
    }

    #[test]
    fn a_long_table_takes_few_requests_and_too_long_a_one_ends() {
        let head = boxed(b"ftyp", b"isom\0\0\0\0");
        let table =
            |megabytes: usize| [&head[..], &boxed(b"moov", &vec![0; megabytes << 20])].concat();
        let (result, blocks, held) = measure(&table(12));
        assert!(matches!(result, Err(Stop::Unusable(Problem::NoPicture))), "{result:?}");
        assert!(blocks <= 10 && held <= MAX_BYTES, "{blocks} blocks, {held} bytes");
        let (result, blocks, _) = measure(&table(17));
        assert!(matches!(result, Err(Stop::Unusable(Problem::Damaged(_)))), "{result:?}");
        assert_eq!(blocks, 1);
    }

    #[test]
    fn no_more_than_the_bound_is_ever_fetched() {
        let total = 1 << 40;
        let mut held = Held::new(total);
        held.add(0, &vec![0; usize::try_from(MAX_BYTES - 10).unwrap()]);
        assert_eq!(held.block(MAX_BYTES - 10).unwrap(), MAX_BYTES - 10..MAX_BYTES);
        assert_eq!(held.block(total - 4).unwrap(), total - 4..total);
        held.add(MAX_BYTES - 10, &[0; 10]);
        assert!(matches!(held.block(MAX_BYTES), Err(Stop::TooMuch)));
    }

    #[test]
    fn no_bytes_are_no_clip() {
        assert!(matches!(measure(b"").0, Err(Stop::Unusable(Problem::Empty))));
    }
}
