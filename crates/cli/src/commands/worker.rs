//! `reshoot worker`: serves the jobs of a fleet, until it is stopped.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use reshoot::{Error, ErrorKind, Operation};
use reshoot_core::S3Stage;
use reshoot_fleet::{Outputs, Route, WorkOptions};
use reshoot_restate::Worker;

use super::Context;
use crate::{
    args::{ConnectionArgs, WorkerArgs},
    config,
    exit::{Failure, with_cause},
    output,
    session::Connections,
};

pub(super) async fn run(args: &WorkerArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let outputs = outputs(&args.outputs)?;
    let listener = Worker::listen(args.listen)
        .map_err(|error| Failure::usage(format!("{} is not free: {error}", args.listen)))?;
    let mut options = WorkOptions::new(outputs);
    options.submit_within = args.submit_within;
    options.lag = args.lag;
    options.runs_for = args.runs_for;
    let accounts = Accounts { stage: args.stage.clone(), connected: Mutex::default() };
    let routes = move |provider: &str, account: &str| accounts.route(provider, account);
    let address = listener.local_addr().map_err(|error| Failure::usage(with_cause(&error)))?;
    output::result(format!("worker: listening on {address}; Ctrl-C ends it"));
    let interrupts = &mut context.interrupts;
    let stop = async {
        interrupts.next().await;
    };
    let served = Worker::new(Arc::new(routes), options).serve(listener, stop).await;
    served.map_err(|error| Failure::usage(with_cause(&error)))
}

/// Where results stay: `s3://bucket/prefix`, or a directory.
fn outputs(place: &str) -> Result<Outputs, Failure> {
    if place.starts_with("s3://") {
        let bucket = S3Stage::from_env(place).map_err(|error| Failure::set_up(&error))?;
        let scratch = std::env::temp_dir().join("reshoot-results");
        return Ok(Outputs::Bucket { bucket: Box::new(bucket), scratch });
    }
    let directory = PathBuf::from(place);
    if directory.is_dir() {
        Ok(Outputs::Directory(directory))
    } else {
        Err(Failure::usage(format!("there is no directory {place}")))
    }
}

/// The worker's own keys and addresses, each provider connected once.
struct Accounts {
    stage: Option<String>,
    connected: Mutex<HashMap<String, Route>>,
}

impl Accounts {
    fn route(&self, provider: &str, account: &str) -> Result<Route, Error> {
        if account != "default" {
            return Err(unknown(format!("this worker has no account {account:?}")));
        }
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = connected.get(provider) {
            return Ok(route.clone());
        }
        let route = self.connect(provider).map_err(|failure| unknown(failure.message))?;
        connected.insert(provider.to_owned(), route.clone());
        Ok(route)
    }

    fn connect(&self, provider: &str) -> Result<Route, Failure> {
        let descriptor = reshoot::provider(provider).map_err(|error| Failure::set_up(&error))?;
        let via = config::via(descriptor, &ConnectionArgs::default(), self.stage.as_deref())?;
        let route = Connections::real().route(&via)?;
        let fleet = Route::new(route.provider).with_stage(route.stage);
        Ok(fleet.with_loopback(route.allow_loopback))
    }
}

fn unknown(message: String) -> Error {
    Error::new(ErrorKind::Config, Operation::Configure, message)
}
