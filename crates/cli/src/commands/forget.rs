//! `reshoot forget`: removes jobs from the journal; what they cost stays counted.

use reshoot_journal::{JobId, Journal, JournalError};

use crate::{
    args::ForgetArgs,
    exit::{Exit, Failure},
    journal::JournalPlace,
    output::{Event, Output},
};

pub(super) fn run(
    args: &ForgetArgs,
    place: &JournalPlace,
    out: &dyn Output,
) -> Result<(), Failure> {
    let journal = place.open()?;
    for text in &args.job {
        let id = journal.find(text).map_err(|error| Failure::journal(&error))?;
        forget(&journal, id, args.abandon).map_err(|error| refused(&error, id, place))?;
        out.show(Event::Forgotten(id));
    }
    Ok(())
}

fn forget(journal: &Journal, id: JobId, abandon: bool) -> Result<(), JournalError> {
    if abandon {
        journal.abandon(id, "given up by its user")?;
    }
    journal.forget(id)
}

fn refused(error: &JournalError, id: JobId, place: &JournalPlace) -> Failure {
    let failure = Failure::journal(error);
    match error {
        JournalError::Open { .. } => Failure { exit: Exit::Refused, ..failure }
            .money("it may have been paid for, and its result may not be here")
            .next(place.resume(id))
            .next("or give it up, with what it may have cost, by adding --abandon"),
        JournalError::Driven { .. } => {
            Failure { exit: Exit::Refused, ..failure }.next("wait for the other process, or end it")
        }
        _ => failure,
    }
}
