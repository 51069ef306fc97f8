//! Webhooks of every provider, as its emulator sends them: what is believed, and whom it wakes.

#![cfg(test)]

mod deliveries;
mod faults;
mod lab;
mod wake;
