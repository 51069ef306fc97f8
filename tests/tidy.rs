//! The house rules that no compiler checks.

#[test]
fn house_rules_are_kept() {
    let problems = xtask::tidy::check(&xtask::repo::root()).unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
