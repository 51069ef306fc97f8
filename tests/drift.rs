//! Specs, generated code and what reviewers read of both are in step.
//!
//! After a change to a spec: `cargo xtask regen`, then `cargo insta review` or `INSTA_UPDATE=always
//! cargo test --test drift`.

use xtask::{
    outline::outline,
    regen::{self, Options},
    repo,
    spec::Spec,
    summary::summary,
};

#[test]
fn generated_files_are_what_their_specs_give() {
    let root = repo::root();
    match regen::run(&root, &Options::check_all(&root)) {
        Ok(report) => {
            let stale: Vec<_> = report.stale().collect();
            assert!(stale.is_empty(), "stale: {}; type: cargo xtask regen", stale.join(", "));
        }
        Err(error) => panic!("the specs break their rules:\n{error}"),
    }
}

#[test]
fn specs_in_summary() {
    let root = repo::root();
    for provider in repo::providers(&root) {
        let spec = Spec::read(&root, &provider).unwrap();
        insta::assert_snapshot!(format!("{provider}-spec"), summary(&spec));
    }
}

#[test]
fn generated_clients_in_outline() {
    let root = repo::root();
    for provider in repo::providers(&root) {
        let source = std::fs::read_to_string(root.join(repo::client(&provider))).unwrap();
        insta::assert_snapshot!(format!("{provider}-client"), outline(&source).unwrap());
    }
}
