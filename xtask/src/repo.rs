//! Where things are in the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The providers' words, sorted: the stems of `specs/*.yaml`.
#[must_use]
pub fn providers(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join("specs")).into_iter().flatten().flatten();
    let mut providers: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    providers.sort();
    providers
}

/// The spec of a provider, relative to the root.
#[must_use]
pub fn spec(provider: &str) -> String {
    format!("specs/{provider}.yaml")
}

/// The generated client of a provider, relative to the root.
#[must_use]
pub fn client(provider: &str) -> String {
    format!("crates/providers/{provider}/src/generated.rs")
}

/// The emulator's copy of a provider's spec, relative to the root.
#[must_use]
pub fn emulator_spec(provider: &str) -> String {
    format!("crates/emulator/src/specs/{provider}.json")
}
