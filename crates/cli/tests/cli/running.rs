//! A command that is watched, and told to stop.
#![cfg(unix)]

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr},
};

use crate::place::{Place, Run, Server};

/// A running command whose stderr is read line by line.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    seen: String,
}

impl Running {
    pub(crate) fn start(place: &Place, server: &Server, args: &[&str]) -> Self {
        let mut child = place.reshoot_at(server, args).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, seen: String::new() }
    }

    /// Reads on until a line begins so.
    pub(crate) async fn until(&mut self, start: &str) {
        loop {
            let from = self.seen.len();
            let read = self.stderr.read_line(&mut self.seen).await.unwrap();
            assert_ne!(read, 0, "ended before {start:?}: {}", self.seen);
            if self.seen[from..].starts_with(start) {
                return;
            }
        }
    }

    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.unwrap().success());
    }

    pub(crate) async fn end(mut self, place: &Place) -> Run {
        self.stderr.read_to_string(&mut self.seen).await.unwrap();
        let mut output = self.child.wait_with_output().await.unwrap();
        output.stderr = self.seen.into_bytes();
        Run::of(output, place)
    }
}
