use std::time::Duration;

use proptest::prelude::*;
use time::{Date, PrimitiveDateTime, Time, UtcOffset};

use super::*;
use crate::token::TokenError::{EmailChanged, Expired, Mismatch, NoToken, TooSoon};

const ADA: &str = "ada@example.org";
const OTHER: &str = "ada@elsewhere.example";
const HOUR: Duration = Duration::from_hours(1);
const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const LAST_INSTANT: OffsetDateTime = PrimitiveDateTime::new(Date::MAX, Time::MAX).assume_utc();

/// A verification with a token out for [`ADA`], valid for an hour from [`NOW`].
fn issued() -> (EmailVerification, VerificationToken) {
    let mut verification = EmailVerification::unverified();
    let token = verification.issue(ADA, HOUR, NOW).expect("entropy");
    (verification, token)
}

/// Consumes a token that must be refused, and checks that this leaves no trace.
fn refused(
    verification: &mut EmailVerification,
    token: &str,
    email: &str,
    now: OffsetDateTime,
) -> TokenError {
    let before = verification.clone();
    let error = verification
        .consume(token, email, now)
        .expect_err("must be refused");
    assert_eq!(*verification, before);
    error
}

#[test]
fn a_right_token_verifies_once() {
    let (mut verification, token) = issued();
    assert!(!verification.is_verified(ADA));

    assert_eq!(verification.consume(token.expose(), ADA, NOW), Ok(()));
    assert!(verification.is_verified(ADA));
    assert_eq!(verification, EmailVerification::verified(ADA));

    assert_eq!(
        refused(&mut verification, token.expose(), ADA, NOW),
        NoToken
    );
}

#[test]
fn nothing_pending() {
    for mut verification in [
        EmailVerification::unverified(),
        EmailVerification::verified(ADA),
    ] {
        assert_eq!(refused(&mut verification, "", ADA, NOW), NoToken);
        assert_eq!(
            refused(&mut verification, &"a".repeat(1_000), ADA, NOW),
            NoToken
        );
    }
}

#[test]
fn a_token_is_valid_until_just_before_its_expiry() {
    let (mut verification, token) = issued();
    let expiry = NOW + HOUR;
    let pending = verification.pending().expect("issued");
    assert_eq!(pending.expires_at(), expiry);
    for late in [expiry, expiry + Duration::from_nanos(1), LAST_INSTANT] {
        assert_eq!(
            refused(&mut verification, token.expose(), ADA, late),
            Expired
        );
    }
    let in_time = expiry - Duration::from_nanos(1);
    assert_eq!(verification.consume(token.expose(), ADA, in_time), Ok(()));
}

#[test]
fn a_token_valid_for_no_time_is_expired_at_once() {
    let mut verification = EmailVerification::unverified();
    let token = verification
        .issue(ADA, Duration::ZERO, NOW)
        .expect("entropy");
    assert_eq!(
        refused(&mut verification, token.expose(), ADA, NOW),
        Expired
    );
}

#[test]
fn the_expiry_ends_at_the_last_instant_in_utc() {
    let west = UtcOffset::from_hms(-10, 0, 0).expect("an offset");
    let east = UtcOffset::from_hms(10, 0, 0).expect("an offset");
    let first_instant = PrimitiveDateTime::new(Date::MIN, Time::MIDNIGHT);
    for now in [
        NOW,
        NOW.to_offset(west),
        NOW.to_offset(east),
        LAST_INSTANT,
        first_instant.assume_utc(),
    ] {
        for valid_for in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
            let mut verification = EmailVerification::unverified();
            verification.issue(ADA, valid_for, now).expect("entropy");
            let expires_at = verification.pending().expect("issued").expires_at();
            assert_eq!(expires_at, LAST_INSTANT);
            assert_eq!(expires_at.offset(), UtcOffset::UTC);
        }
    }
    // Instants that UTC can't represent are no reason to panic.
    for now in [
        PrimitiveDateTime::MAX.assume_offset(west),
        first_instant.assume_offset(east),
    ] {
        let mut verification = EmailVerification::unverified();
        let token = verification.issue(ADA, HOUR, now).expect("entropy");
        let right = verification.consume(token.expose(), ADA, now);
        assert_eq!(right.is_ok(), now < LAST_INSTANT);
    }
}

