//! Cost of verifying a token, compared with one SHA-256 of its bytes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use lback_auth::{OneTimeToken, TokenPurpose};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

pub(crate) fn table(calls: u32) {
    let (email, now) = ("ada@example.org", OffsetDateTime::now_utc());
    let mut token = OneTimeToken::none(TokenPurpose::EmailVerification);
    let secret = token.issue(email, Duration::from_hours(1), now);
    let secret = secret.expect("entropy");
    let text = secret.expose();

    let mut sha256 = Duration::MAX;
    let mut peek = Duration::MAX;
    // The minimum of several turns, since interruptions only add time.
    for _ in 0..10 {
        sha256 = sha256.min(timed(calls, || {
            black_box(Sha256::digest(black_box(text)));
        }));
        peek = peek.min(timed(calls, || {
            token
                .peek(black_box(text), email, now)
                .expect("it is right");
        }));
    }
    let ratio = peek.as_secs_f64() / sha256.as_secs_f64();
    println!("SHA-256 of a token {sha256:?}, verifying it {peek:?}: {ratio:.2} x (goal 3)");
}

/// Returns the mean time of a call, over many calls.
fn timed(calls: u32, mut call: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed() / calls
}
