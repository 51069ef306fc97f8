//! The normal distribution.

/// The share of a standard normal distribution below `z`, to six digits.
///
/// Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.2.17.
pub(super) fn below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let sum = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530]
        .into_iter()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z > 0.0 { 1.0 - density * sum } else { density * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_tables() {
        for (z, share) in
            [(-8.0, 0.0), (-1.96, 0.024_998), (0.0, 0.5), (1.0, 0.841_345), (3.0, 0.998_650)]
        {
            assert!((below(z) - share).abs() < 1e-6, "{z}");
        }
    }
}
