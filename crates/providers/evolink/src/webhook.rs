//! EvoLink's callbacks: the task as a status call would show it, unsigned.

use reshoot_core::{Delivery, Error, Hint, wire::DeliveryCheck};

use crate::{NAME, response};

/// Reads a delivery. No signature is documented, so anybody who knows the URL can send one: put an
/// unguessable token into the URL, and confirm each hint with a status call.
pub(crate) fn read(delivery: &Delivery<'_>) -> Result<Hint, Error> {
    let task = DeliveryCheck::new(NAME, delivery).read()?;
    Ok(Hint::new(response::job(task)?, false, None))
}
