//! What batches are led with: the record of them, and the ways to the providers.

use std::sync::Arc;

use reshoot::{Descriptor, Staging};
use reshoot_emulator::Emulator;
use reshoot_journal::{Journal, Via};
use tokio_util::sync::CancellationToken;

use super::{Batch, Local, Place, begin};
use crate::{
    args::{BatchArgs, LoadArgs},
    config,
    exit::Failure,
    journal::JournalPlace,
    lead::Lead,
    manifest::Manifest,
    session::{Connections, emulated_staging, emulated_via},
};

/// All batches that are led with the same means share their connections, and what a key may do.
pub(in crate::commands) struct Means<'e> {
    journal: Journal,
    connections: Arc<Connections>,
    /// What takes the providers' place.
    emulator: Option<&'e Emulator>,
    /// Stops all of them.
    stop: CancellationToken,
}

impl<'e> Means<'e> {
    /// At the providers themselves.
    pub(in crate::commands) fn real(journal: Journal, load: &LoadArgs) -> Self {
        let connections = Arc::new(Connections::real().with_load(load));
        Self { journal, connections, emulator: None, stop: CancellationToken::new() }
    }

    /// At an emulator in this process.
    pub(in crate::commands) fn emulated(
        journal: Journal,
        emulator: &'e Emulator,
        load: &LoadArgs,
    ) -> Self {
        let connections = Arc::new(Connections::emulated(emulator).with_load(load));
        Self { journal, connections, emulator: Some(emulator), stop: CancellationToken::new() }
    }

    pub(in crate::commands) const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// A batch of these rows. Whether there is a key for each of its providers is found out before the
    /// first row, unless it is only quoted.
    pub(in crate::commands) fn batch<'a>(
        &self,
        args: &'a BatchArgs,
        manifest: Manifest,
        place: JournalPlace,
    ) -> Result<Batch<'a>, Failure> {
        let routes = self.routes(args)?;
        if !args.dry_run {
            routes.iter().try_for_each(|via| self.connections.route(via).map(drop))?;
        }
        let mut batch = Batch::new(args, manifest, self.places(args, routes)?, place)?;
        batch.name = self.named(batch.name);
        Ok(batch)
    }

    /// What a batch is called in the journal: what was only tried is not done.
    pub(in crate::commands) fn named(&self, name: String) -> String {
        if self.is_emulated() { name + " (emulated)" } else { name }
    }

    /// What leads a batch.
    pub(in crate::commands) fn local<'a>(&self, batch: &'a Batch<'a>) -> Local<'a> {
        let (connections, stop) = (Arc::clone(&self.connections), self.stop.child_token());
        Local::new(batch, self.journal.clone(), connections, self.is_emulated(), stop)
    }

    /// What leads jobs that were begun before.
    pub(in crate::commands) fn lead(&self, args: &BatchArgs) -> Lead {
        let (journal, connections) = (self.journal.clone(), Arc::clone(&self.connections));
        Lead::new(journal, connections, Some(&args.waiting), self.is_emulated(), |options| {
            options.stop = self.stop.child_token();
            options.lag = args.lag.lag;
        })
    }

    /// Stops all that is led with them, each at its next safe point.
    pub(in crate::commands) fn stop(&self) {
        self.stop.cancel();
    }

    pub(in crate::commands) const fn is_emulated(&self) -> bool {
        self.emulator.is_some()
    }

    fn routes(&self, args: &BatchArgs) -> Result<Vec<Via>, Failure> {
        let emulated = |emulator| {
            let via = |descriptor: &&'static Descriptor| emulated_via(descriptor, emulator);
            Ok(args.provider.iter().map(via).collect())
        };
        let real =
            || begin::routes(&args.provider, &args.connection, args.staging.stage.as_deref());
        self.emulator.map_or_else(real, emulated)
    }

    fn places(&self, args: &BatchArgs, routes: Vec<Via>) -> Result<Vec<Place>, Failure> {
        let place = |(via, descriptor): (Via, &&'static Descriptor)| {
            let load = config::load(descriptor, &args.load)?.load(descriptor);
            let at_once = usize::try_from(load.at_once).unwrap_or(usize::MAX);
            Ok(Place { descriptor, via, staging: self.staging(args, descriptor), at_once })
        };
        routes.into_iter().zip(&args.provider).map(place).collect()
    }

    const fn staging(&self, args: &BatchArgs, descriptor: &Descriptor) -> Staging {
        match self.emulator {
            Some(_) => emulated_staging(descriptor),
            None => begin::staging(args.staging.stage.is_some()),
        }
    }
}
