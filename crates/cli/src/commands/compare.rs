//! `reshoot compare`: one edit at several providers at once, and a page of what became of it.
//!
//! It is a batch of rows that name their provider, so whatever keeps a batch from paying twice keeps this.

use std::{fs, path::PathBuf};

use reshoot::{Media, redact};
use reshoot_journal::Filter;

use super::{
    Context,
    batch::{self, Local},
};
use crate::{
    args::CompareArgs,
    confirm,
    exit::{Exit, Failure},
    manifest::{Grid, Manifest},
    output::Event,
    page::{self, Folder, ORIGINALS, Shelf},
    request,
};

pub(super) async fn run(args: &CompareArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let video = request::media(&args.clip)?;
    let stem = request::stem(&video);
    let output = args.output.clone().unwrap_or_else(|| format!("{stem}-compared").into());
    let folder = Folder::new(&output, args.overwrite, args.staging.emulator)?;
    let name = folder.path().to_string_lossy().into_owned();
    let mut batch_args = args.batch(name, folder.path().to_owned());
    // What an emulator made may be replaced by what it makes.
    batch_args.overwrite |= folder.has_emulated() && args.staging.emulator;
    let clip = clip(&video)?;
    let grid = Grid {
        clip: &clip,
        prompts: prompts(args)?,
        seeds: args.seeds.iter().map(ToString::to_string).collect(),
        providers: args.provider.clone(),
    };
    let manifest = Manifest::of_rows(grid.rows(), here()?);
    batch::with_rows(&batch_args, manifest, context, async |local, context| {
        let plan = local.quote(context).await?;
        if args.dry_run {
            return Ok(());
        }
        if !args.yes && args.caps.max_cost.is_none() && !args.staging.emulator {
            confirm::spend(&plan.quoted, context).await?;
        }
        // Nothing is paid for that could not be shown.
        folder.make(ORIGINALS)?;
        let led = local.lead_rows(&plan, context).await;
        fetch_original(&video, &folder, context).await;
        let written = write(local, &folder).map_err(|failure| unwritten(failure, local, context));
        if let Ok(Some(index)) = &written {
            context.out.show(Event::Page(index));
        }
        led.and(written.map(drop))
    })
    .await
}

/// The prompt that was typed, and those of the file, each once.
fn prompts(args: &CompareArgs) -> Result<Vec<String>, Failure> {
    let mut prompts = match args.prompt.as_deref() {
        Some("-") => vec![request::prompt_from_stdin()?],
        typed => typed.into_iter().map(str::to_owned).collect(),
    };
    if let Some(path) = &args.prompts {
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("the prompts in {} cannot be read: {error}", path.display()))
        })?;
        prompts.extend(lines(&text));
    }
    if prompts.iter().all(|prompt| prompt.trim().is_empty()) {
        return Err(Failure::usage("there is no prompt: say what to do with the clip"));
    }
    Ok(prompts)
}

fn lines(text: &str) -> impl Iterator<Item = String> {
    // What some editors begin a file with.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map(|line| line.trim().to_owned())
}

/// The clip's one name, however it was typed: the same clip is the same edit.
fn clip(video: &Media) -> Result<String, Failure> {
    let path = match video {
        Media::Url(url) => return Ok(url.to_string()),
        Media::File(path) => path.canonicalize().unwrap_or_else(|_| path.clone()),
    };
    let path = request::seen_here(&path);
    path.into_os_string().into_string().map_err(|path| {
        let shown = path.to_string_lossy();
        Failure::usage(format!("the name of the clip {shown} is no text: rename it"))
    })
}

fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::usage(format!("the working directory is gone: {error}")))
}

/// Brings the original of a link here. Without it the page shows what came after, not what was before.
async fn fetch_original(video: &Media, folder: &Folder, context: &mut Context<'_>) {
    let Media::Url(url) = video else {
        return;
    };
    let fetched = context.interrupts.or(folder.fetch(url)).await;
    if let Ok(Err(error)) = fetched {
        let shown = redact::shown(url);
        let message = format!("the page goes without the original, {shown}: {}", error.message());
        context.out.show(Event::NothingToDo(&message));
    }
}

/// Writes the page of all that is in the folder; none if nothing was begun.
fn write(local: &Local<'_>, folder: &Folder) -> Result<Option<PathBuf>, Failure> {
    let mut filter = Filter::default();
    filter.batch = Some(local.name().to_owned());
    let jobs = page::jobs(local.journal(), &filter)?;
    if jobs.is_empty() {
        return Ok(None);
    }
    let title = folder.path().file_name().unwrap_or_default().to_string_lossy();
    let shelf = Shelf::new(local.journal(), folder).emulated(local.is_emulated());
    shelf.write(&jobs, &title).map(Some)
}

/// The edits are there; only what shows them is not.
fn unwritten(failure: Failure, local: &Local<'_>, context: &Context<'_>) -> Failure {
    let words = ["report", "--batch", local.name(), "-o", "ANOTHER-FOLDER"];
    let again = context.journal.command(words.map(str::to_owned));
    Failure::new(Exit::NotDownloaded, "page", failure.message)
        .money("what was paid for is in the folder; only the page of it is missing")
        .next(format!("{again}  # makes the page elsewhere"))
}
