//! Tokens are good once, in time, for their purpose.

use std::time::Duration;

use time::{OffsetDateTime, PrimitiveDateTime};

use super::fixture::{Fixture, epoch, password};
use super::trial::{HOUR, MICROSECOND, NOW, Outcome, Trial, pending};
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, AttemptTime, EmailSet, Expected, TokenKey, TokenOwner};
use crate::token::{OneTimeToken, PendingToken, TokenPurpose};

const RESET: TokenPurpose = TokenPurpose::PasswordReset;

pub async fn a_token_is_good_once<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (number, purpose) in (1..).zip(TokenPurpose::ALL) {
        let id = trial.stored_named(purpose.as_str()).await?;
        let token = trial.put_token(&id, purpose, number).await?;
        let owner = Some(TokenOwner {
            id,
            email: format!("token-{number}@example.org"),
        });
        let consumed = trial.consume(&token, NOW).await?;
        assert_eq!(
            consumed, owner,
            "whose it is, and the address that it is for"
        );
        let again = trial.consume(&token, NOW).await?;
        assert_eq!(again, None, "it is used up");
        assert!(!trial.is_out(&token).await?, "it is used up");
    }
    Ok(())
}

pub async fn an_expired_token_is_not_good_and_stays<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    let end = NOW + HOUR;
    for now in [end, end + MICROSECOND, end + HOUR] {
        let found = trial.store.find_by_token(&token, now).await?;
        assert!(
            found.is_none(),
            "it is out no more, {} after its end",
            now - end
        );
        let consumed = trial.consume(&token, now).await?;
        assert_eq!(
            consumed,
            None,
            "it is not good, {} after its end",
            now - end
        );
    }
    let before = end - MICROSECOND;
    let found = trial.store.find_by_token(&token, before).await?;
    assert!(found.is_some(), "it is out up to its last microsecond");
    let consumed = trial.consume(&token, before).await?;
    assert!(
        consumed.is_some(),
        "it has stayed, and is good up to its last microsecond"
    );
    Ok(())
}

pub async fn a_token_of_a_clock_that_was_ahead_is_not_good<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    let earliest = NOW - PendingToken::CLOCK_TOLERANCE;
    for now in [
        earliest - MICROSECOND,
        earliest - HOUR,
        NOW - HOUR * 24 * 300,
    ] {
        let why = format!("it was issued {} after now", NOW - now);
        let found = trial.store.find_by_token(&token, now).await?;
        assert!(found.is_none(), "{why}");
        assert_eq!(trial.consume(&token, now).await?, None, "{why}");
    }
    let found = trial.store.find_by_token(&token, earliest).await?;
    assert!(found.is_some(), "clocks differ by as much as that");
    assert!(trial.consume(&token, earliest).await?.is_some());

    let token = trial.put_token(&id, RESET, 2).await?;
    let far = NOW - PendingToken::FAR_AHEAD;
    for (now, gone, what) in [
        (NOW, 0, "it is good"),
        (earliest - MICROSECOND, 0, "it will be good"),
        (far, 0, "the clock of the purge may be behind"),
        (far - MICROSECOND, 1, "it was issued far ahead"),
    ] {
        assert!(trial.is_out(&token).await?, "before: {what}");
        let purged = trial.store.purge(AttemptTime::At(now)).await?;
        assert_eq!(purged, gone, "{what}");
    }
    assert!(!trial.is_out(&token).await?);
    Ok(())
}

pub async fn a_token_may_be_good_to_the_end_of_time<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let end = PrimitiveDateTime::MAX.assume_utc();
    let token = PendingToken::new([1; 32], "ada@example.org", NOW, end);
    let put = trial
        .write(async |tx| trial.store.put_token(tx, &id, RESET, &token).await)
        .await?;
    assert!(put);
    let token = TokenKey::of_pending(RESET, &token);
    assert!(trial.is_out(&token).await?);
    let later = NOW + HOUR * 24 * 365 * 100;
    assert!(
        trial.consume(&token, later).await?.is_some(),
        "after a hundred years"
    );
    Ok(())
}

pub async fn a_token_is_good_for_its_purpose_only<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    for purpose in [TokenPurpose::EmailVerification, TokenPurpose::EmailChange] {
        let other = TokenKey::of_pending(purpose, &pending(1));
        assert!(!trial.is_out(&other).await?, "a token of another purpose");
        let consumed = trial.consume(&other, NOW).await?;
        assert_eq!(consumed, None, "a token of another purpose");
    }
    let unknown = TokenKey::of_pending(RESET, &pending(2));
    assert!(
        !trial.is_out(&unknown).await?,
        "a token that nobody has issued"
    );
    let consumed = trial.consume(&unknown, NOW).await?;
    assert_eq!(consumed, None, "a token that nobody has issued");
    assert!(trial.consume(&token, NOW).await?.is_some(), "it has stayed");
    Ok(())
}

