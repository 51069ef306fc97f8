//! Where rows stand in the journal.

use std::path::PathBuf;

use reshoot::{EditRequest, media::VideoFacts};
use reshoot_journal::{BatchRow, Filter, JobId, State, Usd};

use super::{
    super::plan::{Books, Standing},
    Local,
};
use crate::{
    exit::Failure,
    manifest::{Row, RowKey},
};

impl Books for Local<'_> {
    async fn standing(&self, row: &Row) -> Result<Standing<String>, Failure> {
        Ok(match self.row_standing(row.key)? {
            Standing::New => Standing::New,
            Standing::Unsent(row, held) => Standing::Unsent(row.provider, held),
            Standing::Open(row) => Standing::Open(row.provider),
            Standing::Done { is_there } => Standing::Done { is_there },
            Standing::Ended(row) => Standing::Ended(row.provider),
        })
    }

    fn targets(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut all = vec![Filter::open()];
        if self.batch.args.overwrite {
            // Files in the way are replaced, but for those that this batch has paid for.
            let mut paid = Filter::default();
            (paid.batch, paid.states) = (Some(self.batch.name.clone()), vec![State::Downloaded]);
            all.push(paid);
        }
        let mut targets = Vec::new();
        for filter in all {
            let listing = self.journal().list(&filter).map_err(|error| Failure::journal(&error))?;
            targets.extend(listing.jobs.into_iter().filter_map(|job| job.target));
        }
        Ok(targets)
    }

    async fn measure(&self, request: &EditRequest) -> Option<VideoFacts> {
        self.lead.runner.measure(request).await
    }
}

impl Local<'_> {
    /// How much is set aside for a job.
    fn set_aside(&self, job: JobId) -> Result<Usd, Failure> {
        let job = self.journal().job(job).map_err(|error| Failure::journal(&error))?;
        Ok(job.last().and_then(|last| last.owed).unwrap_or_default())
    }

    /// Where a row stands in the journal.
    pub(super) fn row_standing(&self, key: RowKey) -> Result<Standing<BatchRow>, Failure> {
        let found = self.journal().row(&self.batch.name, &key.to_string());
        let found = found.map_err(|error| Failure::journal(&error))?;
        Ok(match found {
            None => Standing::New,
            Some(row) if row.state == State::Intent => {
                let held = self.set_aside(row.job)?;
                Standing::Unsent(row, held)
            }
            Some(row) if row.state.is_open() => Standing::Open(row),
            Some(row) if row.state == State::Downloaded => {
                Standing::Done { is_there: row.target.is_some_and(|target| target.exists()) }
            }
            // Proved that nothing is owed: as if it had never been begun.
            Some(row) if row.state == State::Refused || self.batch.args.retry => Standing::New,
            Some(row) => Standing::Ended(row),
        })
    }
}
