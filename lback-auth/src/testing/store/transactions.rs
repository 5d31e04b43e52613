//! A transaction happens as a whole, or not at all.

use std::thread::sleep;
use std::time::Duration;

use super::attempts::{about, key, limit, none_free};
use super::fixture::{Fixture, Kept, epoch, id_of, password, told};
use super::log::{entry, request};
use super::trial::{NOW, Outcome, Trial, commit, pending};
use crate::{
    AccountStore, AddressRequest, AuditEntry, EmailSet, Expected, Inserted, NormalForm,
    RequestNumber, TokenKey, TokenPurpose, UserId,
};

const RESET: TokenPurpose = TokenPurpose::PasswordReset;

/// A store with something of each kind in it.
struct Full<S: AccountStore> {
    trial: Trial<S>,
    ada: UserId,
    bob: UserId,
    token: TokenKey,
    request: RequestNumber,
}

/// All that can be looked at.
#[derive(Debug, PartialEq)]
struct Seen {
    accounts: Vec<Kept>,
    tokens: Vec<Option<(UserId, String)>>,
    request: Option<(RequestNumber, AddressRequest)>,
    audit: Vec<AuditEntry>,
}

impl<S: AccountStore> Full<S> {
    async fn new(trial: Trial<S>) -> Outcome<Self> {
        let ada = trial.named("ada").with_password(Some("hash"), 1);
        let ada = trial.stored(&ada).await?.stored_id();
        let bob = trial.stored_named("bob").await?;
        let token = trial.put_token(&ada, RESET, 1).await?;
        trial.put_token(&bob, RESET, 2).await?;
        trial.file(&request("ada@example.org")).await?;
        trial.append(&[entry("before")]).await?;
        for subject in [1, 2] {
            let attempt = about(subject, none_free());
            trial.granted(attempt, NOW, "the first").await?;
        }
        let next = trial.store.next_request().await?;
        let (request, _) = next.expect("a request is there");
        Ok(Self {
            trial,
            ada,
            bob,
            token,
            request,
        })
    }

    async fn look(&self) -> Outcome<Seen> {
        let store = &self.trial.store;
        let accounts = store.page(None, 100).await?;
        let mut tokens = Vec::new();
        for number in 1..=3 {
            let key = TokenKey::of_pending(RESET, &pending(number));
            let found = store.find_by_token(&key, NOW).await?;
            tokens.push(found.map(|(user, email)| (user.stored_id(), email)));
        }
        let audit = store.audit(None, 100).await?;
        Ok(Seen {
            accounts: accounts.iter().map(Fixture::kept).collect(),
            tokens,
            request: store.next_request().await?,
            audit: audit.into_iter().map(|(_, entry)| entry).collect(),
        })
    }

    /// Makes the write of this number, and says what it is. `None` if there are no more.
    async fn write(&self, tx: &mut S::Transaction, number: u32) -> Outcome<Option<&'static str>> {
        let (store, id) = (&self.trial.store, &self.ada);
        let new = password(Some("new"), 2);
        Ok(Some(match number {
            0 => {
                store
                    .insert(tx, &self.trial.named("eve"), false, NOW)
                    .await?;
                "insert"
            }
            1 => {
                // In place of Bob.
                store
                    .insert(tx, &self.trial.named("bob"), true, NOW)
                    .await?;
                "insert, replacing an account"
            }
            2 => {
                store.set_password(tx, id, Expected::Any, &new).await?;
                "set_password"
            }
            3 => {
                store.mark_verified(tx, id, "ada@example.org").await?;
                "mark_verified"
            }
            4 => {
                let (old, new) = ("ada@example.org", "bob@example.org");
                store.set_email(tx, id, old, new, true).await?;
                "set_email"
            }
            5 => {
                store.set_active(tx, id, false, epoch(3)).await?;
                "set_active"
            }
            6 => {
                store.delete(tx, id).await?;
                "delete"
            }
            7 => {
                store.put_token(tx, id, RESET, &pending(3)).await?;
                "put_token"
            }
            8 => {
                store.consume_token(tx, &self.token, NOW).await?;
                "consume_token"
            }
            9 => {
                store.end_tokens(tx, &self.bob).await?;
                "end_tokens"
            }
            10 => {
                store.take_request(tx, self.request).await?;
                "take_request"
            }
            11 => {
                store.append_audit(tx, &[entry("after")]).await?;
                "append_audit"
            }
            _ => return Ok(None),
        }))
    }
}

