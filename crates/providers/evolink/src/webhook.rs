//! EvoLink's callbacks: the task as a status call would show it, unsigned.

use reshoot_core::{Delivery, Error, ErrorKind, Hint, Operation};

use crate::{NAME, response};

/// Reads a delivery. No signature is documented, so anybody who knows the URL can send one: put an
/// unguessable token into the URL, and confirm each hint with a status call.
pub(crate) fn read(delivery: &Delivery<'_>) -> Result<Hint, Error> {
    let task = serde_json::from_slice(delivery.body).map_err(|error| {
        let message = format!("the body cannot be read: {error}");
        Error::new(ErrorKind::Unreadable, Operation::Webhook, message).with_provider(NAME)
    })?;
    Ok(Hint::new(response::job(task)?, false, None))
}
