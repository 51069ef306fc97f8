//! The table: what was measured, against what, and which aims were missed.

use std::fmt;

/// One line.
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) figure: f64,
    /// What it is compared with, and its name.
    pub(crate) baseline: (f64, &'static str),
    /// The largest ratio that is aimed at.
    pub(crate) aim: Option<f64>,
}

impl Line {
    /// A figure against one of the same unit.
    pub(crate) fn new(
        what: impl Into<String>,
        unit: &'static str,
        figure: f64,
        baseline: (f64, &'static str),
    ) -> Self {
        Self { what: what.into(), unit, figure, baseline, aim: None }
    }

    pub(crate) fn aim(mut self, aim: f64) -> Self {
        self.aim = Some(aim);
        self
    }

    fn ratio(&self) -> f64 {
        self.figure / self.baseline.0
    }

    /// What is to be said if the aim was missed.
    pub(crate) fn missed(&self) -> Option<String> {
        let (is, aim) = (self.ratio(), self.aim?);
        (is > aim).then(|| format!("missed: {}: ratio {is:.2}, not {aim:.2}", self.what))
    }
}

/// The names of the columns.
pub(crate) fn head() -> String {
    format!("{:<42}{:>11}   {:<24}{:>6}", "", "figure", "baseline", "ratio")
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |number: f64| match number {
            small if small < 100.0 => format!("{small:.1} {}", self.unit),
            large => format!("{large:.0} {}", self.unit),
        };
        let (baseline, name) = self.baseline;
        let (figure, baseline) = (shown(self.figure), format!("{} {name}", shown(baseline)));
        write!(f, "{:<42}{figure:>11}   {baseline:<24}{:>6.2}", self.what, self.ratio())
    }
}