pub async fn what_is_rolled_back_has_not_happened<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let store = &full.trial.store;
    let before = full.look().await?;
    for number in 0.. {
        let mut tx = store.begin().await?;
        let Some(what) = full.write(&mut tx, number).await? else {
            break;
        };
        store.rollback(tx).await?;
        assert_eq!(full.look().await?, before, "`{what}` was rolled back");
    }
    Ok(())
}

pub async fn what_is_dropped_has_not_happened<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let store = &full.trial.store;
    let before = full.look().await?;
    for number in 0.. {
        let mut tx = store.begin().await?;
        let Some(what) = full.write(&mut tx, number).await? else {
            break;
        };
        drop(tx);
        assert_eq!(full.look().await?, before, "`{what}` was dropped");
    }
    // All of them, in one transaction.
    let mut tx = store.begin().await?;
    for number in 0.. {
        if full.write(&mut tx, number).await?.is_none() {
            break;
        }
    }
    drop(tx);
    assert_eq!(full.look().await?, before, "all were dropped");
    Ok(())
}

pub async fn what_is_committed_has_happened<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    for number in [11, 3, 5, 2, 7, 8, 0, 10, 9, 4, 6] {
        let before = full.look().await?;
        let mut tx = full.trial.store.begin().await?;
        let what = full.write(&mut tx, number).await?;
        commit(&full.trial.store, tx).await;
        // The token was replaced by then.
        if number != 8 {
            assert_ne!(full.look().await?, before, "{what:?} was committed");
        }
    }
    Ok(())
}

pub async fn attempts_and_requests_are_rolled_back_too<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let attempt = about(1, limit());
    let hour = limit().delay;
    trial.granted(attempt, NOW, "the first").await?;
    trial.granted(attempt, NOW, "the second").await?;
    for is_dropped in [false, true] {
        let mut tx = store.begin().await?;
        store.return_attempts(&mut tx, &[key(1)]).await?;
        store.clear_attempts(&mut tx, &[key(1)]).await?;
        store.return_attempts(&mut tx, &[key(1)]).await?;
        store
            .file_request(&mut tx, &request("ada@example.org"))
            .await?;
        if is_dropped {
            drop(tx);
        } else {
            store.rollback(tx).await?;
        }
        let why = "`clear_attempts` was rolled back";
        trial.refused(attempt, NOW, NOW + hour, why).await?;
        let next = store.next_request().await?;
        assert_eq!(next, None, "`file_request` was rolled back");
    }
    let mut tx = store.begin().await?;
    store.return_attempts(&mut tx, &[key(1)]).await?;
    store.rollback(tx).await?;
    let now = NOW + hour;
    trial.granted(attempt, now, "it has waited").await?;
    let why = "the third, as `return_attempts` was rolled back";
    trial.refused(attempt, now, now + hour * 2, why).await
}

pub async fn operations_of_a_transaction_see_each_other<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let mut tx = store.begin().await?;
    let ada = store
        .insert(&mut tx, &trial.named("ada"), false, NOW)
        .await?;
    let Inserted::Stored(ada) = ada else {
        panic!("the store is empty");
    };
    let id = ada.stored_id();
    let again = store
        .insert(&mut tx, &trial.named("ada"), false, NOW)
        .await?;
    assert_eq!(
        told(&again),
        Inserted::UsernameTaken,
        "by this transaction's own"
    );

    let (one, other) = (password(Some("one"), 1), password(Some("other"), 2));
    for (expected, new) in [(None, &one), (Some("one"), &other)] {
        let expected = Expected::Stored(expected);
        let set = store.set_password(&mut tx, &id, expected, new).await?;
        assert!(
            set.is_some(),
            "the password that this transaction has put in place"
        );
    }
    assert!(
        store.put_token(&mut tx, &id, RESET, &pending(1)).await?,
        "for its own account"
    );
    let token = TokenKey::of_pending(RESET, &pending(1));
    let owner = store.consume_token(&mut tx, &token, NOW).await?;
    assert_eq!(
        owner.map(|owner| owner.id),
        Some(id.clone()),
        "its own token"
    );
    let again = store.consume_token(&mut tx, &token, NOW).await?;
    assert_eq!(again, None, "this transaction has consumed it");

    let (old, new) = ("ada@example.org", "new@example.org");
    let set = store.set_email(&mut tx, &id, old, new, false).await?;
    assert!(matches!(set, EmailSet::Set(_)));
    let set = store.set_email(&mut tx, &id, old, new, false).await?;
    assert!(
        matches!(set, EmailSet::Changed),
        "this transaction has changed it"
    );
    let deleted = store.delete(&mut tx, &id).await?;
    assert_eq!(id_of(deleted), Some(id.clone()), "its own account");
    let set = store.mark_verified(&mut tx, &id, new).await?;
    assert!(set.is_none(), "this transaction has deleted it");
    let again = store
        .insert(&mut tx, &trial.named("ada"), false, NOW)
        .await?;
    assert_eq!(told(&again), Inserted::Stored(()), "the name is free again");
    commit(store, tx).await;

    let all = store.page(None, 10).await?;
    assert_eq!(all.len(), 1, "the last one is there");
    assert!(!trial.is_out(&token).await?);
    Ok(())
}

