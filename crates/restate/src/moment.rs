//! When something is asked, by this process' own clock.

use std::{sync::OnceLock, time::Instant};

use reshoot_fleet::Moment;
use restate_sdk::prelude::TerminalError;

/// This process' name, and its start.
static START: OnceLock<(String, Instant)> = OnceLock::new();

/// Now.
pub(crate) fn moment() -> Result<Moment, TerminalError> {
    let (process, start) = match START.get() {
        Some(start) => start,
        None => {
            let fresh = (nonce()?, Instant::now());
            START.get_or_init(|| fresh)
        }
    };
    let at = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Moment { process: process.clone(), at })
}

/// A name that nothing else has.
pub(crate) fn nonce() -> Result<String, TerminalError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)
        .map_err(|_| TerminalError::new("the system gives no random numbers"))?;
    Ok(hex::encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_one_name_and_its_time_goes_forward() {
        let (one, two) = (moment().unwrap(), moment().unwrap());
        assert_eq!(one.process, two.process);
        assert!(one.at <= two.at);
        assert_ne!(nonce().unwrap(), nonce().unwrap());
    }
}
