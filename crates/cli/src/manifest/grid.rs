//! Rows that nobody wrote down: a clip with every prompt, every seed and every provider.

use std::{collections::HashSet, hash::Hash};

use reshoot::Descriptor;
use serde_json::Value;

use super::Cells;

/// What is combined. What stands there twice counts once, so that nothing is paid for twice.
#[derive(Clone, Debug)]
pub(crate) struct Grid<'a> {
    /// The clip as it was written.
    pub(crate) clip: &'a str,
    pub(crate) prompts: Vec<String>,
    /// None: chance decides.
    pub(crate) seeds: Vec<String>,
    pub(crate) providers: Vec<&'static Descriptor>,
}

impl Grid<'_> {
    /// How many rows there are, if nothing stands there twice.
    pub(crate) fn rows_at_most(&self) -> usize {
        let seeds = self.seeds.len().max(1);
        self.prompts.len().saturating_mul(seeds).saturating_mul(self.providers.len())
    }

    /// One row for each combination: the providers change first, the prompts last.
    pub(crate) fn rows(&self) -> Vec<Cells> {
        let seeds = once(self.seeds.iter().cloned());
        let seeds =
            if seeds.is_empty() { vec![None] } else { seeds.into_iter().map(Some).collect() };
        let prompts = once(self.prompts.iter().map(|prompt| prompt.trim().to_owned()));
        let prompts: Vec<_> = prompts.into_iter().filter(|prompt| !prompt.is_empty()).collect();
        let providers = once(self.providers.iter().map(|descriptor| descriptor.name()));
        let mut rows = Vec::new();
        for prompt in &prompts {
            for seed in &seeds {
                rows.extend(
                    providers.iter().map(|provider| self.row(prompt, seed.as_deref(), provider)),
                );
            }
        }
        rows
    }

    fn row(&self, prompt: &str, seed: Option<&str>, provider: &str) -> Cells {
        let cells = [
            ("clip", Value::from(self.clip)),
            ("prompt", Value::from(prompt)),
            ("seed", Value::from(seed)),
            ("provider", Value::from(provider)),
        ];
        cells.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }
}

fn once<T: Clone + Eq + Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_one_row_and_none_is_there_twice() {
        let provider = |name| reshoot::provider(name).unwrap();
        let grid = Grid {
            clip: "a.mp4",
            prompts: ["clay", " ", "wool", "clay "].map(str::to_owned).into(),
            seeds: ["1", "-2", "1"].map(str::to_owned).into(),
            providers: ["kie", "evolink", "kie"].map(provider).into(),
        };
        let text = |row: &Cells, name: &str| row[name].as_str().unwrap_or("none").to_owned();
        let told = |grid: &Grid<'_>| {
            let words =
                |row: &Cells| ["prompt", "seed", "provider"].map(|name| text(row, name)).join(" ");
            grid.rows().iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&grid),
            [
                "clay 1 kie",
                "clay 1 evolink",
                "clay -2 kie",
                "clay -2 evolink",
                "wool 1 kie",
                "wool 1 evolink",
                "wool -2 kie",
                "wool -2 evolink"
            ]
        );
        let unseeded = Grid { seeds: Vec::new(), providers: vec![provider("kie")], ..grid };
        assert_eq!(told(&unseeded), ["clay none kie", "wool none kie"]);
    }
}
