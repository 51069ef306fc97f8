//! Where results stay: a directory that all workers share, or a bucket.

use std::path::{Component, Path, PathBuf};

use reshoot_core::{
    DownloadOptions, Downloaded, Error, ErrorKind, Job, JobState, LocalFile, MediaKind, Operation,
    S3Stage,
    download::{check_targets, target_names},
    fetch_outputs,
};

use super::Route;
use crate::outcome::File;

/// Where results stay. A file that is there is never replaced by another edit's: the later one gets the
/// name of its job as well.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outputs {
    /// A directory, the same for all workers.
    Directory(PathBuf),
    /// A bucket.
    Bucket {
        /// Which, and below which prefix.
        bucket: Box<S3Stage>,
        /// A directory of this machine's for what is on its way there.
        scratch: PathBuf,
    },
}

impl Outputs {
    /// Brings the results of a job here: `target` and its siblings.
    pub(super) async fn fetch(
        &self,
        route: &Route,
        job: &Job,
        target: &str,
    ) -> Result<Vec<File>, Error> {
        match self {
            Self::Directory(directory) => to_disk(route, job, &directory.join(target)).await,
            Self::Bucket { bucket, scratch } => {
                let own = named_after(Path::new(target), job);
                let near = scratch.join(format!("{}-{}", job.job_ref.provider(), flat(&own)));
                let files = download(route, job, &near, true).await?;
                let kept = to_bucket(bucket, job, target, &files).await?;
                for file in files {
                    // What stays behind costs room, and nothing else.
                    if let Err(error) = tokio::fs::remove_file(&file.path).await {
                        tracing::warn!(%error, "a file in the scratch directory stays");
                    }
                }
                Ok(kept)
            }
        }
    }
}

async fn to_disk(route: &Route, job: &Job, target: &Path) -> Result<Vec<File>, Error> {
    let count = match &job.state {
        JobState::Succeeded { outputs, .. } => outputs.len(),
        _ => 0,
    };
    make_parent(target).await?;
    let is_free = check_targets(target, count, &DownloadOptions::default()).is_ok();
    // Under the job's own name a file can only be of an earlier try.
    let files = if is_free {
        download(route, job, target, false).await?
    } else {
        download(route, job, &named_after(target, job), true).await?
    };
    let file = |it: Downloaded| File {
        place: it.path.to_string_lossy().into_owned(),
        bytes: it.bytes,
        sha256: it.sha256,
    };
    Ok(files.into_iter().map(file).collect())
}

async fn to_bucket(
    bucket: &S3Stage,
    job: &Job,
    target: &str,
    files: &[Downloaded],
) -> Result<Vec<File>, Error> {
    let target = Path::new(target);
    let names = target_names(target, files.len()).into_iter();
    let spare = target_names(&named_after(target, job), files.len());
    let mut kept = Vec::with_capacity(files.len());
    for ((file, name), spare) in files.iter().zip(names).zip(spare) {
        let local = LocalFile::new(file.path.clone(), MediaKind::Video, file.bytes, "video/mp4");
        let url = match bucket.keep_new(&object(&name), &local, &file.sha256).await? {
            Some(url) => url,
            // Under the job's own name an object can only be of an earlier try.
            None => bucket.keep(&object(&spare), &local, &file.sha256).await?,
        };
        kept.push(File { place: url.into(), bytes: file.bytes, sha256: file.sha256.clone() });
    }
    Ok(kept)
}

async fn download(
    route: &Route,
    job: &Job,
    target: &Path,
    overwrite: bool,
) -> Result<Vec<Downloaded>, Error> {
    make_parent(target).await?;
    let options =
        DownloadOptions::default().with_overwrite(overwrite).with_loopback(route.allow_loopback);
    fetch_outputs(&*route.provider, job, target, &options, &mut |_| {}).await
}

async fn make_parent(target: &Path) -> Result<(), Error> {
    let Some(directory) = target.parent() else {
        return Ok(());
    };
    tokio::fs::create_dir_all(directory).await.map_err(|error| {
        let message = format!("{} cannot be made", directory.display());
        Error::new(ErrorKind::Io, Operation::Download, message).with_source(error)
    })
}

/// `day/clip.mp4` with the job's id in it: `day/clip-ID.mp4`.
fn named_after(target: &Path, job: &Job) -> PathBuf {
    let mut name = target.file_stem().unwrap_or_default().to_owned();
    name.push("-");
    name.push(job.job_ref.id().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    if let Some(extension) = target.extension() {
        name.push(".");
        name.push(extension);
    }
    target.with_file_name(name)
}

fn flat(name: &Path) -> String {
    object(name).replace('/', "-")
}

/// An object's name has slashes on every system.
fn object(name: &Path) -> String {
    let parts = name.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use reshoot_core::JobRef;

    use super::*;

    #[test]
    fn a_name_of_its_own_stays_in_its_directory() {
        let job = Job::new(JobRef::new("scripted", "a/../b:7").unwrap(), JobState::Queued);
        for (target, own) in [("day/clip.mp4", "day/clip-a----b-7.mp4"), ("clip", "clip-a----b-7")]
        {
            assert_eq!(object(&named_after(Path::new(target), &job)), own);
        }
    }
}
