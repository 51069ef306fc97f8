//! Price against time, one mark per edit, as a small drawing that needs no script.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::{page::Edit, text};

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 42.0;

/// Marks differ by shape as well as by colour, since not everybody sees the colours.
const SHAPES: [&str; 9] = [
    "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
    "m-4.5-4.5h9v9h-9z",
    "m0-5.5l5.5 10h-11z",
    "m0-6l6 6l-6 6l-6-6z",
    "m-1.6-5.5h3.2v3.9h3.9v3.2h-3.9v3.9h-3.2v-3.9h-3.9v-3.2h3.9z",
    "m0 5.5l5.5-10h-11z",
    "m-5.5-2h11v4h-11z",
    "m-2-5.5h4v11h-4z",
    "m0-5.7l5.4 3.9l-2 6.4h-6.8l-2-6.4z",
];

/// The shape of the provider with this number.
fn shape(provider: usize) -> &'static str {
    SHAPES.get(provider % SHAPES.len()).copied().unwrap_or_default()
}

/// The class that gives a provider its colour.
pub(crate) fn colour(provider: usize) -> String {
    format!("c{}", provider % SHAPES.len())
}

/// The mark of a provider beside its name.
pub(crate) fn mark(provider: usize) -> Markup {
    html! {
        svg.mark.(colour(provider)) viewBox="-7 -7 14 14" width="14" height="14"
            aria-hidden="true" focusable="false" { path d={ "M0 0" (shape(provider)) }; }
    }
}

/// An axis from nothing to a round number.
struct Axis {
    end: f64,
    step: f64,
}

impl Axis {
    /// One that reaches as far as the largest value, in four steps or so.
    fn reaching(largest: f64) -> Self {
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let rough = largest / 4.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough);
        Self { end: (largest / step).ceil().max(1.0) * step, step }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (0..=10).map(|tick| f64::from(tick) * self.step).take_while(|at| *at <= self.end * 1.001)
    }
}

/// The unit that keeps the numbers of the time axis short: its name, and its seconds.
const fn unit(largest: f64) -> (&'static str, f64) {
    match largest {
        ..180.0 => ("seconds", 1.0),
        ..10_800.0 => ("minutes", 60.0),
        _ => ("hours", 3600.0),
    }
}

struct Scale {
    time: Axis,
    price: Axis,
}

impl Scale {
    fn x(&self, time: f64) -> f64 {
        LEFT + time / self.time.end * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, price: f64) -> f64 {
        HEIGHT - BOTTOM - price / self.price.end * (HEIGHT - TOP - BOTTOM)
    }
}

/// The drawing, or nothing where no edit has both a price and a time.
///
/// `edits` are those of each provider, in the order that gives them their shape and colour.
pub(crate) fn chart(edits: &[Vec<&Edit>]) -> Option<Markup> {
    let points: Vec<Vec<(f64, f64)>> =
        edits.iter().map(|edits| edits.iter().filter_map(|edit| point(edit)).collect()).collect();
    let all = || points.iter().flatten();
    let (slowest, dearest) =
        all().fold((0_f64, 0_f64), |(time, price), point| (time.max(point.0), price.max(point.1)));
    let number = all().count();
    let (name, seconds) = unit(slowest);
    let scale = Scale { time: Axis::reaching(slowest / seconds), price: Axis::reaching(dearest) };
    (number > 0).then(|| {
        let label = format!(
            "Price against time of {}: up to {} and {slowest:.0} seconds. The table has the figures.",
            text::count(number, "edit", "edits"),
            text::usd(dearest)
        );
        html! {
            svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(label) {
                (axes(&scale, name))
                @for (provider, points) in points.iter().enumerate() {
                    path.point.(colour(provider)) d=(marks(points, &scale, seconds, provider)) {}
                }
            }
        }
    })
}

fn point(edit: &Edit) -> Option<(f64, f64)> {
    let point = (edit.time()?.as_secs_f64(), edit.price()?);
    (point.1.is_finite() && point.1 >= 0.0).then_some(point)
}

/// One path for all marks of a provider: two thousand elements would be slow.
fn marks(points: &[(f64, f64)], scale: &Scale, seconds: f64, provider: usize) -> String {
    points.iter().fold(String::new(), |mut path, (time, price)| {
        let (x, y) = (scale.x(time / seconds), scale.y(*price));
        // Writing to a string does not fail.
        write!(path, "M{x:.1} {y:.1}{}", shape(provider)).unwrap_or_default();
        path
    })
}

fn axes(scale: &Scale, unit: &str) -> Markup {
    let floor = HEIGHT - BOTTOM;
    html! {
        @for price in scale.price.ticks() {
            @let y = scale.y(price);
            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{y:.1}")) y2=(format!("{y:.1}")) {}
            text.right x=(LEFT - 8.0) y=(format!("{:.1}", y + 4.0)) { (text::usd(price)) }
        }
        @for time in scale.time.ticks() {
            text.middle x=(format!("{:.1}", scale.x(time))) y=(floor + 18.0) { (short(time)) }
        }
        text.middle x=(LEFT.midpoint(WIDTH - RIGHT)) y=(HEIGHT - 6.0) { (unit) }
    }
}

fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_beyond_all_values() {
        for (largest, end, step) in
            [(0.0, 1.0, 0.25), (1.0, 1.0, 0.25), (0.86, 1.0, 0.25), (7.0, 8.0, 2.0)]
        {
            let axis = Axis::reaching(largest);
            assert!((axis.end - end).abs() < 1e-9 && (axis.step - step).abs() < 1e-9, "{largest}");
            assert!(axis.ticks().count() <= 6);
        }
    }
}
