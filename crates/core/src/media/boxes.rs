//! Boxes in memory: the one structure of ISO media files, read without trusting any number in them.

/// Takes numbers off the front of a slice; none when it ends too early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// The version and the flags that open a full box.
    pub(super) fn version_and_flags(&mut self) -> Option<(u8, u32)> {
        let word = self.u32()?;
        Some(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// 64 bits in version 1 of a box, 32 bits in version 0.
    pub(super) fn sized(&mut self, version: u8) -> Option<u64> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }
}

/// A box: its four characters and what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct MediaBox<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// The boxes in `data`, one after the other. Ends at the first one that does not fit.
pub(super) fn boxes(data: &[u8]) -> impl Iterator<Item = MediaBox<'_>> {
    let mut rest = Fields(data);
    std::iter::from_fn(move || next(&mut rest))
}

fn next<'a>(rest: &mut Fields<'a>) -> Option<MediaBox<'a>> {
    let whole = rest.0.len();
    let size = rest.u32()?;
    let kind = rest.array()?;
    let (header, size) = match size {
        0 => (8, whole),
        1 => (16, usize::try_from(rest.u64()?).ok()?),
        size => (8, usize::try_from(size).ok()?),
    };
    let body = rest.take(size.checked_sub(header)?)?;
    Some(MediaBox { kind, body })
}

/// The first box of a kind.
pub(super) fn find<'a>(data: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(data).find(|found| found.kind == *kind).map(|found| found.body)
}

/// The first box at the end of a path of kinds.
pub(super) fn find_path<'a>(data: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(data, |data, kind| find(data, kind))
}
