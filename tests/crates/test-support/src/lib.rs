//! What the tests of the workspace share: random cases, numbers of rounds, and the services of this run.

pub mod cases;

use std::env;

/// Returns how many rounds a loop makes, out of the `all` that it makes at most.
///
/// `LBACK_ROUNDS` is their share in percent. Without it the share is a twentieth; there is always at
/// least one round.
///
/// # Panics
///
/// If `LBACK_ROUNDS` is not a whole number.
#[must_use]
pub fn rounds(all: u32) -> u32 {
    let percent = env::var("LBACK_ROUNDS").map_or(5, |percent| {
        percent
            .parse()
            .expect("LBACK_ROUNDS is a whole number of percent")
    });
    let rounds = u64::from(all) * percent / 100;
    u32::try_from(rounds).unwrap_or(u32::MAX).max(1)
}

/// Returns the value of an environment variable that names a service.
///
/// # Panics
///
/// If the variable is not set: a test that needs a service is ignored by default, and
/// fails without the service.
#[must_use]
pub fn service(variable: &str) -> String {
    env::var(variable)
        .unwrap_or_else(|_| panic!("set {variable}: this test needs the service that it names"))
}
