//! Where a new comparison is put together.

use maud::{Markup, html};

use super::{Choice, Form};
use crate::text;

/// The form, folded away where there is something to be looked at already.
pub(crate) fn section(form: &Form, is_open: bool) -> Markup {
    html! {
        noscript { p.muted { "A new comparison needs JavaScript." } }
        details #new open[is_open] hidden {
            summary { h2 #new-heading { "New comparison" } }
            form #order-form autocomplete="off" aria-labelledby="new-heading" {
                div.wanted {
                    (clip(form.most_bytes))
                    (prompts())
                    (seeds())
                }
                div.choices {
                    (providers(&form.providers))
                    (settings(form))
                    (total(form))
                }
            }
        }
    }
}

/// The field of the clip is unseen; its label is what is pressed and dropped upon.
fn clip(most_bytes: u64) -> Markup {
    let most = text::size(most_bytes);
    html! {
        div #clip data-bytes=(most_bytes) data-most=(most) {
            input #file.unseen type="file" accept="video/mp4,video/quicktime,.mp4,.mov"
                aria-describedby="clip-hint";
            label #drop for="file" {
                svg.icon viewBox="0 0 24 24" width="32" height="32" aria-hidden="true" {
                    path d="M11 16V7.8L8.4 10.4 7 9l5-5 5 5-1.4 1.4L13 7.8V16zM5 18h14v2H5z" {}
                }
                span.first { "Drop a clip, or choose one" }
                span.then { "Another clip" }
            }
            video #preview controls muted loop playsinline preload="metadata" hidden
                aria-label="The chosen clip" {}
            progress #sent max="1" value="0" aria-label="Sending the clip" hidden {}
            p #clip-about role="status" dir="auto" {}
            p #clip-hint.muted { "mp4 or mov, at most " (most) }
        }
    }
}

fn prompts() -> Markup {
    html! {
        div #prompts {
            div.ask { (prompt()) }
        }
        template #one-more {
            div.ask {
                (prompt())
                button.remove type="button" { "Remove" }
            }
        }
        div.more {
            button #another.quiet type="button" { "Another prompt" }
        }
    }
}

fn prompt() -> Markup {
    html! {
        label.field {
            span { "Prompt" }
            textarea rows="3" dir="auto" placeholder="What shall become of the clip?" {}
        }
    }
}

fn providers(providers: &[Choice]) -> Markup {
    let usable = providers.iter().filter(|choice| choice.trouble.is_none()).count();
    html! {
        fieldset #providers {
            legend { "Providers" }
            @for (number, choice) in providers.iter().enumerate() {
                @let answer = format!("at-{number}");
                div.provider-row {
                    label {
                        input type="checkbox" value=(choice.name) aria-describedby=(answer)
                            disabled[choice.trouble.is_some()]
                            checked[usable == 1 && choice.trouble.is_none()];
                        bdi { (choice.title) }
                    }
                    div.at id=(answer) data-provider=(choice.name) {
                        @if let Some(trouble) = &choice.trouble { p.muted dir="auto" { (trouble) } }
                    }
                }
            }
            @if usable > 2 { button #every.quiet type="button" { "All or none" } }
        }
    }
}

fn seeds() -> Markup {
    html! {
        label.field {
            span { "Seeds" }
            input #seeds type="text" placeholder="1, 2, 3" aria-describedby="seeds-hint";
            small #seeds-hint.muted { "An edit for each. Without any, chance decides." }
        }
    }
}

fn settings(form: &Form) -> Markup {
    html! {
        details #settings {
            summary { "Settings" }
            div.fields {
                (select("resolution", "Resolution", None, &form.resolutions))
                (select("aspect_ratio", "Shape", Some("As the clip"), &form.aspect_ratios))
                label.field {
                    span { "Seconds from the start" }
                    input #duration type="number" min="1" step="1" inputmode="numeric" placeholder="All";
                }
                (select("audio", "Sound", None, &form.audio))
                label.field.wide {
                    span { "What must not appear" }
                    textarea #negative_prompt rows="2" dir="auto" {}
                }
            }
        }
    }
}

/// A choice of one; `unset` is what is said of choosing none.
fn select(id: &str, name: &str, unset: Option<&str>, values: &[String]) -> Markup {
    html! {
        label.field {
            span { (name) }
            select id=(id) {
                @if let Some(unset) = unset { option value="" { (unset) } }
                @for value in values { option value=(value) { (value) } }
            }
        }
    }
}

/// What it would cost, and the one button that spends.
fn total(form: &Form) -> Markup {
    html! {
        div.total {
            div #quote role="status" {}
            p #trouble.violation role="alert" dir="auto" {}
            button #run type="button" disabled { "Run" }
            p.muted {
                "Nothing is sent to a provider before you press this."
                @if let Some(cap) = &form.cap { " Limit: " bdi { (cap) } "." }
                " Results go to " bdi { (form.folder) } "."
            }
        }
    }
}
