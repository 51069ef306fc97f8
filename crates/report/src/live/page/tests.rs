//! What the live page has besides, and that it is as guarded as a written one.

use super::{super::Choice, *};
use crate::{Clip, Edit, MediaPath, State};

const HOSTILE: &str = "</p><script>alert(1)</script>\"'&";

fn choice(name: &str, trouble: Option<&str>) -> Choice {
    Choice { name: name.to_owned(), title: name.to_owned(), trouble: trouble.map(str::to_owned) }
}

fn form(providers: Vec<Choice>) -> Form {
    Form {
        providers,
        resolutions: vec!["720p".to_owned(), "1080p".to_owned()],
        audio: vec!["original".to_owned()],
        most_bytes: 100_000_000,
        folder: "edits".to_owned(),
        ..Form::default()
    }
}

fn with_an_edit() -> Page {
    let file = MediaPath::new("kie.mp4").unwrap();
    let state = State::Done { file, bytes: 1, sha256: "00".to_owned() };
    let mut edit = Edit::new("kie", "noir", state);
    edit.job = Some("12".to_owned());
    let clip = Clip { name: "walk.mp4".to_owned(), edits: vec![edit], ..Clip::default() };
    Page { title: "Live".to_owned(), notice: None, as_of: None, clips: vec![clip] }
}

/// The tag of the first element that has this text in its tag.
fn tag<'a>(html: &'a str, of: &str) -> &'a str {
    let at = html.find(of).unwrap();
    let begin = html[..at].rfind('<').unwrap();
    html[begin..].split_once('>').unwrap().0
}

#[test]
fn only_what_can_be_used_can_be_chosen() {
    let missing = choice("kie", Some("Set KIE_API_KEY."));
    let html = page(&Page::default(), &form(vec![missing.clone(), choice("fal", None)]));
    assert!(tag(&html, "value=\"kie\"").contains(" disabled"));
    assert!(html.contains("Set KIE_API_KEY."));
    // The only one that is left is chosen already.
    assert!(tag(&html, "value=\"fal\"").ends_with(" checked"));
    let html = page(&Page::default(), &form(vec![choice("evolink", None), choice("fal", None)]));
    assert!(!tag(&html, "value=\"fal\"").contains(" checked"));
    let html = page(&Page::default(), &form(vec![missing]));
    assert!(!tag(&html, "value=\"kie\"").contains(" checked"));
}

#[test]
fn the_form_is_open_where_there_is_nothing_else() {
    let is_open =
        |page_of: &Page| tag(&page(page_of, &form(Vec::new())), "id=\"new\"").contains(" open");
    assert!(is_open(&Page::default()));
    assert!(!is_open(&with_an_edit()));
}

#[test]
fn limits_and_notices_are_said() {
    let form = Form { cap: Some("at most $5.00 in all".to_owned()), ..form(Vec::new()) };
    let notice = Some("Nothing is billed: this is the emulator.".to_owned());
    let html = page(&Page { notice, ..Page::default() }, &form);
    for words in [
        "Nothing is billed: this is the emulator.",
        "Limit: <bdi>at most $5.00 in all</bdi>.",
        "mp4 or mov, at most 100.0 MB",
        "Results go to <bdi>edits</bdi>.",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn texts_of_the_form_stay_texts() {
    let hostile = || HOSTILE.to_owned();
    let form = Form {
        providers: vec![Choice { name: hostile(), title: hostile(), trouble: Some(hostile()) }],
        resolutions: vec![hostile()],
        aspect_ratios: vec![hostile()],
        audio: vec![hostile()],
        most_bytes: 0,
        folder: hostile(),
        cap: Some(hostile()),
    };
    let html = page(
        &Page {
            title: hostile(),
            notice: Some(hostile()),
            as_of: Some(hostile()),
            clips: Vec::new(),
        },
        &form,
    );
    assert!(!html.contains("<script>alert"));
    assert!(html.matches("&lt;script&gt;").count() >= 12);
}

#[test]
fn what_changes_is_what_the_page_has() {
    let shown = with_an_edit();
    let html = page(&shown, &form(Vec::new()));
    let Update { counts, summary, list } = update(&shown);
    for (part, begin) in [(counts, "1 edit"), (summary, "<section"), (list, "<li")] {
        assert!(part.starts_with(begin) && html.contains(&part), "{part}");
    }
}

#[test]
fn the_policy_lets_in_what_the_page_holds_and_nothing_from_elsewhere() {
    let html = page(&Page::default(), &form(Vec::new()));
    let policy = policy();
    for [element, end] in [["<style>", "</style>"], ["<script type=\"module\">", "</script>"]] {
        let texts: Vec<_> =
            html.split(element).skip(1).map(|it| it.split_once(end).unwrap().0).collect();
        assert_eq!(texts.len(), 2);
        assert!(texts.iter().all(|text| policy.contains(&assets::source(text))), "{element}");
    }
    for rule in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{rule}");
    }
    for source in ["unsafe", "*", "http"] {
        assert!(!policy.contains(source), "{source}");
    }
}

#[test]
fn what_is_inlined_cannot_end_its_element() {
    for text in [STYLE, SCRIPT] {
        assert!(!text.contains("</") && !text.contains("<!--") && !text.contains('\r'));
    }
}
