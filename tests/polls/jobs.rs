//! Jobs to wait for: distributions of their run times, from a formula or from a file.

use std::{f64::consts::TAU, fs};

/// How many jobs were seen before, and how many are then waited for.
const LEARNT: usize = 300;
const WAITED_FOR: usize = 5_000;

/// The fewest numbers in a file that say something.
const FEWEST: usize = 40;

/// Jobs of one kind. All times in seconds.
pub(crate) struct Jobs {
    pub(crate) name: String,
    /// How long such jobs take, as a provider would document it.
    pub(crate) typical: f64,
    /// Those that were seen before, newest first.
    pub(crate) seen: Vec<f64>,
    /// Those that are waited for, shortest first.
    pub(crate) times: Vec<f64>,
}

type Draw = fn(&mut Random) -> f64;

/// Name, documented time, and one job.
const KINDS: [(&str, f64, Draw); 9] = [
    ("normal, 120 ± 8 s", 120.0, |random| 120.0 + 8.0 * random.normal()),
    ("normal, 120 ± 20 s", 120.0, |random| 120.0 + 20.0 * random.normal()),
    ("log-normal, 120 s ± 15 %", 120.0, |random| 120.0 * (0.15 * random.normal()).exp()),
    ("log-normal, 120 s ± 50 %", 120.0, |random| 120.0 * (0.5 * random.normal()).exp()),
    ("two humps, 80 ± 6 s and 180 ± 10 s", 120.0, |random| {
        let (middle, spread) = if random.share() < 0.6 { (80.0, 6.0) } else { (180.0, 10.0) };
        middle + spread * random.normal()
    }),
    ("uniform, 100 to 140 s", 120.0, |random| 100.0 + 40.0 * random.share()),
    ("uniform, 60 to 180 s", 120.0, |random| 60.0 + 120.0 * random.share()),
    ("heavy tail, Pareto from 80 s, index 2", 120.0, |random| 80.0 * random.share().powf(-0.5)),
    ("short, 5 ± 0.5 s", 5.0, |random| 5.0 + 0.5 * random.normal()),
];

pub(crate) fn all() -> Vec<Jobs> {
    KINDS.iter().map(|(name, typical, draw)| drawn(name, *typical, *draw)).collect()
}

fn drawn(name: &str, typical: f64, draw: Draw) -> Jobs {
    let mut random = Random(7);
    let mut times = |count| (0..count).map(|_| draw(&mut random).max(0.1)).collect::<Vec<_>>();
    let seen = times(LEARNT);
    Jobs { name: name.to_owned(), typical, seen, times: sorted(times(WAITED_FOR)) }
}

/// Jobs from a file of numbers: half of them were seen before, up to a few hundred.
pub(crate) fn read(path: &str) -> Result<Jobs, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let mut times = numbers(&text).map_err(|word| format!("{path}: {word:?} is no run time"))?;
    if times.len() < FEWEST {
        return Err(format!("{path}: has {} numbers; {FEWEST} are needed", times.len()));
    }
    shuffle(&mut times);
    let seen: Vec<f64> = times.split_off(times.len() - LEARNT.min(times.len() / 2));
    let times = sorted(times);
    let typical = said(times[times.len() / 2]);
    Ok(Jobs { name: path.to_owned(), typical, seen, times })
}

fn numbers(text: &str) -> Result<Vec<f64>, &str> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let number = |word| match str::parse::<f64>(word) {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err(word),
    };
    let mut numbers = words.clone().map(number).collect::<Result<Vec<_>, _>>()?;
    unround(&mut numbers, words.map(decimals).max().unwrap_or(0));
    Ok(numbers)
}

/// Numbers were rounded, to the very moments at which a fixed interval asks: it would never be late.
fn unround(numbers: &mut [f64], decimals: i32) {
    let (unit, mut random) = (10_f64.powi(-decimals), Random(11));
    for number in numbers {
        *number = (*number + unit * (random.share() - 0.5)).max(unit / 100.0);
    }
}

fn decimals(word: &str) -> i32 {
    let digits = word.split_once('.').map_or("", |(_, digits)| digits);
    i32::try_from(digits.len()).unwrap_or(i32::MAX)
}

/// A time as documentation says it: with one digit.
fn said(time: f64) -> f64 {
    let unit = 10_f64.powf(time.log10().floor());
    (time / unit).round() * unit
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

fn shuffle(times: &mut [f64]) {
    let mut random = Random(7);
    let mut keyed: Vec<(f64, f64)> = times.iter().map(|time| (random.share(), *time)).collect();
    keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
    times.iter_mut().zip(keyed).for_each(|(time, (_, other))| *time = other);
}

/// SplitMix64: the same numbers in every run.
struct Random(u64);

impl Random {
    /// Between 0 and 1, neither of them.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap();
        (f64::from(high) + 0.5) / 2_f64.powi(32)
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (TAU * self.share()).cos()
    }
}
