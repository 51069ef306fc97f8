//! The configuration file: one section per provider, readable by its owner only.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use reshoot::{Descriptor, PROVIDERS};
use toml::{Table, Value};

use crate::{args::LoadArgs, exit::Failure, shell};

const SETTINGS: [&str; 7] =
    ["at_once", "base_url", "files_url", "key", "polls", "starts", "webhook_secret"];

/// What the file says about one provider. No `Debug`: it holds a key.
#[derive(Clone, Default)]
pub(super) struct Section {
    pub(super) key: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) files_url: Option<String>,
    pub(super) webhook_secret: Option<String>,
    /// What the key may do.
    pub(super) load: LoadArgs,
}

/// The configuration file, or that there is none.
#[derive(Default)]
pub(super) struct ConfigFile {
    path: Option<PathBuf>,
    sections: BTreeMap<String, Section>,
}

impl ConfigFile {
    /// Reads `reshoot/config.toml` in the user's configuration directory.
    pub(super) fn load() -> Result<Self, Failure> {
        // Without a home directory there is no such file.
        let Ok(strategy) = etcetera::choose_base_strategy() else {
            return Ok(Self::default());
        };
        let path = strategy.config_dir().join("reshoot").join("config.toml");
        let sections = match read(&path)? {
            Some(text) => parse(&text).map_err(|problem| unusable(&path, &problem))?,
            None => BTreeMap::new(),
        };
        Ok(Self { path: Some(path), sections })
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn section(&self, provider: &str) -> Section {
        self.sections.get(provider).cloned().unwrap_or_default()
    }
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error.to_string())),
    };
    if others_can_read(&file).map_err(|error| unusable(path, &error.to_string()))? {
        let problem = "holds keys, but others than its owner can read it";
        let chmod = shell::line(["chmod", "600", &path.display().to_string()]);
        return Err(unusable(path, problem).next(chmod));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| unusable(path, &error.to_string()))?;
    Ok(Some(text))
}

/// Whether anybody but its owner can read a file.
#[cfg(unix)]
pub(crate) fn others_can_read(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Whether anybody but its owner can read a file: not told here.
#[cfg(not(unix))]
pub(crate) fn others_can_read(_: &File) -> io::Result<bool> {
    Ok(false)
}

fn unusable(path: &Path, problem: &str) -> Failure {
    Failure::usage(format!("{}: {problem}", path.display()))
}

/// Reads the sections. No message quotes a value: it may be a key.
fn parse(text: &str) -> Result<BTreeMap<String, Section>, String> {
    let table: Table = text.parse().map_err(|error| not_toml(text, &error))?;
    table
        .into_iter()
        .map(|(provider, value)| {
            if PROVIDERS.iter().all(|known| known.name() != provider) {
                let known: Vec<_> = PROVIDERS.iter().map(Descriptor::name).collect();
                return Err(format!(
                    "there is no provider {provider:?}; known: {}",
                    known.join(", ")
                ));
            }
            let section = section(&provider, value)?;
            Ok((provider, section))
        })
        .collect()
}

fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    format!("line {line} is not valid TOML; values stand in quotes, as in key = \"…\"")
}

fn section(provider: &str, value: Value) -> Result<Section, String> {
    let Value::Table(settings) = value else {
        return Err(format!("{provider} must be a section: [{provider}]"));
    };
    let mut section = Section::default();
    for (name, value) in settings {
        let text = match value {
            Value::String(text) => text,
            Value::Integer(count) if name == "at_once" => count.to_string(),
            _ => return Err(format!("{name} in [{provider}] must be a text in quotes")),
        };
        let unfit = |problem: String| format!("{name} in [{provider}]: {problem}");
        match name.as_str() {
            "key" => section.key = Some(text),
            "base_url" => section.base_url = Some(text),
            "files_url" => section.files_url = Some(text),
            "webhook_secret" => section.webhook_secret = Some(text),
            "at_once" => section.load.at_once = vec![text.parse().map_err(unfit)?],
            "starts" => section.load.starts = vec![text.parse().map_err(unfit)?],
            "polls" => section.load.polls = vec![text.parse().map_err(unfit)?],
            _ => {
                let known = SETTINGS.join(", ");
                return Err(format!("[{provider}] has no setting {name:?}; known: {known}"));
            }
        }
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_has_its_section() {
        let text = "[evolink]\nkey = \"k1\"\nfiles_url = \"u\"\n[novita]\nbase_url = \"jiekou\"\n";
        let sections = parse(text).unwrap();
        assert_eq!(sections["evolink"].key.as_deref(), Some("k1"));
        assert_eq!(sections["evolink"].files_url.as_deref(), Some("u"));
        assert_eq!(sections["novita"].base_url.as_deref(), Some("jiekou"));
        assert!(sections["novita"].key.is_none());
    }

    #[test]
    fn what_a_key_may_do_stands_in_its_section() {
        let text = "[fal]\nat_once = 40\nstarts = \"600/1m\"\npolls = \"50/1s\"\n";
        let load = parse(text).unwrap()["fal"].load.load(reshoot::provider("fal").unwrap());
        assert_eq!((load.at_once, load.starts, load.per.as_secs()), (40, 600, 60));
    }

    #[test]
    fn what_cannot_be_used_is_named_but_no_value_is_shown() {
        for (text, problem) in [
            ("[acme]\nkey = \"SECRET\"", "there is no provider \"acme\"; known: apiframe, "),
            ("[evolink]\nkye = \"SECRET\"", "[evolink] has no setting \"kye\"; known: at_once, "),
            ("[evolink]\nat_once = 0", "at_once in [evolink]: nothing could ever begin"),
            ("[evolink]\nstarts = \"5\"", "starts in [evolink]: it reads COUNT/TIME"),
            ("[evolink]\nkey = 5318008", "key in [evolink] must be a text in quotes"),
            ("\n[evolink]\nkey = SECRET", "line 3 is not valid TOML"),
            ("evolink = \"SECRET\"", "evolink must be a section: [evolink]"),
        ] {
            let Err(message) = parse(text) else { panic!("accepted: {text}") };
            assert!(message.starts_with(problem), "{message}");
            assert!(!message.contains("SECRET") && !message.contains("5318008"), "{message}");
        }
    }
}
