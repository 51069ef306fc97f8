//! The command `reshoot` as its users meet it: stdout, stderr, exit code, and what became of the money.

// Helpers of tests count as tests for the lints only so.
#![cfg(test)]

mod batch;
mod check;
mod compare;
mod config;
mod edit;
mod emulator;
mod failures;
mod help;
mod interrupts;
mod jobs;
mod json;
mod listen;
mod lost_reply;
mod money;
mod place;
mod records;
mod running;
mod ui;
mod ui_browser;
