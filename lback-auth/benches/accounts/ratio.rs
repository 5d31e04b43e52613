//! Two sides that take turns.

use std::fmt;
use std::time::Duration;

/// How many times as long one side takes as the other, in each turn, from the lowest to the highest.
pub(crate) struct Ratios(Vec<f64>);

impl Ratios {
    /// In turns, so that a busy moment is both sides', and each goes first every other time. One more
    /// turn warms up.
    pub(crate) async fn of(
        turns: u32,
        one: impl AsyncFn() -> Duration,
        other: impl AsyncFn() -> Duration,
    ) -> Self {
        let mut ratios = Vec::new();
        for turn in 0..=turns {
            let (one, other) = if turn % 2 == 0 {
                let one = one().await;
                (one, other().await)
            } else {
                let other = other().await;
                (one().await, other)
            };
            if turn > 0 {
                ratios.push(one.as_secs_f64() / other.as_secs_f64());
            }
        }
        ratios.sort_unstable_by(f64::total_cmp);
        Self(ratios)
    }
}

/// The median, the lowest and the highest.
impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ratios) = self;
        let (median, last) = (ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
        write!(f, "{median:.2} x ({:.2} to {last:.2})", ratios[0])
    }
}