#[test]
fn another_address_needs_another_token() {
    let (mut verification, token) = issued();
    for changed in [OTHER, "", "ADA@example.org", "ada@example.org "] {
        assert_eq!(
            refused(&mut verification, token.expose(), changed, NOW),
            EmailChanged
        );
    }
    // Back at the old address the token counts again.
    assert_eq!(verification.consume(token.expose(), ADA, NOW), Ok(()));
    assert!(!verification.is_verified(OTHER));
}

#[test]
fn a_wrong_token_is_a_mismatch_whatever_else_is_wrong() {
    let (mut verification, token) = issued();
    assert_eq!(
        refused(&mut verification, "wrong", OTHER, NOW + HOUR),
        Mismatch
    );
    assert_eq!(
        refused(&mut verification, token.expose(), OTHER, NOW + HOUR),
        Expired
    );
}

#[test]
fn a_new_token_supersedes_an_earlier_one() {
    let (mut verification, first) = issued();
    let second = verification.issue(ADA, HOUR, NOW).expect("entropy");
    assert_eq!(
        refused(&mut verification, first.expose(), ADA, NOW),
        Mismatch
    );
    assert_eq!(verification.consume(second.expose(), ADA, NOW), Ok(()));
}

#[test]
fn issuing_never_unverifies() {
    let mut verification = EmailVerification::verified(ADA);
    let token = verification.issue(OTHER, HOUR, NOW).expect("entropy");
    assert!(verification.is_verified(ADA));
    assert_eq!(verification.consume(token.expose(), OTHER, NOW), Ok(()));
    assert!(!verification.is_verified(ADA));
    assert!(verification.is_verified(OTHER));
}

#[test]
fn the_empty_address_is_unverified_by_default() {
    assert!(!EmailVerification::unverified().is_verified(""));
    assert!(!issued().0.is_verified(""));
}

#[test]
fn saved_parts_can_be_restored() {
    let (verification, token) = issued();
    let pending = verification.pending().expect("issued");
    let mut restored = EmailVerification::from_parts(
        verification.verified_email().map(str::to_owned),
        Some(PendingToken::new(
            *pending.digest(),
            pending.email(),
            pending.issued_at(),
            pending.expires_at(),
        )),
    );
    assert_eq!(restored, verification);
    assert_eq!(restored.consume(token.expose(), ADA, NOW), Ok(()));
}

#[test]
fn debug_leaves_the_digest_out() {
    let pending = PendingToken::new([213; 32], ADA, NOW, NOW);
    let verification = EmailVerification::from_parts(Some(OTHER.to_owned()), Some(pending));
    let shown = format!("{verification:?}");
    assert!(shown.contains(ADA) && shown.contains(OTHER));
    assert!(!shown.contains("213") && !shown.contains("digest"));
}

/// Texts of any kind, and such as are nearly tokens.
fn wrong_tokens() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_-]{43}",
        "[A-Za-z0-9_-]{0,300}",
        ".{250,600}",
    ]
}

proptest! {
    #[test]
    fn wrong_tokens_of_any_kind_mismatch(presented in wrong_tokens()) {
        let (mut verification, _) = issued();
        prop_assert_eq!(refused(&mut verification, &presented, ADA, NOW), Mismatch);
    }

    #[test]
    fn a_token_must_be_presented_exactly(at in 0_usize..=43, extra in any::<char>()) {
        let (mut verification, token) = issued();
        let mut longer = token.expose().to_owned();
        longer.insert(at, extra);
        prop_assert_eq!(refused(&mut verification, &longer, ADA, NOW), Mismatch);
        let shorter = &token.expose()[..at.min(42)];
        prop_assert_eq!(refused(&mut verification, shorter, ADA, NOW), Mismatch);
    }

    #[test]
    fn the_expiry_is_exact(seconds in 0..=4_000_000_000_u64, nanos in 0..1_000_000_000_u32) {
        let valid_for = Duration::new(seconds, nanos);
        let mut verification = EmailVerification::unverified();
        let token = verification.issue(ADA, valid_for, NOW).expect("entropy");
        let expiry = NOW + valid_for;
        prop_assert_eq!(refused(&mut verification, token.expose(), ADA, expiry), Expired);
        let in_time = expiry - Duration::from_nanos(1);
        prop_assert_eq!(verification.consume(token.expose(), ADA, in_time), Ok(()));
    }
}

