//! Comparison of two sides that take turns.

use std::fmt;
use std::time::Duration;

/// Times of two sides.
pub(crate) struct Comparison {
    one: Vec<Duration>,
    other: Vec<Duration>,
    /// The time of `one` divided by the time of `other`, per turn.
    ratios: Vec<f64>,
}

impl Comparison {
    /// Measures both sides in turns, so that a busy moment affects both. Each side goes first in every
    /// other turn. One more turn warms up.
    pub(crate) async fn of(
        turns: u32,
        one: impl AsyncFn() -> Duration,
        other: impl AsyncFn() -> Duration,
    ) -> Self {
        let mut times = Vec::new();
        for turn in 0..=turns {
            times.push(if turn % 2 == 0 {
                let one = one().await;
                (one, other().await)
            } else {
                let other = other().await;
                (one().await, other)
            });
        }
        times.remove(0);
        let ratios = times.iter();
        let ratios = ratios.map(|(one, other)| one.as_secs_f64() / other.as_secs_f64());
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let (mut one, mut other): (Vec<_>, Vec<_>) = times.into_iter().unzip();
        one.sort_unstable();
        other.sort_unstable();
        Self { one, other, ratios }
    }
}

/// Shows the median, the lowest and the highest ratio, and the median times.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { one, other, ratios } = self;
        let last = ratios.len() - 1;
        let (lowest, median, highest) = (ratios[0], ratios[last / 2], ratios[last]);
        let (one, other) = (one[last / 2], other[last / 2]);
        write!(
            f,
            "{median:.2} x ({lowest:.2} to {highest:.2}), {one:.1?} and {other:.1?} a turn"
        )
    }
}
