//! Says once that hashes are slow because the dependencies are not optimised.

use std::sync::Once;
use std::time::{Duration, Instant};

/// Memory in KiB times passes of a new hash by default.
const DEFAULT_WORK: u64 = 19_456 * 2;

/// A hash at the default cost takes 15 to 50 ms where argon2 is optimised, and 4 to 8 s where it is not.
const SLOW: Duration = Duration::from_secs(1);

static SAID: Once = Once::new();

/// Computes a hash of so much work, and says so if it is slow.
pub(super) fn watched<T>(work: u64, hash: impl FnOnce() -> T) -> T {
    if !cfg!(debug_assertions) {
        return hash();
    }
    let begin = Instant::now();
    let hashed = hash();
    say_if_slow(work, begin.elapsed());
    hashed
}

fn say_if_slow(work: u64, took: Duration) {
    if is_slow(work, took) {
        SAID.call_once(|| {
            lback_signals::__private::write_unless_traced(|| text(took));
            #[cfg(feature = "tracing")]
            tracing::warn!("{}", text(took));
        });
    }
}

fn is_slow(work: u64, took: Duration) -> bool {
    work <= DEFAULT_WORK && took > SLOW
}

fn text(took: Duration) -> String {
    format!(
        "a password hash took {:.1} s, since this build does not optimise its dependencies; add the two \
         lines `[profile.dev.package.\"*\"]` and `opt-level = 3` to the Cargo.toml of the workspace",
        took.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_second_is_slow_for_a_hash_at_the_default_cost() {
        let default = crate::Hasher::default();
        assert_eq!(default.inner.recipe.work(), DEFAULT_WORK);
        let more = Duration::from_nanos(1);
        for (work, took, expected) in [
            (DEFAULT_WORK, SLOW, false),
            (DEFAULT_WORK, SLOW + more, true),
            (8, SLOW + more, true),
            (DEFAULT_WORK + 1, SLOW * 9, false),
        ] {
            assert_eq!(is_slow(work, took), expected, "{work} {took:?}");
        }
    }

    /// Runs here, and again as a process whose standard error is read.
    #[test]
    fn it_is_said_once() {
        for took in [9, 5600, 6200] {
            say_if_slow(DEFAULT_WORK, Duration::from_millis(took));
        }
        if env::var_os("LBACK_IS_READ").is_some() {
            return;
        }
        for (stderr, lines) in [("on", 1), ("off", 0)] {
            let output = Command::new(env::current_exe().expect("the tests"))
                .args(["--exact", "hasher::slow::tests::it_is_said_once"])
                .env("LBACK_IS_READ", "")
                .env("LBACK_STDERR", stderr)
                .output()
                .expect("the tests run");
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
            let said = String::from_utf8(output.stderr).expect("text");
            assert_eq!(said.lines().count(), lines, "{said}");
            assert!(lines == 0 || said.starts_with("lback-signals: a password hash took 5.6 s"));
            assert_eq!(
                said.contains("`[profile.dev.package.\"*\"]` and `opt-level = 3`"),
                lines == 1
            );
        }
    }
}
