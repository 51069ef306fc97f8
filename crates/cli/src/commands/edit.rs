//! `reshoot edit`: the main job, from clip to edited clip.

use std::path::PathBuf;

use reshoot::Media;

use super::{Context, download, submit, wait};
use crate::{
    args::EditArgs,
    exit::Failure,
    output::Event,
    request,
    resume::Resume,
    session::{Session, emulated_staging},
};

pub(super) async fn run(args: &EditArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    if !args.staging.emulator {
        return in_session(args, context, None).await;
    }
    let connection = &args.connection;
    if connection.base_url.is_some() || connection.files_url.is_some() {
        return Err(Failure::usage(
            "--emulator brings its own addresses: leave --base-url and --files-url out",
        ));
    }
    context.out.show(Event::Emulated);
    let session = Session::emulated(args.provider).await?;
    in_session(args, context, Some(session)).await.map_err(Failure::emulated)
}

async fn in_session(
    args: &EditArgs,
    context: &mut Context<'_>,
    emulated: Option<Session>,
) -> Result<(), Failure> {
    let request = request::request(&args.request)?;
    let target = target(args, &request.video);
    let options = reshoot::DownloadOptions::default().with_overwrite(args.overwrite);
    reshoot::download::check_targets(&target, usize::from(request.outputs), &options)
        .map_err(|error| Failure::no_target(&error, &target))?;
    let staging = match &emulated {
        Some(_) => emulated_staging(args.provider),
        None => submit::staging(args.staging.stage.is_some()),
    };
    let checked = submit::check(request, args.provider, staging, context)?;
    let session = match emulated {
        Some(session) => session,
        None => Session::connect(args.provider, &args.connection)?
            .with_bucket(args.staging.stage.as_deref())?,
    };
    let resume = Resume::new(&args.connection).to(&target, args.overwrite);
    let accepted = submit::send(checked, &session, &resume, context).await?;
    let options = session.wait_options(&args.waiting);
    let job = wait::until_done(&accepted.job_ref, &session, &options, &resume, context).await?;
    download::fetch(&job, &session, &resume, context).await?;
    session.close().await;
    Ok(())
}

fn target(args: &EditArgs, clip: &Media) -> PathBuf {
    args.output.clone().unwrap_or_else(|| request::default_target(clip, args.provider))
}
