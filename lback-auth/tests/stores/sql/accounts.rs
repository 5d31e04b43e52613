//! Accounts, and whether a database makes of each statement what it should.

use lback_auth::{
    AccountStore, AuthUser, EmailSet, EmailVerification, Expected, Inserted, NormalForm, Password,
    PendingToken, SessionEpoch, TokenKey, TokenPurpose, UnverifiedHolders, User, UserParts,
};
use test_support::rounds;
use time::{Duration, OffsetDateTime};

use crate::{commit, insert, user};

in_each_database!(
    an_account_changes,
    what_is_inserted_comes_back,
    who_is_meant_by_a_login,
    who_stands_in_the_way,
    an_address_moves,
    many_register_at_once,
    a_token_is_used_while_its_account_is_replaced,
);

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn verified(username: &str, email: &str) -> User {
    let mut parts = UserParts::new(username, email);
    parts.email_verification = EmailVerification::verified(email);
    User::from_parts(parts)
}

async fn an_account_changes<S: AccountStore<User = User>>(store: S) {
    let id = insert(&store, &user("ada", "ada@example.org")).await;
    let mut transaction = store.begin().await.unwrap();
    let verified = store.mark_verified(&mut transaction, &id, "ada@example.org");
    assert!(verified.await.unwrap().unwrap().is_email_verified());
    let other = store.mark_verified(&mut transaction, &id, "Ada@example.org");
    assert!(other.await.unwrap().is_none());

    let none = Password::unusable();
    let password = Password::from_stored(Some("a hash".to_owned()));
    for (expected, is_set) in [
        (Expected::Stored(&password), false),
        (Expected::Stored(&none), true),
        (Expected::Stored(&none), false),
        (Expected::Stored(&password), true),
        (Expected::Any, true),
    ] {
        let set = store.set_password(&mut transaction, &id, expected, &password);
        let set = set.await.unwrap();
        assert_eq!(set.is_some(), is_set);
        if let Some(user) = set {
            assert_eq!(user.password().stored(), Some("a hash"));
            assert_eq!(user.password().epoch(), password.epoch());
        }
    }
    let epoch = SessionEpoch::from_bytes([9; 32]);
    let inactive = store.set_active(&mut transaction, &id, false, epoch).await;
    let inactive = inactive.unwrap().unwrap();
    assert!(!inactive.is_active() && inactive.password().epoch() == epoch);
    commit(&store, transaction).await;
}

