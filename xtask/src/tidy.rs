//! `cargo xtask tidy`: the house rules that no compiler checks.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// How a file opens: with a line that says what it holds, or with a README that does.
const OPENINGS: [&str; 2] = ["//!", "#![doc = include_str!("];

/// The most lines of a source file.
const MAX_LINES: usize = 500;

/// Marks that need a link beside them; put together here so that this file does not break its own
/// rule.
const MARKS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Tests that do not run, or that cannot say what went wrong.
const BANNED: [&str; 3] =
    [concat!("#[ig", "nore]"), concat!("#[ig", "nore ="), concat!("#[should", "_panic")];

/// Every broken house rule, one line each; none is the good case.
///
/// # Errors
/// When a file cannot be read.
pub fn check(root: &Path) -> io::Result<Vec<String>> {
    let mut problems = Vec::new();
    for path in files(root)? {
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let add = |problem: String| problems.push(format!("{shown}{problem}"));
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") if !shown.ends_with("generated.rs") => {
                source(&fs::read_to_string(&path)?, add)
            }
            Some("toml") if shown.ends_with("Cargo.toml") => {
                manifest(&path, &fs::read_to_string(&path)?, add);
            }
            _ => {}
        }
    }
    Ok(problems)
}

fn source(text: &str, mut add: impl FnMut(String)) {
    if !OPENINGS.iter().any(|opening| text.starts_with(opening)) {
        add(": must open with a //! line that says what it holds".to_owned());
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        add(format!(": has {lines} lines; at most {MAX_LINES}, so split it"));
    }
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if MARKS.iter().any(|mark| line.contains(mark)) && !line.contains("https://") {
            add(format!(":{number}: a mark for later needs the link of an issue"));
        }
        if BANNED.iter().any(|banned| line.trim_start().starts_with(banned)) {
            add(format!(":{number}: every test runs, and asserts what went wrong"));
        }
    }
}

/// A dependency by path on a published crate must carry a version, or nothing can be published.
fn manifest(path: &Path, text: &str, mut add: impl FnMut(String)) {
    for (index, line) in text.lines().enumerate() {
        let Some((_, rest)) =
            line.split_once("{").and_then(|(_, table)| table.split_once("path = \""))
        else {
            continue;
        };
        let target = rest.split('"').next().unwrap_or_default();
        let folder = path.parent().unwrap_or(path).join(target);
        if is_published(&folder) && !line.contains("version = \"") {
            add(format!(":{}: {target} is published; give it a version too", index + 1));
        }
    }
}

fn is_published(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    !manifest.is_empty() && !manifest.lines().any(|line| line == "publish = false")
}

/// All files outside of hidden and build folders, sorted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') || name == "target" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(self::files(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("published/Cargo.toml", "[package]\n"),
            ("private/Cargo.toml", "[package]\npublish = false\n"),
            (path, text),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        check(root.path()).unwrap()
    }

    #[test]
    fn each_rule_names_file_and_line() {
        let long = "//! L.\n".repeat(501);
        let mark = format!("//! A.\n// {} later\n", MARKS[0]);
        let ignored = format!("//! A.\n{}\n", BANNED[0]);
        for (path, text, problem) in [
            ("a.rs", "fn a() {}\n", "a.rs: must open with a //! line that says what it holds"),
            ("a.rs", &long, "a.rs: has 501 lines; at most 500, so split it"),
            ("a.rs", &mark, "a.rs:2: a mark for later needs the link of an issue"),
            ("a.rs", &ignored, "a.rs:2: every test runs, and asserts what went wrong"),
            (
                "Cargo.toml",
                "[dependencies]\np = { path = \"published\" }\n",
                "Cargo.toml:2: published is published; give it a version too",
            ),
        ] {
            assert_eq!(problems(path, text), [problem]);
        }
    }

    #[test]
    fn what_keeps_the_rules_is_passed_over() {
        let linked = format!("//! A.\n// {} https://example.com/1\n", MARKS[1]);
        for (path, text) in [
            ("a.rs", "//! A.\n"),
            ("a.rs", &linked),
            ("a.rs", "#![doc = include_str!(\"../README.md\")]\n"),
            ("src/generated.rs", "fn a() {}\n"),
            (".hidden/a.rs", "fn a() {}\n"),
            ("target/a.rs", "fn a() {}\n"),
            ("Cargo.toml", "p = { path = \"published\", version = \"1\" }\n"),
            ("Cargo.toml", "p = { path = \"private\" }\n"),
            ("Cargo.toml", "path = \"drift.rs\"\n"),
        ] {
            assert_eq!(problems(path, text), [""; 0], "{path}: {text}");
        }
    }
}
