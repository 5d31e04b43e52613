//! Cases about storing and consuming tokens.

use std::time::Duration;

use time::{OffsetDateTime, PrimitiveDateTime};

use super::fixture::{Fixture, epoch, password};
use super::trial::{HOUR, MICROSECOND, NOW, Outcome, Trial, pending};
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, AttemptTime, EmailSet, Expected, Ledger, TokenKey, TokenOwner};
use crate::token::{OneTimeToken, PendingToken, TokenPurpose};

const RESET: TokenPurpose = TokenPurpose::PasswordReset;

pub async fn a_token_is_consumed_once<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for (number, purpose) in (1..).zip(TokenPurpose::ALL) {
        let id = trial.stored_named(purpose.as_str()).await?;
        let token = trial.put_token(&id, purpose, number).await?;
        let owner = Some(TokenOwner {
            id,
            email: format!("token-{number}@example.org"),
        });
        let consumed = trial.consume(&token, NOW).await?;
        assert_eq!(consumed, owner, "the account, and the address of the token");
        let again = trial.consume(&token, NOW).await?;
        assert_eq!(again, None, "the token is consumed");
        assert!(!trial.is_pending(&token).await?, "the token is consumed");
    }
    Ok(())
}

pub async fn an_expired_token_is_refused_and_kept<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    let end = NOW + HOUR;
    for now in [end, end + MICROSECOND, end + HOUR] {
        let found = trial.store.find_by_token(&token, now).await?;
        assert!(
            found.is_none(),
            "`find_by_token`, {} after the expiry",
            now - end
        );
        let consumed = trial.consume(&token, now).await?;
        assert_eq!(
            consumed,
            None,
            "`consume_token`, {} after the expiry",
            now - end
        );
    }
    let before = end - MICROSECOND;
    let found = trial.store.find_by_token(&token, before).await?;
    assert!(
        found.is_some(),
        "the token is found until its last microsecond"
    );
    let consumed = trial.consume(&token, before).await?;
    assert!(
        consumed.is_some(),
        "the token is kept, and is valid until its last microsecond"
    );
    Ok(())
}

pub async fn a_token_issued_in_the_future_is_refused<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    let earliest = NOW - PendingToken::CLOCK_TOLERANCE;
    for now in [
        earliest - MICROSECOND,
        earliest - HOUR,
        NOW - HOUR * 24 * 300,
    ] {
        let why = format!("the token was issued {} in the future", NOW - now);
        let found = trial.store.find_by_token(&token, now).await?;
        assert!(found.is_none(), "{why}");
        assert_eq!(trial.consume(&token, now).await?, None, "{why}");
    }
    let found = trial.store.find_by_token(&token, earliest).await?;
    assert!(found.is_some(), "the tolerance for clocks includes its end");
    assert!(trial.consume(&token, earliest).await?.is_some());

    let token = trial.put_token(&id, RESET, 2).await?;
    let far = NOW - PendingToken::FAR_AHEAD;
    for (now, gone, what) in [
        (NOW, 0, "the token is valid"),
        (earliest - MICROSECOND, 0, "the token will be valid"),
        (far, 0, "the clock of the purge may be behind"),
        (
            far - MICROSECOND,
            1,
            "the token was issued far in the future",
        ),
    ] {
        assert!(trial.is_pending(&token).await?, "before: {what}");
        let purged = trial.store.purge(AttemptTime::At(now)).await?;
        assert_eq!(purged, gone, "{what}");
    }
    assert!(!trial.is_pending(&token).await?);
    Ok(())
}

pub async fn a_token_may_expire_at_the_maximum_time<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let end = PrimitiveDateTime::MAX.assume_utc();
    let token = PendingToken::new([1; 32], "ada@example.org", NOW, end);
    let put = trial
        .write(async |tx| trial.store.put_token(tx, &id, RESET, &token).await)
        .await?;
    assert!(put);
    let token = TokenKey::of_pending(RESET, &token);
    assert!(trial.is_pending(&token).await?);
    let later = NOW + HOUR * 24 * 365 * 100;
    assert!(
        trial.consume(&token, later).await?.is_some(),
        "the token is valid after a hundred years"
    );
    Ok(())
}

pub async fn a_token_is_valid_only_for_its_purpose<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, RESET, 1).await?;
    for purpose in [TokenPurpose::EmailVerification, TokenPurpose::EmailChange] {
        let other = TokenKey::of_pending(purpose, &pending(1));
        assert!(
            !trial.is_pending(&other).await?,
            "a token of another purpose"
        );
        let consumed = trial.consume(&other, NOW).await?;
        assert_eq!(consumed, None, "a token of another purpose");
    }
    let unknown = TokenKey::of_pending(RESET, &pending(2));
    assert!(
        !trial.is_pending(&unknown).await?,
        "a token that was not issued"
    );
    let consumed = trial.consume(&unknown, NOW).await?;
    assert_eq!(consumed, None, "a token that was not issued");
    assert!(
        trial.consume(&token, NOW).await?.is_some(),
        "the token is kept"
    );
    Ok(())
}

