//! Keys and addresses: flags go before the environment, the environment before the file.

mod file;

use std::env;

use reshoot::{ApiKey, BaseUrl, Descriptor, Settings};
use reshoot_journal::Via;

use crate::{
    args::{ConnectionArgs, LoadArgs},
    exit::Failure,
};
pub(crate) use file::others_can_read;
use file::{ConfigFile, Section};

/// How a provider is reached by what was typed: flags go before the environment, that before the file.
pub(crate) fn via(
    descriptor: &Descriptor,
    connection: &ConnectionArgs,
    stage: Option<&str>,
) -> Result<Via, Failure> {
    let section = ConfigFile::load()?.section(descriptor.name());
    let ConnectionArgs { base_url, files_url } = connection;
    let base_url = first(base_url, &variable(descriptor, "BASE_URL"), section.base_url);
    let mut via = Via::new(descriptor.name());
    via.base_url = base_url.map(|setting| descriptor.resolve_base_url(&setting).to_owned());
    via.files_url = first(files_url, &variable(descriptor, "FILES_URL"), section.files_url);
    via.stage = stage.map(str::to_owned);
    Ok(via)
}

/// What it takes to connect to a provider at a place, with the user's key.
pub(crate) fn settings(descriptor: &Descriptor, via: &Via) -> Result<Settings, Failure> {
    let file = ConfigFile::load()?;
    let section = file.section(descriptor.name());
    let mut settings = Settings::new(key(descriptor, &section, &file)?);
    settings.base_url.clone_from(&via.base_url);
    settings.files_url =
        via.files_url.clone().or_else(|| emulated_files_url(via.base_url.as_deref()?, descriptor));
    if let Some(secret) = section.webhook_secret {
        let secret = ApiKey::new(secret).map_err(|error| Failure::set_up(&error))?;
        settings = settings.with_webhook_secret(secret);
    }
    Ok(settings)
}

/// What a provider's key may do: flags go before the file, that before what the provider documents.
pub(crate) fn load(descriptor: &Descriptor, flags: &LoadArgs) -> Result<LoadArgs, Failure> {
    Ok(ConfigFile::load()?.section(descriptor.name()).load.overruled_by(flags))
}

/// Whether there is a key for a provider.
pub(crate) fn has_key(descriptor: &Descriptor) -> Result<bool, Failure> {
    let section = ConfigFile::load()?.section(descriptor.name());
    Ok(set(descriptor.key_env).or(section.key).is_some())
}

fn key(descriptor: &Descriptor, section: &Section, file: &ConfigFile) -> Result<ApiKey, Failure> {
    match set(descriptor.key_env).or_else(|| section.key.clone()) {
        Some(key) => ApiKey::new(key).map_err(|error| Failure::set_up(&error)),
        None => Err(missing_key(descriptor, file)),
    }
}

fn missing_key(descriptor: &Descriptor, file: &ConfigFile) -> Failure {
    let (name, title) = (descriptor.name(), descriptor.capabilities.title);
    let variable = descriptor.key_env;
    let failure = Failure::usage(format!("there is no key for {title}: {variable} is not set"))
        .next(format!("export {variable}=…"));
    let failure = match file.path() {
        Some(path) => failure.next(format!(
            "or put it into {}, mode 600: [{name}] and, below it, key = \"…\"",
            path.display()
        )),
        None => failure,
    };
    failure.next("or try it without a key and for free: add --emulator to reshoot edit")
}

/// `EVOLINK_BASE_URL` and the like.
fn variable(descriptor: &Descriptor, ending: &str) -> String {
    format!("{}_{ending}", descriptor.name().to_ascii_uppercase().replace('-', "_"))
}

fn first(flag: &Option<String>, variable: &str, file: Option<String>) -> Option<String> {
    flag.clone().or_else(|| set(variable)).or(file)
}

/// The file service that an emulator on this machine has beside `/<provider>`.
fn emulated_files_url(base_url: &str, descriptor: &Descriptor) -> Option<String> {
    let base = BaseUrl::parse(base_url).ok()?;
    let is_emulated =
        base.is_loopback() && base.as_str().ends_with(&format!("/{}", descriptor.name()));
    is_emulated.then(|| format!("{}-files", base.as_str()))
}

/// A variable that is set and not empty.
fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.trim().is_empty())
}
