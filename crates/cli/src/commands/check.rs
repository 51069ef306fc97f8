//! `reshoot check`: would it run, where, and for how much; sends and spends nothing.

use reshoot::{Descriptor, Media, PROVIDERS, Staging, media::probe_video};

use super::begin;
use crate::{
    args::{CheckArgs, StagingArgs},
    exit::{Exit, Failure},
    output::{Event, Output},
    request,
    session::emulated_staging,
};

pub(super) fn run(args: &CheckArgs, out: &dyn Output) -> Result<(), Failure> {
    let request = request::request(&args.request)?;
    if let Media::File(path) = &request.video
        && let Ok(facts) = probe_video(path)
    {
        out.show(Event::Clip(&facts));
    }
    let mut can_run = false;
    for descriptor in providers(args) {
        match reshoot::check(request.clone(), descriptor, staging(&args.staging, descriptor)) {
            Ok(checked) => {
                can_run = true;
                out.show(Event::Fit(&checked));
            }
            Err(violations) => out.show(Event::Unfit(&violations)),
        }
    }
    if can_run { Ok(()) } else { Err(nowhere(args)) }
}

fn providers(args: &CheckArgs) -> Vec<&'static Descriptor> {
    match args.provider {
        Some(descriptor) => vec![descriptor],
        None => PROVIDERS.iter().collect(),
    }
}

const fn staging(args: &StagingArgs, descriptor: &Descriptor) -> Staging {
    if args.emulator {
        return emulated_staging(descriptor);
    }
    begin::staging(args.stage.is_some())
}

fn nowhere(args: &CheckArgs) -> Failure {
    let message = match args.provider {
        Some(descriptor) => {
            format!("{} cannot run this edit as it is", descriptor.capabilities.title)
        }
        None => "no provider can run this edit as it is".to_owned(),
    };
    Failure::new(Exit::Refused, "violations", message).money("nothing was sent or spent")
}
