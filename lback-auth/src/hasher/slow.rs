//! Warning, once per process, that hashes are slow because the dependencies are not optimised.

use std::sync::Once;
use std::time::{Duration, Instant};

/// Memory in KiB times passes of a new hash by default.
const DEFAULT_WORK: u64 = 19_456 * 2;

/// A hash at the default cost takes 15 to 50 ms where argon2 is optimised, and 4 to 8 s where it is not.
const SLOW: Duration = Duration::from_secs(1);

static WARNED: Once = Once::new();

/// Computes a hash, and warns if it takes too long for its `work`.
pub(super) fn timed<T>(work: u64, hash: impl FnOnce() -> T) -> T {
    if !cfg!(debug_assertions) {
        return hash();
    }
    let begin = Instant::now();
    let hashed = hash();
    warn_if_slow(work, begin.elapsed());
    hashed
}

fn warn_if_slow(work: u64, took: Duration) {
    if is_slow(work, took) {
        WARNED.call_once(|| {
            lback_signals::__private::write_unless_traced(|| warning(took));
            #[cfg(feature = "tracing")]
            tracing::warn!("{}", warning(took));
        });
    }
}

fn is_slow(work: u64, took: Duration) -> bool {
    work <= DEFAULT_WORK && took > SLOW
}

fn warning(took: Duration) -> String {
    format!(
        "a password hash took {:.1} s because this build does not optimise its dependencies: add the two \
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
    fn more_than_a_second_is_slow_at_the_default_cost() {
        let default = crate::hasher::Hasher::default();
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

    /// Runs here, and in child processes whose standard error is read.
    #[test]
    fn the_warning_appears_once() {
        for took in [9, 5600, 6200] {
            warn_if_slow(DEFAULT_WORK, Duration::from_millis(took));
        }
        if env::var_os("LBACK_IS_READ").is_some() {
            return;
        }
        for (stderr, lines) in [("on", 1), ("off", 0)] {
            let output = Command::new(env::current_exe().expect("the tests"))
                .args(["--exact", "hasher::slow::tests::the_warning_appears_once"])
                .env("LBACK_IS_READ", "")
                .env("LBACK_STDERR", stderr)
                .output()
                .expect("the tests run");
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
            let stderr_text = String::from_utf8(output.stderr).expect("text");
            assert_eq!(stderr_text.lines().count(), lines, "{stderr_text}");
            assert!(
                lines == 0 || stderr_text.starts_with("lback-signals: a password hash took 5.6 s")
            );
            assert_eq!(
                stderr_text.contains("`[profile.dev.package.\"*\"]` and `opt-level = 3`"),
                lines == 1
            );
        }
    }
}
