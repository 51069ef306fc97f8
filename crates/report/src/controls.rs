//! What is there to be pressed, dragged and chosen; the script gives it life.

use maud::{Markup, html};

/// Keys and what they do, as the help shows them and the script obeys them.
const SHORTCUTS: [(&str, &str); 10] = [
    ("Space", "Play or pause"),
    ("← →", "Back or on by a second"),
    (", .", "Back or on by a frame"),
    ("Home End", "To the start or the end"),
    ("L", "Loop on or off"),
    ("[ ]", "Slower or faster"),
    ("B", "Before or after, in turn"),
    ("+ −", "Zoom in or out, 0 to fit"),
    ("Shift + arrows", "Move what is zoomed"),
    ("P N", "Previous or next clip"),
];

/// The icons, each drawn in a square of 24.
const PLAY: &str = "M8 5v14l11-7z";
const PAUSE: &str = "M7 5h4v14H7zM13 5h4v14h-4z";
const BACK: &str = "M7 6h2v12H7zM18 6v12l-8-6z";
const ON: &str = "M15 6h2v12h-2zM6 6v12l8-6z";
const LOOP: &str = "M7 7h9V4l5 4-5 4V9H9v4H7zM17 17H8v3l-5-4 5-4v3h7v-4h2z";
const MINUS: &str = "M5 11h14v2H5z";
const PLUS: &str = "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z";
const PREVIOUS: &str = "M15 5l1.5 1.5L11 12l5.5 5.5L15 19l-7-7z";
const NEXT: &str = "M9 5L7.5 6.5 13 12l-5.5 5.5L9 19l7-7z";

fn icon(path: &str) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false" {
            path d=(path) {}
        }
    }
}

fn button(id: &str, label: &str, path: &str) -> Markup {
    html! { button type="button" id=(id) aria-label=(label) title=(label) { (icon(path)) } }
}

/// Where an original and its edits play side by side; hidden until the script has made it work.
pub(crate) fn stage() -> Markup {
    html! {
        noscript {
            p.muted { "Side by side needs JavaScript. Each edit's details link to its files." }
        }
        section #stage aria-labelledby="stage-heading" hidden {
            div.bar {
                div.heading {
                    h2 #stage-heading tabindex="-1" {}
                    p #stage-prompt.prompt dir="auto" {}
                }
                div.buttons #turn {
                    (button("previous", "Previous clip", PREVIOUS))
                    span #place.muted {}
                    (button("next", "Next clip", NEXT))
                }
            }
            div #panes {}
            p #say.unseen role="status" {}
            (transport())
            (pane())
        }
    }
}

/// One transport for all that plays.
fn transport() -> Markup {
    html! {
        div #transport role="group" aria-label="Playback" {
            div.buttons {
                (button("back", "Back by a frame", BACK))
                button #play type="button" aria-label="Play" title="Play" {
                    (icon(PLAY)) (icon(PAUSE))
                }
                (button("on", "On by a frame", ON))
            }
            div.scrub {
                input #scrub type="range" min="0" max="1" step="0.001" value="0"
                    aria-label="Position";
                span #clock aria-hidden="true" {}
            }
            div.buttons {
                button #loop type="button" aria-label="Loop" title="Loop" aria-pressed="true" {
                    (icon(LOOP))
                }
                select #speed aria-label="Speed" title="Speed" {
                    @for speed in ["0.1", "0.25", "0.5", "1", "1.5", "2"] {
                        option value=(speed) selected[speed == "1"] { (speed) "×" }
                    }
                }
                select #sound aria-label="Sound" title="Sound" {}
            }
            div.buttons {
                (button("out", "Zoom out", MINUS))
                output #zoom aria-label="Zoom" {}
                (button("in", "Zoom in", PLUS))
                button #help type="button" aria-label="Keyboard shortcuts"
                    title="Keyboard shortcuts" { "?" }
            }
        }
    }
}

/// What the script makes panes of. The original is drawn beneath the edit, whose left part the
/// slider cuts away.
fn pane() -> Markup {
    html! {
        template #pane {
            figure.pane {
                div.frame {
                    canvas.before.zoomed aria-hidden="true" {}
                    div.after { video.zoomed muted playsinline preload="auto" tabindex="-1" {} }
                    p.notice hidden {}
                    span.tag { "Original" }
                    input.wipe type="range" min="0" max="100" step="0.5" value="0";
                }
                figcaption {
                    div.name {}
                    p.gist.muted {}
                    p.prompt dir="auto" {}
                }
            }
        }
    }
}

/// What narrows and orders the list; the script fills in what there is to choose from.
pub(crate) fn filter() -> Markup {
    html! {
        form #filter role="search" hidden {
            label { span { "Find" }
                input #find type="search" placeholder="Prompt, clip, setting" autocomplete="off";
            }
            label { span { "Provider" } select #by-provider {} }
            label { span { "State" } select #by-state {} }
            label { span { "Order" }
                select #order {
                    option value="" { "As listed" }
                    @for (value, name) in [
                        ("price", "Cheapest first"),
                        ("-price", "Dearest first"),
                        ("time", "Quickest first"),
                        ("-time", "Slowest first"),
                        ("-bytes", "Largest first"),
                        ("name", "Clip"),
                        ("provider", "Provider"),
                    ] {
                        option value=(value) { (name) }
                    }
                }
            }
            p #found.muted role="status" {}
        }
    }
}

/// The help, and the switch that turns keys off for who has them for something else.
pub(crate) fn shortcuts() -> Markup {
    html! {
        dialog #shortcuts aria-labelledby="shortcuts-heading" {
            h2 #shortcuts-heading { "Keyboard shortcuts" }
            dl {
                @for (keys, meaning) in SHORTCUTS {
                    div { dt { kbd { (keys) } } dd { (meaning) } }
                }
            }
            p.muted {
                "Click a clip to play, drag its edge to see the original, hold Ctrl and turn the \
                 wheel to zoom. The zoom follows the pointer."
            }
            label { input #keys type="checkbox" checked; "Use these keys" }
            form method="dialog" { button type="submit" { "Close" } }
        }
    }
}
