//! Cases about purging expired tokens and forgotten attempts.

use std::time::Duration;

use super::attempts::{about, none_free};
use super::audit::entry;
use super::fixture::Fixture;
use super::trial::{HOUR, MICROSECOND, NOW, Outcome, Trial};
use crate::auth_user::AuthUser as _;
use crate::store::UnverifiedHolders::Keep;
use crate::store::{AccountStore, AttemptTime, Inserted};
use crate::token::{PendingToken, TokenPurpose};

pub async fn purge_returns_the_number_of_deleted_rows<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    assert_eq!(
        store.purge(AttemptTime::At(NOW)).await?,
        0,
        "no row is expired"
    );
    for (number, (id, purpose)) in (0..).zip([
        (&ada, TokenPurpose::PasswordReset),
        (&ada, TokenPurpose::EmailChange),
        (&bob, TokenPurpose::PasswordReset),
    ]) {
        trial.put_token(id, purpose, number).await?;
    }
    let (short, long) = (Duration::from_hours(2), Duration::from_hours(3));
    for (subject, forgotten_after) in [(1, short), (2, short), (3, long)] {
        let attempt = about(subject, none_free().with_forgotten_after(forgotten_after));
        trial.granted(attempt, NOW, "the first attempt").await?;
    }
    for (after, gone, what) in [
        (HOUR - MICROSECOND, 0, "no token has expired"),
        (HOUR, 3, "all tokens have expired"),
        (HOUR * 2 - MICROSECOND, 0, "all attempts count"),
        (HOUR * 2 + MICROSECOND, 2, "two attempts are forgotten"),
        (HOUR * 3 + MICROSECOND, 1, "the last attempt is forgotten"),
        (HOUR * 9, 0, "no row is left"),
    ] {
        assert_eq!(
            store.purge(AttemptTime::At(NOW + after)).await?,
            gone,
            "{what}"
        );
    }
    Ok(())
}

pub async fn purge_deletes_expired_tokens<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let token = trial.put_token(&id, TokenPurpose::PasswordReset, 1).await?;
    trial.store.purge(AttemptTime::At(NOW + HOUR)).await?;
    let consumed = trial.consume(&token, NOW).await?;
    assert_eq!(consumed, None, "the token was purged");
    Ok(())
}

/// Stores more expired rows than a store may delete in one transaction.
pub async fn purge_deletes_any_number_of_rows<S: AccountStore>(trial: Trial<S>) -> Outcome {
    const ACCOUNTS: u16 = 750;
    let store = &trial.store;
    trial
        .write(async |tx| {
            for account in 0..ACCOUNTS {
                let user = trial.named(&format!("user{account}"));
                let Inserted::Stored { user, .. } = store.insert(tx, &user, Keep, NOW).await?
                else {
                    panic!("no account has the login {:?}", user.username());
                };
                for purpose in TokenPurpose::ALL {
                    let mut digest = [0; 32];
                    digest[..2].copy_from_slice(&account.to_be_bytes());
                    let expires_at = NOW + MICROSECOND * i32::from(account);
                    let token = PendingToken::new(digest, user.email(), NOW, expires_at);
                    assert!(
                        store
                            .put_token(tx, &user.stored_id(), purpose, &token)
                            .await?
                    );
                }
            }
            Ok(())
        })
        .await?;
    let last = NOW + MICROSECOND * i32::from(ACCOUNTS - 1);
    for (now, gone, what) in [
        (
            last - MICROSECOND,
            u64::from(ACCOUNTS - 1) * 3,
            "all tokens except those of the last account have expired",
        ),
        (last, 3, "the tokens of the last account have expired"),
        (last, 0, "no row is left"),
    ] {
        assert_eq!(store.purge(AttemptTime::At(now)).await?, gone, "{what}");
    }
    Ok(())
}

pub async fn purge_deletes_nothing_else<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial
        .stored(&trial.named("ada").with_password(Some("hash"), 1))
        .await?;
    let bob = trial.stored(&trial.named("bob").inactive()).await?;
    let token = trial
        .put_token(&ada.stored_id(), TokenPurpose::PasswordReset, 1)
        .await?;
    let attempt = about(1, none_free());
    trial.granted(attempt, NOW, "the first attempt").await?;
    let old = NOW - HOUR * 24 * 365 * 10;
    let mut entry = entry("old");
    entry.at = old;
    trial.append(std::slice::from_ref(&entry)).await?;

    assert_eq!(
        store.purge(AttemptTime::At(NOW)).await?,
        0,
        "no row is expired"
    );

    let all = store.page(None, 10).await?;
    let all: Vec<_> = all.iter().map(Fixture::state).collect();
    assert_eq!(all, [ada.state(), bob.state()], "accounts remain");
    assert!(
        trial.is_pending(&token).await?,
        "a token that has not expired remains"
    );
    let why = "attempts that count remain";
    trial.refused(attempt, NOW, NOW + HOUR, why).await?;
    let entries = store.audit(None, 10).await?;
    assert!(
        entries.iter().map(|(_, entry)| entry).eq([&entry]),
        "audit entries remain"
    );
    Ok(())
}