pub async fn put_token_replaces_the_previous_token<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let of_bob = trial.put_token(&bob, RESET, 1).await?;
    let of_change = trial.put_token(&ada, TokenPurpose::EmailChange, 2).await?;
    let first = trial.put_token(&ada, RESET, 3).await?;
    let second = trial.put_token(&ada, RESET, 4).await?;
    assert!(
        !trial.is_pending(&first).await?,
        "the next token has replaced it"
    );
    assert_eq!(
        trial.consume(&first, NOW).await?,
        None,
        "the next token has replaced it"
    );
    for (token, whose) in [
        (second, "the new token"),
        (of_change, "the token of another purpose"),
        (of_bob, "the token of another account"),
    ] {
        assert!(
            trial.consume(&token, NOW).await?.is_some(),
            "{whose} is valid"
        );
    }
    let third = trial.put_token(&ada, RESET, 5).await?;
    assert!(
        trial.is_pending(&third).await?,
        "a new token after a consumed one"
    );
    Ok(())
}

pub async fn put_token_replaces_an_expired_token<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let expired = PendingToken::new([1; 32], "ada@example.org", NOW - HOUR, NOW);
    for token in [&expired, &pending(2)] {
        let put = trial.write(async |tx| trial.store.put_token(tx, &id, RESET, token).await);
        assert!(put.await?);
    }
    assert!(
        trial
            .is_pending(&TokenKey::of_pending(RESET, &pending(2)))
            .await?
    );
    let expired = trial
        .consume(&TokenKey::of_pending(RESET, &expired), NOW - HOUR)
        .await?;
    assert_eq!(expired, None, "the next token has replaced it");
    Ok(())
}

pub async fn find_by_token_does_not_consume_the_token<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial
        .stored(&trial.named("ada").with_password(Some("hash"), 1))
        .await?;
    trial.stored_named("bob").await?;
    let token = trial.put_token(&ada.stored_id(), RESET, 1).await?;
    for _ in 0..3 {
        let found = trial.store.find_by_token(&token, NOW).await?;
        let found = found.map(|(user, email)| (user.state(), email));
        let expected = (ada.state(), "token-1@example.org".to_owned());
        assert_eq!(
            found,
            Some(expected),
            "the account, and the address of the token"
        );
    }
    assert!(
        trial.consume(&token, NOW).await?.is_some(),
        "the token is still valid"
    );
    Ok(())
}

pub async fn delete_tokens_deletes_all_tokens_of_one_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let mut tokens = Vec::new();
    for (number, purpose) in (1..).zip(TokenPurpose::ALL) {
        tokens.push(trial.put_token(&ada, purpose, number).await?);
    }
    let of_bob = trial.put_token(&bob, RESET, 9).await?;
    for _ in 0..2 {
        trial
            .write(async |tx| trial.store.delete_tokens(tx, &ada).await)
            .await?;
        for token in &tokens {
            assert!(!trial.is_pending(token).await?, "the token has ended");
            assert_eq!(
                trial.consume(token, NOW).await?,
                None,
                "the token has ended"
            );
        }
    }
    assert!(
        trial.is_pending(&of_bob).await?,
        "the token of another account remains"
    );
    Ok(())
}

pub async fn a_ledger_deletes_only_valid_tokens_of_the_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let token = trial.put_token(&ada, RESET, 1).await?;
    let early = NOW - PendingToken::CLOCK_TOLERANCE - MICROSECOND;
    let ledger = trial.store.ledger();
    for (account, now, is_deleted, what) in [
        (&bob, NOW, false, "another account's"),
        (&ada, NOW + HOUR, false, "it has expired"),
        (&ada, early, false, "it was issued later"),
        (&ada, NOW, true, "it is valid"),
        (&ada, NOW, false, "it was deleted"),
    ] {
        let deleted = trial.write(async |tx| {
            let connection = ledger.start_operation(tx).await?;
            let deleted = ledger
                .delete_token(connection, &token, account, now)
                .await?;
            ledger.finish_operation(tx);
            Ok(deleted)
        });
        assert_eq!(deleted.await?, is_deleted, "{what}");
    }
    Ok(())
}

pub async fn a_mailed_token_is_found_by_its_text<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let now = OffsetDateTime::now_utc();
    let mut tokens = OneTimeToken::none(RESET);
    let token = tokens.issue("ada@example.org", Duration::MAX, now);
    let token = token.expect("the random source works");
    let issued = tokens.pending().expect("a token is pending");
    let put = trial.write(async |tx| trial.store.put_token(tx, &id, RESET, issued).await);
    assert!(put.await?);
    for (text, is_token) in [
        ("guess", false),
        (&token.expose()[1..], false),
        (token.expose(), true),
    ] {
        let key = TokenKey::of(RESET, text).expect("the text is short enough");
        let consumed = trial.consume(&key, now).await?;
        assert_eq!(
            consumed.is_some(),
            is_token,
            "`TokenKey::of` finds only the whole token"
        );
    }
    Ok(())
}

pub async fn tokens_survive_other_changes_of_the_account<S: AccountStore>(
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
    assert!(
        trial.is_pending(&token).await?,
        "only `delete_tokens` deletes tokens"
    );
    assert!(trial.consume(&token, NOW).await?.is_some());
    Ok(())
}