#[test]
fn the_expiry_is_in_utc_at_the_ends_of_time() {
    let west = PrimitiveDateTime::MAX.assume_offset(UtcOffset::from_hms(-23, 0, 0).unwrap());
    let east = PrimitiveDateTime::MIN.assume_offset(UtcOffset::from_hms(23, 0, 0).unwrap());
    for now in [west, east] {
        let mut verification = EmailVerification::unverified();
        verification
            .issue("ada@example.org", std::time::Duration::ZERO, now)
            .unwrap();
        let expires_at = verification.pending().unwrap().expires_at();
        assert_eq!(expires_at.offset(), UtcOffset::UTC);
    }
}

#[test]
fn a_peek_answers_as_a_verification_would_and_changes_nothing() {
    let (mut verification, token) = issued();
    let before = verification.clone();
    for (presented, email, now) in [
        (token.expose(), ADA, NOW),
        ("wrong", ADA, NOW),
        (token.expose(), ADA, NOW + HOUR),
        (token.expose(), OTHER, NOW),
    ] {
        let peeked = verification.peek(presented, email, now);
        assert_eq!(verification, before);
        assert_eq!(verification.clone().consume(presented, email, now), peeked);
    }
    verification.consume(token.expose(), ADA, NOW).unwrap();
    assert_eq!(verification.peek(token.expose(), ADA, NOW), Err(NoToken));
}

#[test]
fn no_second_token_within_the_interval() {
    const MINUTE: Duration = Duration::from_mins(1);
    let (mut verification, token) = issued();
    let again = |verification: &mut EmailVerification, email, now| {
        verification.reissue(email, HOUR, MINUTE, now).map(drop)
    };
    let nanosecond = Duration::from_nanos(1);
    for too_soon in [NOW, NOW + MINUTE - nanosecond, NOW - MINUTE + nanosecond] {
        assert_eq!(again(&mut verification, ADA, too_soon), Err(TooSoon));
        assert_eq!(verification.peek(token.expose(), ADA, NOW), Ok(()));
    }
    assert_eq!(again(&mut verification.clone(), ADA, NOW + MINUTE), Ok(()));
    // A clock that was put back by more, a new address, and a token that was used, are no repeats.
    assert_eq!(again(&mut verification.clone(), ADA, NOW - MINUTE), Ok(()));
    assert_eq!(again(&mut verification.clone(), OTHER, NOW), Ok(()));
    verification.consume(token.expose(), ADA, NOW).unwrap();
    assert_eq!(again(&mut verification, ADA, NOW), Ok(()));
    assert_eq!(
        again(&mut EmailVerification::unverified(), ADA, NOW),
        Ok(())
    );
}

#[test]
fn whose_address_is_vouched_for_needs_no_token() {
    let (mut verification, token) = issued();
    verification.vouch(ADA);
    assert_eq!(verification, EmailVerification::verified(ADA));
    assert_eq!(
        refused(&mut verification, token.expose(), ADA, NOW),
        NoToken
    );
}

#[test]
fn a_token_is_good_for_its_purpose_alone() {
    let mut reset = OneTimeToken::none(TokenPurpose::PasswordReset);
    let token = reset.issue(ADA, HOUR, NOW).unwrap();
    let pending = reset.pending().cloned();
    let verification = EmailVerification::from_parts(None, pending);
    assert_eq!(verification.peek(token.expose(), ADA, NOW), Err(Mismatch));
    assert_eq!(reset.verify(token.expose(), ADA, NOW), Ok(()));
}
