//! Which crate may know which, read from the manifests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

/// The workspace's packages: name, whether it is published, and its non-development dependencies.
struct Package {
    name: String,
    published: bool,
    dependencies: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let dependencies = value["dependencies"].as_array().unwrap();
    Package {
        name: value["name"].as_str().unwrap().to_owned(),
        published: value["publish"].is_null(),
        dependencies: dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect(),
    }
}

fn providers(packages: &[Package]) -> BTreeSet<String> {
    let common = [
        "reshoot",
        "reshoot-core",
        "reshoot-cli",
        "reshoot-emulator",
        "reshoot-tests",
        "reshoot-fleet",
        "reshoot-browser",
        "reshoot-journal",
        "reshoot-report",
        "reshoot-restate",
        "reshoot-webhook",
    ];
    packages
        .iter()
        .map(|package| package.name.clone())
        .filter(|name| name.starts_with("reshoot-") && !common.contains(&name.as_str()))
        .collect()
}

fn find<'a>(packages: &'a [Package], name: &str) -> &'a Package {
    packages.iter().find(|package| package.name == name).unwrap()
}

#[test]
fn there_is_a_crate_for_every_spec() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let specs: BTreeSet<_> = std::fs::read_dir(specs)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| Some(format!("reshoot-{}", name.strip_suffix(".yaml")?)))
        .collect();
    assert_eq!(providers(&packages()), specs);
}

#[test]
fn core_knows_no_provider() {
    let packages = packages();
    let core = find(&packages, "reshoot-core");
    assert!(core.dependencies.iter().all(|name| !name.starts_with("reshoot")));
}

#[test]
fn the_journal_and_the_receiver_of_webhooks_know_core_and_no_provider() {
    let packages = packages();
    for name in ["reshoot-journal", "reshoot-webhook"] {
        let package = find(&packages, name);
        let ours: Vec<_> =
            package.dependencies.iter().filter(|name| name.starts_with("reshoot")).collect();
        assert_eq!(ours, ["reshoot-core"], "{name}");
    }
}

#[test]
fn the_page_needs_nothing_else_of_ours() {
    let packages = packages();
    let report = find(&packages, "reshoot-report");
    assert!(report.dependencies.iter().all(|name| !name.starts_with("reshoot")));
}

#[test]
fn a_fleet_knows_core_and_only_its_engine_names_the_engines_sdk() {
    let packages = packages();
    for (name, ours) in [
        ("reshoot-fleet", vec!["reshoot-core"]),
        ("reshoot-restate", vec!["reshoot-core", "reshoot-fleet"]),
    ] {
        let known = &find(&packages, name).dependencies;
        let known: Vec<_> = known.iter().filter(|it| it.starts_with("reshoot")).collect();
        assert_eq!(known, ours, "{name}");
    }
    let users: Vec<_> =
        packages.iter().filter(|package| package.dependencies.contains("restate-sdk")).collect();
    assert_eq!(users.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["reshoot-restate"]);
}

#[test]
fn a_provider_knows_core_and_nobody_else() {
    let packages = packages();
    for name in providers(&packages) {
        let ours: Vec<_> = find(&packages, &name)
            .dependencies
            .iter()
            .filter(|dependency| dependency.starts_with("reshoot"))
            .collect();
        assert_eq!(ours, ["reshoot-core"], "{name}");
    }
}

#[test]
fn the_emulator_is_a_witness_of_its_own() {
    let packages = packages();
    let emulator = find(&packages, "reshoot-emulator");
    assert!(emulator.dependencies.iter().all(|name| !name.starts_with("reshoot")));
}

#[test]
fn nothing_published_compiles_the_generator() {
    let generator = ["progenitor", "progenitor-impl", "openapiv3", "typify", "insta", "xtask"];
    for package in packages().iter().filter(|package| package.published) {
        for name in generator {
            assert!(!package.dependencies.contains(name), "{} needs {name}", package.name);
        }
    }
}

#[test]
fn only_the_facade_names_more_than_one_provider() {
    let packages = packages();
    let providers = providers(&packages);
    for package in packages.iter().filter(|package| package.published) {
        let known = package.dependencies.intersection(&providers).count();
        assert!(known <= 1 || package.name == "reshoot", "{}", package.name);
    }
}