async fn what_is_inserted_comes_back<S: AccountStore<User = User>>(store: S) {
    let mut parts = UserParts::new("Ädä \u{1F600} ''; --", "\u{FFFD}\r\n\t@x");
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

    let second = insert(&store, &user("grace", "grace@example.org")).await;
    let page = |after, limit| {
        let store = store.clone();
        async move {
            let users = store.page(Option::as_ref(&after), limit).await.unwrap();
            users
                .iter()
                .map(|user| user.id().unwrap())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(page(None, 9).await, [id.clone(), second.clone()]);
    assert_eq!(page(None, 1).await, vec![id.clone()]);
    assert_eq!(page(None, u32::MAX).await.len(), 2);
    assert_eq!(page(Some(id), 9).await, vec![second.clone()]);
    assert_eq!(page(Some(second), 9).await, []);
}

async fn who_is_meant_by_a_login<S: AccountStore<User = User>>(store: S) {
    insert(&store, &user("the name", "other@example.org")).await;
    insert(&store, &user("first", "the name")).await;
    let login = NormalForm::of("The Name");
    let meant = async || {
        let found = store.find_by_login(&login).await.unwrap();
        found.unwrap().username().to_owned()
    };
    assert_eq!(meant().await, "the name");
    let by_email = store.find_by_email(&login).await.unwrap().unwrap();
    assert_eq!(by_email.username(), "first");

    let mut transaction = store.begin().await.unwrap();
    let id = by_email.id().unwrap();
    store
        .mark_verified(&mut transaction, &id, "the name")
        .await
        .unwrap();
    commit(&store, transaction).await;
    assert_eq!(meant().await, "first");
}

async fn who_stands_in_the_way<S: AccountStore<User = User>>(store: S) {
    let squatter = insert(&store, &user("ada", "ada@example.org")).await;
    let grace = insert(&store, &verified("grace", "grace@example.org")).await;

    let mut transaction = store.begin().await.unwrap();
    for (username, email, holders, expected) in [
        (
            "ADA",
            "new@example.org",
            UnverifiedHolders::Stay,
            Inserted::UsernameTaken,
        ),
        (
            "new",
            "ADA@example.org",
            UnverifiedHolders::Stay,
            Inserted::EmailTaken,
        ),
        (
            "Grace",
            "grace@example.org",
            UnverifiedHolders::GiveWay,
            Inserted::UsernameTaken,
        ),
        (
            "ada",
            "Grace@example.org",
            UnverifiedHolders::GiveWay,
            Inserted::EmailTaken,
        ),
    ] {
        let newcomer = user(username, email);
        let inserted = store.insert(&mut transaction, &newcomer, holders, NOW);
        assert_eq!(
            std::mem::discriminant(&inserted.await.unwrap()),
            std::mem::discriminant(&expected),
            "{username}"
        );
    }
    commit(&store, transaction).await;
    assert!(store.find(&squatter).await.unwrap().is_some());

    let ada = insert(&store, &verified("ada", "ada@example.org")).await;
    assert!(store.find(&squatter).await.unwrap().is_none());
    assert!(ada > squatter && store.find(&grace).await.unwrap().is_some());
}

async fn an_address_moves<S: AccountStore<User = User>>(store: S) {
    let ada = insert(&store, &user("ada", "ada@example.org")).await;
    let squatter = insert(&store, &user("squatter", "new@example.org")).await;
    insert(&store, &verified("grace", "grace@example.org")).await;

    let mut transaction = store.begin().await.unwrap();
    for (old, new, holders, expected) in [
        (
            "ada@example.org",
            "new@example.org",
            UnverifiedHolders::Stay,
            EmailSet::Taken,
        ),
        (
            "ada@example.org",
            "GRACE@example.org",
            UnverifiedHolders::GiveWay,
            EmailSet::Taken,
        ),
        (
            "ADA@example.org",
            "new@example.org",
            UnverifiedHolders::GiveWay,
            EmailSet::Changed,
        ),
    ] {
        let set = store.set_email(&mut transaction, &ada, old, new, holders);
        let set = set.await.unwrap();
        assert_eq!(
            std::mem::discriminant(&set),
            std::mem::discriminant(&expected),
            "{old} {new}"
        );
    }
    // Only the case changes, and an account is not in its own way.
    let set = store.set_email(
        &mut transaction,
        &ada,
        "ada@example.org",
        "Ada@example.org",
        UnverifiedHolders::GiveWay,
    );
    let EmailSet::Set { user, .. } = set.await.unwrap() else {
        panic!("not set");
    };
    assert!(user.is_email_verified() && user.email() == "Ada@example.org");
    commit(&store, transaction).await;
    assert!(store.find(&squatter).await.unwrap().is_some());

    let mut transaction = store.begin().await.unwrap();
    let set = store.set_email(
        &mut transaction,
        &ada,
        "Ada@example.org",
        "new@example.org",
        UnverifiedHolders::GiveWay,
    );
    assert!(matches!(set.await.unwrap(), EmailSet::Set { .. }));
    commit(&store, transaction).await;
    assert!(store.find(&squatter).await.unwrap().is_none());
}

/// Of names and addresses that others register too, each of which stands in somebody's way.
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
                    store.insert(&mut transaction, &newcomer, UnverifiedHolders::GiveWay, NOW);
                // Others come first in some of the rounds.
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

/// Both are about the account and its token, and neither waits for the other.
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
        let inserted = store.insert(&mut transaction, &newcomer, UnverifiedHolders::GiveWay, NOW);
        // The other has given way, or is verified by now.
        let _ = inserted.await.unwrap();
        commit(&store, transaction).await;
        verifying.await.unwrap();
    }
}