pub async fn a_token_takes_the_place_of_the_one_before_it<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let of_bob = trial.put_token(&bob, RESET, 1).await?;
    let of_change = trial.put_token(&ada, TokenPurpose::EmailChange, 2).await?;
    let first = trial.put_token(&ada, RESET, 3).await?;
    let second = trial.put_token(&ada, RESET, 4).await?;
    assert!(!trial.is_out(&first).await?, "another is in its place");
    assert_eq!(
        trial.consume(&first, NOW).await?,
        None,
        "another is in its place"
    );
    for (token, whose) in [
        (second, "the new one"),
        (of_change, "another purpose's"),
        (of_bob, "Bob's"),
    ] {
        assert!(
            trial.consume(&token, NOW).await?.is_some(),
            "{whose} is out"
        );
    }
    let third = trial.put_token(&ada, RESET, 5).await?;
    assert!(
        trial.is_out(&third).await?,
        "in the place of one that was used up"
    );
    Ok(())
}

pub async fn a_token_takes_the_place_of_an_expired_one<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let expired = PendingToken::new([1; 32], "ada@example.org", NOW - HOUR, NOW);
    for token in [&expired, &pending(2)] {
        let put = trial.write(async |tx| trial.store.put_token(tx, &id, RESET, token).await);
        assert!(put.await?);
    }
    assert!(
        trial
            .is_out(&TokenKey::of_pending(RESET, &pending(2)))
            .await?
    );
    let expired = trial
        .consume(&TokenKey::of_pending(RESET, &expired), NOW - HOUR)
        .await?;
    assert_eq!(expired, None, "another is in its place");
    Ok(())
}

pub async fn looking_at_a_token_changes_nothing<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial
        .stored(&trial.named("ada").with_password(Some("hash"), 1))
        .await?;
    trial.stored_named("bob").await?;
    let token = trial.put_token(&ada.stored_id(), RESET, 1).await?;
    for _ in 0..3 {
        let found = trial.store.find_by_token(&token, NOW).await?;
        let found = found.map(|(user, email)| (user.kept(), email));
        let expected = (ada.kept(), "token-1@example.org".to_owned());
        assert_eq!(
            found,
            Some(expected),
            "the account, and the address it is for"
        );
    }
    assert!(
        trial.consume(&token, NOW).await?.is_some(),
        "it is still good"
    );
    Ok(())
}

pub async fn all_tokens_of_one_account_end<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let mut tokens = Vec::new();
    for (number, purpose) in (1..).zip(TokenPurpose::ALL) {
        tokens.push(trial.put_token(&ada, purpose, number).await?);
    }
    let of_bob = trial.put_token(&bob, RESET, 9).await?;
    for _ in 0..2 {
        trial
            .write(async |tx| trial.store.end_tokens(tx, &ada).await)
            .await?;
        for token in &tokens {
            assert!(!trial.is_out(token).await?, "it has ended");
            assert_eq!(trial.consume(token, NOW).await?, None, "it has ended");
        }
    }
    assert!(trial.is_out(&of_bob).await?, "another account's stays");
    Ok(())
}

pub async fn a_token_that_was_mailed_is_recognised<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let now = OffsetDateTime::now_utc();
    let mut tokens = OneTimeToken::none(RESET);
    let token = tokens.issue("ada@example.org", Duration::MAX, now);
    let token = token.expect("entropy");
    let issued = tokens.pending().expect("a token is out");
    let put = trial.write(async |tx| trial.store.put_token(tx, &id, RESET, issued).await);
    assert!(put.await?);
    for (text, is_it) in [
        ("guess", false),
        (&token.expose()[1..], false),
        (token.expose(), true),
    ] {
        let key = TokenKey::of(RESET, text).expect("no longer than a token");
        let consumed = trial.consume(&key, now).await?;
        assert_eq!(consumed.is_some(), is_it, "as `TokenKey::of` says");
    }
    Ok(())
}

pub async fn tokens_outlast_other_changes_of_an_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    let (old, new) = ("ada@example.org", "new@example.org");
    trial
        .write(async |tx| {
            let hash = password(Some("hash"), 1);
            store.set_password(tx, &id, Expected::Any, &hash).await?;
            store.mark_verified(tx, &id, old).await?;
            let set = store.set_email(tx, &id, old, new, Replace).await?;
            assert!(matches!(set, EmailSet::Set { .. }));
            store.set_active(tx, &id, false, epoch(2)).await
        })
        .await?;
    assert!(trial.is_out(&token).await?, "they end by `end_tokens`");
    assert!(trial.consume(&token, NOW).await?.is_some());
    Ok(())
}
