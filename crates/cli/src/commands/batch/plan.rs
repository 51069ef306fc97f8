//! Before the first cent: every row checked, and priced at every provider that can run it.

use std::{collections::HashMap, path::PathBuf};

use futures_util::{StreamExt, stream};
use reshoot::{EditRequest, Violation, Warning, media::VideoFacts};
use reshoot_journal::{OverCap, Usd};

use super::{
    Batch,
    order::{Offer, in_order},
    planner::Planner,
};
use crate::{
    exit::Failure,
    manifest::{Row, RowKey, Unfit},
    output::{Output, Quoted},
};

/// How many clips at URLs are looked into at the same time.
const PROBES: usize = 16;

/// What is to be done with each row. All that is kept of a row: some 80 bytes.
#[derive(Debug)]
pub(in crate::commands) struct Plan {
    /// On which line, and what is to be done with it; none where it is done, or cannot be run.
    pub(super) rows: HashMap<RowKey, (u64, Option<Planned>)>,
    /// How many are led at each of the batch's providers.
    pub(super) lanes: Vec<u64>,
    pub(in crate::commands) quoted: Quoted,
}

/// How a row is led.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    /// At which of the batch's providers it is led.
    pub(super) lane: usize,
    /// Its file has its other name, since another's has the first.
    pub(super) renamed: bool,
    /// Its price is part of what was quoted: it may begin.
    pub(super) is_quoted: bool,
    /// The most that was quoted for it, wherever it goes; none if no price is known.
    pub(super) agreed: Option<Usd>,
}

/// What is to be done with a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Led(Planned),
    /// It is done, or cannot be run.
    LeftOut,
    /// It was not in the manifest when that was checked.
    Unknown,
}

/// Where a row stands, with what is known of its job.
#[derive(Clone, Debug)]
pub(super) enum Standing<T> {
    /// Nothing is owed for it: it was never begun, or refused, or shall be begun anew.
    New,
    /// An earlier run meant to begin it, and has sent nothing; so much is set aside for it.
    Unsent(T, Usd),
    /// Something is still to be done about it, or to be found out.
    Open(T),
    /// Its file is there; or was, and has been moved or removed since.
    Done { is_there: bool },
    /// It ended without a result.
    Ended(T),
}

/// Who knows where rows stand.
pub(super) trait Books {
    /// Where a row stands by now, and the provider of its job.
    async fn standing(&self, row: &Row) -> Result<Standing<String>, Failure>;

    /// The files of jobs that are still to come: a row that now stands before theirs must not take the
    /// name.
    fn targets(&self) -> Result<Vec<PathBuf>, Failure>;

    /// What is in a clip at a URL; none where it is not known.
    async fn measure(&self, request: &EditRequest) -> Option<VideoFacts>;
}

/// A row that was looked at.
pub(super) enum Looked {
    Unfit(Unfit),
    Known(Row, Standing<String>),
    New(Row, Checks),
    Unsent(Row, Checks, Usd),
}

/// What the providers say to a row.
#[derive(Default)]
pub(super) struct Checks {
    /// Of those that can run it, in the order in which they are tried.
    pub(super) offers: Vec<Offer>,
    /// Of the others: which provider, and why it cannot.
    pub(super) refusals: Vec<(&'static str, Vec<Violation>)>,
    pub(super) warnings: Vec<Warning>,
}

impl Plan {
    /// How many rows are to be led, or looked at again.
    pub(super) fn planned(&self) -> u64 {
        let planned = self.rows.values().filter(|(_, planned)| planned.is_some()).count();
        u64::try_from(planned).unwrap_or(u64::MAX)
    }

    /// What is to be done with a row.
    pub(super) fn fate(&self, key: RowKey) -> Fate {
        match self.rows.get(&key) {
            Some((_, Some(planned))) => Fate::Led(*planned),
            Some((_, None)) => Fate::LeftOut,
            None => Fate::Unknown,
        }
    }
}

impl Batch<'_> {
    /// Looks at every row, in their order. Tells what is wrong as it is found.
    pub(super) async fn plan(&self, books: &impl Books, out: &dyn Output) -> Result<Plan, Failure> {
        let mut planner = Planner::new(self, out);
        books.targets()?.iter().for_each(|target| planner.claim(target));
        let rows = stream::iter(self.manifest.rows(&self.terms)?);
        let mut looked = rows.map(|row| self.look(row, books)).buffered(PROBES);
        while let Some(row) = looked.next().await {
            planner.take(row?);
            // Files are read without waiting: whoever wants to stop must get a turn.
            tokio::task::yield_now().await;
        }
        Ok(planner.finish())
    }

    async fn look(&self, row: Result<Row, Unfit>, books: &impl Books) -> Result<Looked, Failure> {
        let row = match row {
            Ok(row) => row,
            Err(unfit) => return Ok(Looked::Unfit(unfit)),
        };
        let standing = books.standing(&row).await?;
        if !matches!(standing, Standing::New | Standing::Unsent(..)) {
            return Ok(Looked::Known(row, standing));
        }
        // A cap needs to know how long the clip is.
        let facts = if self.caps.any() { books.measure(&row.request).await } else { None };
        let checks = self.check_row(&row, facts.as_ref());
        Ok(match standing {
            Standing::Unsent(provider, held) => match self.going_on(checks, &provider) {
                Some(checks) => Looked::Unsent(row, checks, held),
                None => Looked::Known(row, Standing::Open(provider)),
            },
            _ => Looked::New(row, checks),
        })
    }

    /// The provider that a row was meant for goes first; none if it cannot run it any more.
    fn going_on(&self, mut checks: Checks, provider: &str) -> Option<Checks> {
        let is_its = |offer: &Offer| {
            self.places.get(offer.provider).is_some_and(|it| it.descriptor.name() == provider)
        };
        let at = checks.offers.iter().position(is_its)?;
        let first = checks.offers.remove(at);
        checks.offers.insert(0, first);
        Some(checks)
    }

    /// Checks a row for every provider.
    pub(super) fn check_row(&self, row: &Row, facts: Option<&VideoFacts>) -> Checks {
        let mut checks = Checks::default();
        for (provider, place) in self.places.iter().enumerate() {
            let name = place.descriptor.name();
            if row.provider.is_some_and(|only| only.name() != name) {
                continue;
            }
            let capabilities = place.descriptor.capabilities;
            let checked = row.request.clone().check_knowing(capabilities, place.staging, facts);
            match checked {
                Ok(checked) => {
                    let usd = checked.estimate().usd.and_then(Usd::at_least);
                    if usd.is_none() && self.caps.any() && !self.caps.allow_unknown_price {
                        let unknown = OverCap::UnknownPrice { provider: name.to_owned() };
                        let wrong = Violation::new("provider", unknown.to_string());
                        checks.refusals.push((name, vec![wrong]));
                    } else {
                        checks.warnings.extend(checked.warnings().iter().cloned());
                        checks.offers.push(Offer { provider, usd });
                    }
                }
                Err(violations) => checks.refusals.push((name, violations.list)),
            }
        }
        if let Some(only) =
            row.provider.filter(|_| checks.offers.is_empty() && checks.refusals.is_empty())
        {
            let message = "it is none of the batch's providers: name it with --provider as well";
            checks.refusals.push((only.name(), vec![Violation::new("provider", message)]));
        }
        checks.offers = in_order(checks.offers, &self.share, row.key);
        checks
    }
}
