//! What people read before they spend.

use super::*;

fn at(provider: &str, runs: usize, usd: Option<f64>) -> QuoteAt {
    QuoteAt { provider: provider.to_owned(), runs, usd, ..QuoteAt::default() }
}

fn refused(provider: &str, why: &str) -> QuoteAt {
    QuoteAt { violations: vec![why.to_owned()], ..at(provider, 0, None) }
}

fn of(runs: usize, usd: Option<f64>, unknown: usize) -> Quote {
    Quote { id: Some("q1".to_owned()), runs, usd, unknown, ..Quote::default() }
}

/// What the fragment says of one provider.
fn part_of<'a>(fragment: &'a str, provider: &str) -> &'a str {
    let begin = format!("<div data-at=\"{provider}\">");
    let (_, part) = fragment.split_once(&begin).unwrap();
    part.split_once("</div>").unwrap().0
}

#[test]
fn the_button_says_how_many_edits_it_runs_and_their_price() {
    for (quote, words) in [
        (of(1, Some(0.4), 0), "Run 1 edit for at most $0.40"),
        (of(3, Some(1.2), 0), "Run 3 edits for at most $1.20"),
        (of(3, Some(0.8), 1), "Run 3 edits: 2 for at most $0.80, 1 at an unknown price"),
        (of(2, None, 2), "Run 2 edits at an unknown price"),
        (of(2, Some(0.0), 2), "Run 2 edits at an unknown price"),
        (of(0, None, 0), "Nothing to run"),
        (Quote { id: None, ..of(3, Some(1.2), 0) }, "Not to be run"),
    ] {
        assert_eq!(label(&quote), words);
    }
}

#[test]
fn beside_each_provider_stands_its_price_or_why_it_cannot_be_run() {
    let mut partly = at("novita", 1, Some(0.5));
    partly.violations = vec!["prompt 2 is too long".to_owned(), "seed is too large".to_owned()];
    partly.warnings = vec!["the sound is dropped".to_owned()];
    let at = vec![
        at("kie", 1, Some(0.4)),
        at("fal", 2, Some(0.8)),
        at("evolink", 2, None),
        at("replicate", 0, Some(0.0)),
        refused("wavespeed", "the clip is longer than 10 s"),
        partly,
    ];
    let fragment = quote(&Quote { at, ..of(6, Some(1.7), 2) });
    for (provider, words) in [
        ("kie", "<p class=\"amount\">at most $0.40</p>"),
        ("fal", "<p class=\"amount\">2 edits, at most $0.80</p>"),
        ("evolink", "<p class=\"amount\">2 edits, unknown price</p>"),
        ("replicate", "<p class=\"amount\">nothing to run</p>"),
        (
            "wavespeed",
            "<p class=\"violation\" dir=\"auto\">Not possible: the clip is longer than 10 s</p>",
        ),
        (
            "novita",
            "<p class=\"amount\">at most $0.50</p>\
             <p class=\"violation\" dir=\"auto\">Not possible: prompt 2 is too long; seed is too large</p>\
             <p class=\"muted\" dir=\"auto\">Note: the sound is dropped</p>",
        ),
    ] {
        assert_eq!(part_of(&fragment, provider), words, "{provider}");
    }
}

#[test]
fn the_whole_says_the_sum_and_all_that_is_not_in_it() {
    let partly = QuoteAt { violations: vec!["no".to_owned()], ..at("fal", 2, Some(0.8)) };
    let everything = Quote {
        done: 1,
        at: vec![refused("kie", "no"), partly, refused("novita", "no")],
        trouble: Some("This is more than the limit of $0.50.".to_owned()),
        ..of(3, Some(0.8), 1)
    };
    for (quote_of, said) in [
        (of(3, Some(1.2), 0), vec!["3 edits, at most $1.20 in all."]),
        (of(0, None, 0), vec!["Nothing to run."]),
        (of(2, None, 2), vec!["2 edits.", "2 edits have a price that nobody knows beforehand."]),
        (
            everything,
            vec![
                "3 edits, at most $0.80 for those at a known price.",
                "1 edit has a price that nobody knows beforehand.",
                "1 edit is here already and will not be paid for again.",
                "Not possible at <bdi>kie, novita</bdi>.",
                "Only in part at <bdi>fal</bdi>.",
                "This is more than the limit of $0.50.",
            ],
        ),
    ] {
        let fragment = quote(&quote_of);
        for words in said {
            assert!(fragment.contains(words), "{words} is not in {fragment}");
        }
    }
}

#[test]
fn what_a_provider_says_stays_text() {
    let hostile = "</div><script>alert(1)</script>\"'&";
    let mut at = refused(hostile, hostile);
    at.warnings = vec![hostile.to_owned()];
    let fragment =
        quote(&Quote { at: vec![at], trouble: Some(hostile.to_owned()), ..of(1, None, 1) });
    assert!(!fragment.contains("<script"), "{fragment}");
    assert_eq!(fragment.matches("&lt;script&gt;").count(), 5, "{fragment}");
}
