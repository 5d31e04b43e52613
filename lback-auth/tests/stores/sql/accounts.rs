//! Accounts: empty texts, ids that no database can store, and concurrent registrations.

use lback_auth::{
    AccountStore, EmailVerification, Password, PendingToken, SessionEpoch, TokenKey, TokenPurpose,
    UnverifiedHolders, User, UserId, UserParts,
};
use test_support::rounds;
use time::{Duration, OffsetDateTime};

use super::{commit, insert, user};

in_each_database!(
    an_account_with_empty_texts_comes_back,
    no_account_has_an_id_with_a_nul_byte,
    many_register_at_once,
    a_token_is_used_while_its_account_is_replaced,
);

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// An empty text is not the same as none.
async fn an_account_with_empty_texts_comes_back<S: AccountStore<User = User>>(store: S) {
    let mut parts = UserParts::new("ada", "ada@example.org");
    parts.password =
        Password::from_stored(Some(String::new())).with_epoch(SessionEpoch::from_bytes([0; 32]));
    parts.email_verification = EmailVerification::verified("");
    parts.active = false;
    let id = insert(&store, &User::from_parts(parts.clone())).await;
    let found = store.find(&id).await.unwrap().unwrap().into_parts();
    parts.id = Some(id.clone());
    assert_eq!(format!("{found:?}"), format!("{parts:?}"));
    assert_eq!(found.password.stored(), Some(""));
    assert_eq!(found.password.epoch(), parts.password.epoch());
}

async fn no_account_has_an_id_with_a_nul_byte<S: AccountStore<User = User>>(store: S) {
    let id = insert(&store, &user("ada", "ada@example.org")).await;
    let purpose = TokenPurpose::PasswordReset;
    let token = PendingToken::new([7; 32], "ada@example.org", NOW, NOW);
    let mut transaction = store.begin().await.unwrap();
    for id in ["\0".to_owned(), format!("{id}\0"), format!("\0{id}")].map(UserId::new) {
        assert!(store.find(&id).await.unwrap().is_none());
        assert!(store.page(Some(&id), 9).await.unwrap().is_empty());
        let deleted = store.delete(&mut transaction, &id).await;
        assert!(deleted.unwrap().is_none());
        let put = store.put_token(&mut transaction, &id, purpose, &token);
        assert!(!put.await.unwrap());
        let ended = store.delete_tokens(&mut transaction, &id);
        ended.await.unwrap();
    }
    commit(&store, transaction).await;
    assert!(store.find(&id).await.unwrap().is_some());
}

/// Each registration has a name and an address of others, whose holders give way.
async fn many_register_at_once<S: AccountStore<User = User>>(store: S) {
    let turns = rounds(100) as usize;
    let registrations = (0..12).map(|task: usize| {
        let store = store.clone();
        tokio::spawn(async move {
            for turn in 0..turns {
                let (name, address) = ((task + turn) % 5, (task * turn) % 7);
                let newcomer = user(&format!("name {name}"), &format!("{address}@example.org"));
                let mut transaction = store.begin().await.unwrap();
                let inserted =
                    store.insert(&mut transaction, &newcomer, UnverifiedHolders::Replace, NOW);
                // In some rounds, another registration is first.
                let _ = inserted.await.unwrap();
                commit(&store, transaction).await;
            }
        })
    });
    for registration in registrations.collect::<Vec<_>>() {
        registration.await.unwrap();
    }
    let users = store.page(None, 100).await.unwrap();
    assert!((1..=5).contains(&users.len()), "{}", users.len());
}

/// Both transactions lock the account and its token, without a deadlock.
async fn a_token_is_used_while_its_account_is_replaced<S: AccountStore<User = User>>(store: S) {
    let purpose = TokenPurpose::EmailVerification;
    for turn in 0..rounds(100) {
        let id = insert(&store, &user("ada", "ada@example.org")).await;
        let token = PendingToken::new(
            [u8::try_from(turn).unwrap(); 32],
            "ada@example.org",
            NOW,
            NOW + Duration::HOUR,
        );
        let mut transaction = store.begin().await.unwrap();
        let put = store.put_token(&mut transaction, &id, purpose, &token);
        put.await.unwrap();
        commit(&store, transaction).await;

        let key = TokenKey::of_pending(purpose, &token);
        let verifying = tokio::spawn({
            let store = store.clone();
            async move {
                let mut transaction = store.begin().await.unwrap();
                let owner = store.consume_token(&mut transaction, &key, NOW).await;
                if let Some(owner) = owner.unwrap() {
                    let id = owner.id;
                    let verified = store.mark_verified(&mut transaction, &id, &owner.email);
                    assert!(verified.await.unwrap().is_some());
                }
                let deleted = store.delete(&mut transaction, &id).await;
                deleted.unwrap();
                commit(&store, transaction).await;
            }
        });
        let mut transaction = store.begin().await.unwrap();
        let newcomer = user("ada", "ada@example.org");
        let inserted = store.insert(&mut transaction, &newcomer, UnverifiedHolders::Replace, NOW);
        // The other account has given way, or is verified by now.
        let _ = inserted.await.unwrap();
        commit(&store, transaction).await;
        verifying.await.unwrap();
    }
}