pub async fn what_is_not_committed_is_not_seen<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let store = full.trial.store.clone();
    let before = full.look().await?;
    let mut tx = store.begin().await?;
    for number in [0, 3, 8, 10, 11] {
        full.write(&mut tx, number).await?;
    }
    store
        .file_request(&mut tx, &request("eve@example.org"))
        .await?;
    let looking = tokio::spawn(async move {
        let login = NormalForm::of("eve@example.org");
        let by_login = id_of(full.trial.store.find_by_login(&login).await?);
        let by_email = id_of(full.trial.store.find_by_email(&login).await?);
        Ok((by_login, by_email, full.look().await?))
    });
    // A store may have whoever looks wait for the transaction. This one has begun, by then.
    sleep(Duration::from_millis(100));
    store.rollback(tx).await?;
    let (by_login, by_email, seen) = looking.await.expect("it does not panic")?;
    assert_eq!(by_login, None, "by a login that is not committed");
    assert_eq!(by_email, None, "by an address that is not committed");
    assert_eq!(seen, before, "what is not committed is not seen");
    Ok(())
}

pub async fn who_has_a_transaction_can_look<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let full = Full::new(trial).await?;
    let store = full.trial.store.clone();
    let before = full.look().await?;
    let mut tx = store.begin().await?;
    full.write(&mut tx, 0).await?;
    let looked = tokio::time::timeout(Duration::from_secs(30), full.look()).await;
    let looked = looked.expect("looking does not wait for one's own transaction")?;
    assert_eq!(looked, before, "what is not committed is not seen");
    commit(&store, tx).await;
    Ok(())
}

pub async fn a_transaction_is_usable_whatever_an_operation_comes_to<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    let nobody = UserId::new("no such id");
    let hash = password(Some("hash"), 1);
    let mut tx = store.begin().await?;
    let taken = store
        .insert(&mut tx, &trial.named("ada"), false, NOW)
        .await?;
    assert_eq!(told(&taken), Inserted::UsernameTaken);
    let wrong = Expected::Stored(Some("wrong"));
    assert!(
        store
            .set_password(&mut tx, &id, wrong, &hash)
            .await?
            .is_none()
    );
    assert!(store.mark_verified(&mut tx, &id, "wrong").await?.is_none());
    let changed = store.set_email(&mut tx, &id, "wrong", "new@example.org", true);
    assert!(matches!(changed.await?, EmailSet::Changed));
    assert!(
        !store
            .put_token(&mut tx, &nobody, RESET, &pending(1))
            .await?
    );
    let token = TokenKey::of_pending(RESET, &pending(1));
    assert!(store.consume_token(&mut tx, &token, NOW).await?.is_none());
    store.end_tokens(&mut tx, &nobody).await?;
    assert!(store.delete(&mut tx, &nobody).await?.is_none());
    assert!(!store.take_request(&mut tx, RequestNumber(-1)).await?);
    store.clear_attempts(&mut tx, &[]).await?;
    store.return_attempts(&mut tx, &[]).await?;
    store.append_audit(&mut tx, &[]).await?;
    let set = store
        .set_password(&mut tx, &id, Expected::Any, &hash)
        .await?;
    assert!(set.is_some(), "it is usable");
    commit(store, tx).await;
    let found = store.find(&id).await?.map(|user| user.kept().password);
    assert_eq!(found, Some(Some("hash".to_owned())), "and was committed");
    Ok(())
}
