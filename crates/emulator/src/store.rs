//! Files that clients brought: streamed to a temporary folder that goes when the emulator goes.
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::app::lock;
use crate::media::{self, Kind};

/// The small clip that comes back for sources outside the emulator.
const BUILT_IN: &[u8] = include_bytes!("../assets/result.mp4");

/// A file that a client brought.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) original_name: String,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) path: PathBuf,
    pub(crate) created: OffsetDateTime,
}

/// Bytes that have arrived and have no name yet.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path: PathBuf,
    /// All bytes that came, also those beyond the limit, which were not kept.
    pub(crate) size: u64,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) struct Store {
    dir: TempDir,
    files: Mutex<HashMap<String, Stored>>,
}

impl Store {
    pub(crate) fn new() -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("reshoot-emulator-").tempdir()?;
        std::fs::write(dir.path().join("result.mp4"), BUILT_IN)?;
        Ok(Self { dir, files: Mutex::default() })
    }

    pub(crate) fn built_in(&self) -> PathBuf {
        self.dir.path().join("result.mp4")
    }

    /// Takes the whole stream, so that the sender can read the answer, but keeps at most `keep` bytes.
    pub(crate) async fn receive<S, E>(&self, mut stream: S, keep: u64) -> io::Result<Received>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        let path = self.dir.path().join(crate::app::random_hex(16));
        let mut file = File::create(&path).await?;
        let (mut size, mut head) = (0_u64, Vec::new());
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(io::Error::other)?;
            let missing = media::HEAD.saturating_sub(head.len()).min(chunk.len());
            head.extend(chunk.iter().take(missing));
            size += chunk.len() as u64;
            if size <= keep {
                file.write_all(&chunk).await?;
            }
        }
        file.flush().await?;
        Ok(Received { path, size, kind: media::sniff(&head) })
    }

    /// Files it under its id; an earlier file of that id is gone.
    pub(crate) fn put(&self, file: Stored) {
        let before = lock(&self.files).insert(file.id.clone(), file);
        if let Some(before) = before {
            discard(&before.path);
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<Stored> {
        lock(&self.files).get(id).cloned()
    }

    pub(crate) fn remove(&self, id: &str, owner: &str) -> Option<Stored> {
        let mut files = lock(&self.files);
        files.get(id).filter(|file| file.owner == owner)?;
        let file = files.remove(id)?;
        discard(&file.path);
        Some(file)
    }

    /// One owner's files, newest first.
    pub(crate) fn of(&self, owner: &str) -> Vec<Stored> {
        let mut files: Vec<_> =
            lock(&self.files).values().filter(|file| file.owner == owner).cloned().collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.created));
        files
    }
}

/// Removes a file that nobody needs; the folder goes in the end anyway, so a failure is no matter.
pub(crate) fn discard(path: &Path) {
    std::fs::remove_file(path).ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[tokio::test]
    async fn all_is_read_but_only_so_much_is_kept() {
        let store = Store::new().unwrap();
        for (keep, kept) in [(8, "abcdefgh"), (7, "abcd"), (0, "")] {
            let chunks = ["abcd", "efgh"].map(|chunk| Ok::<_, io::Error>(Bytes::from(chunk)));
            let received = store.receive(stream::iter(chunks), keep).await.unwrap();
            assert_eq!(received.size, 8);
            assert_eq!(std::fs::read_to_string(received.path).unwrap(), kept);
        }
    }

    #[tokio::test]
    async fn only_the_owner_removes_a_file() {
        let store = Store::new().unwrap();
        let path = store.built_in();
        let kind = media::UNKNOWN;
        let created = OffsetDateTime::now_utc();
        let text = String::new;
        store.put(Stored {
            id: "a".into(),
            owner: "me".into(),
            folder: text(),
            name: text(),
            original_name: text(),
            kind,
            size: 1,
            path,
            created,
        });
        assert!(store.remove("a", "you").is_none());
        assert!(store.remove("a", "me").is_some() && store.get("a").is_none());
    }
}
