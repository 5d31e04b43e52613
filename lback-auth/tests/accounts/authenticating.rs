use std::time::Duration;

use lback_auth::{
    AuthUser, Authentication, Expected, Hasher, Password, SessionKey, UnverifiedSignIn, User,
};
use lback_signals::Scope;

use crate::busy_hasher::Occupied;
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    a_right_password_is_granted_by_username_and_address,
    a_wrong_password_and_an_unknown_login_are_denied_alike,
    a_deactivated_account_is_denied,
    an_unverified_address_is_disclosed_after_a_right_password_only,
    an_account_without_a_password_or_with_a_damaged_one_is_denied,
    a_stale_hash_is_upgraded_and_sessions_continue,
    a_password_set_meanwhile_takes_precedence,
    a_busy_hasher_uses_no_attempt,
    signals_of_a_sign_in_wait_for_the_commit,
    no_hash_is_computed_in_a_transaction,
);

async fn a_right_password_is_granted_by_username_and_address<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    for login in ["ada", "ADA", " ada@EXAMPLE.org "] {
        let granted = world.authenticate(login, PASSWORD).await.unwrap();
        assert!(matches!(granted, Authentication::Granted(user) if user.id() == ada.id()));
        assert_eq!(
            world.journal.take(),
            ["user_password_checked ada true", "user_authenticated ada"]
        );
    }
    assert_eq!(world.flows(1).await, ["user_authenticated granted"; 3]);
}

async fn a_wrong_password_and_an_unknown_login_are_denied_alike<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let before = world.hasher.stats().hashes();
    assert_eq!(
        shown(world.authenticate("ada", OTHER).await.unwrap()),
        Authentication::Denied
    );
    let once = world.hasher.stats().hashes();
    assert_eq!(
        shown(world.authenticate("bob", OTHER).await.unwrap()),
        Authentication::Denied
    );
    assert_eq!(once - before, 1);
    assert_eq!(world.hasher.stats().hashes() - once, 1);
    assert_eq!(
        world.journal.take(),
        [
            "user_password_checked ada false",
            "user_authentication_failed ada wrong_password",
            "user_authentication_failed - unknown_user",
        ]
    );
    assert_eq!(
        world.flows(1).await,
        [
            "user_authentication_failed wrong_password",
            "user_authentication_failed unknown_user",
        ]
    );
}

async fn a_deactivated_account_is_denied<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world.accounts.deactivate(&id(&ada)).await.unwrap();
    world.journal.take();
    let before = world.hasher.stats().hashes();
    assert_eq!(
        shown(world.authenticate("ada", PASSWORD).await.unwrap()),
        Authentication::Denied
    );
    assert_eq!(world.hasher.stats().hashes() - before, 1);
    assert_eq!(
        world.journal.take(),
        ["user_authentication_failed ada inactive"]
    );
}

async fn an_unverified_address_is_disclosed_after_a_right_password_only<S: Store>(world: World<S>) {
    world.unverified("ada").await;
    world.mails().await;
    world.journal.take();
    assert_eq!(
        shown(world.authenticate("ada", OTHER).await.unwrap()),
        Authentication::Denied
    );
    let required = world.authenticate("ada", PASSWORD).await.unwrap();
    assert_eq!(shown(required), Authentication::VerificationRequired);
    assert_eq!(
        world.journal.take()[2..],
        [
            "user_password_checked ada true",
            "user_authentication_failed ada email_not_verified",
        ]
    );
    let world = world.with(|builder| builder.unverified_sign_in(UnverifiedSignIn::Allowed));
    let granted = world.authenticate("ada", PASSWORD).await.unwrap();
    assert!(matches!(granted, Authentication::Granted(_)));
}

/// Replaces the stored hash.
async fn store_hash<S: Store>(world: &World<S>, user: &User, password: &Password) {
    let mut transaction = world.store.begin().await.unwrap();
    let set = world
        .store
        .set_password(&mut transaction, &id(user), Expected::Any, password)
        .await;
    assert!(set.unwrap().is_some());
    let committed = world.store.commit(transaction).await;
    assert!(matches!(committed, lback_signals::CommitOutcome::Committed));
}

async fn an_account_without_a_password_or_with_a_damaged_one_is_denied<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let damaged = Password::from_stored(Some("!".to_owned()));
    let cases = [
        (
            Password::unusable(),
            "user_password_checked ada false",
            "wrong_password",
        ),
        (damaged, "user_password_check_failed ada", "unverifiable"),
    ];
    for (password, check, reason) in cases {
        store_hash(&world, &ada, &password).await;
        let before = world.hasher.stats().hashes();
        assert_eq!(
            shown(world.authenticate("ada", PASSWORD).await.unwrap()),
            Authentication::Denied
        );
        assert_eq!(world.hasher.stats().hashes() - before, 1);
        let failed = format!("user_authentication_failed ada {reason}");
        assert_eq!(world.journal.take(), [check, &failed]);
    }
}

async fn a_stale_hash_is_upgraded_and_sessions_continue<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let older = Hasher::builder().memory(16).passes(1).build().unwrap();
    let stale = older.hash(PASSWORD).unwrap();
    store_hash(&world, &ada, &stale).await;
    let key = SessionKey::new(&[1; 16]).unwrap();
    let session = world.reload(&ada).await.session_auth_hash(&key);

    let Authentication::Granted(user) = world.authenticate("ada", PASSWORD).await.unwrap() else {
        panic!("the right password");
    };
    assert_eq!(
        world.journal.take(),
        [
            "user_password_checked ada true",
            "user_password_upgraded ada",
            "user_authenticated ada",
        ]
    );
    let stored = world.reload(&ada).await;
    assert_eq!(stored.password().stored(), user.password().stored());
    assert!(stored.password().stored().unwrap().contains("m=8,"));
    assert_eq!(stored.session_auth_hash(&key), session);
    assert!(world.is_granted("ada", PASSWORD).await);
}

async fn a_password_set_meanwhile_takes_precedence<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let checked = world
        .accounts
        .prepare_authentication("ada", PASSWORD)
        .await
        .unwrap();
    let other = world.hasher.hash(OTHER).unwrap();
    store_hash(&world, &ada, &other).await;
    world.journal.take();
    let mut transaction = world.accounts.begin().await.unwrap();
    let outcome = world
        .accounts
        .authenticate_in(&mut transaction, checked)
        .await;
    assert_eq!(shown(outcome.unwrap()), Authentication::Busy);
    transaction.commit().await.unwrap();
    assert!(world.journal.take().is_empty());
    assert_eq!(world.reload(&ada).await.password().stored(), other.stored());
    assert!(!world.is_granted("ada", PASSWORD).await);
    assert!(world.is_granted("ada", OTHER).await);
}

async fn a_busy_hasher_uses_no_attempt<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let occupied = Occupied::new();
    let scope = Scope::new().provide(occupied.hasher.clone());
    for login in ["ada", "unknown"] {
        let mut was_busy = 0;
        while was_busy < 20 {
            match scope
                .run_async(world.authenticate(login, OTHER))
                .await
                .unwrap()
            {
                Authentication::Busy => was_busy += 1,
                Authentication::Denied => world.wait(Duration::from_hours(48)),
                outcome => panic!("{outcome:?}"),
            }
        }
    }
}

async fn signals_of_a_sign_in_wait_for_the_commit<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let accounts = &world.accounts;
    let checked = accounts
        .prepare_authentication("ada", PASSWORD)
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let outcome = accounts
        .authenticate_in(&mut transaction, checked)
        .await
        .unwrap();
    assert!(matches!(outcome, Authentication::Granted(_)));
    assert_eq!(world.journal.take(), ["user_password_checked ada true"]);
    transaction.commit().await.unwrap();
    assert_eq!(world.journal.take(), ["user_authenticated ada"]);
}

async fn no_hash_is_computed_in_a_transaction<S: Store>(world: World<S>) {
    // `prepare_authentication` hashes, and holds no connection.
    world.verified("ada").await;
    let before = world.hasher.stats().hashes();
    let checked = world
        .accounts
        .prepare_authentication("ada", PASSWORD)
        .await
        .unwrap();
    assert_eq!(world.hasher.stats().hashes() - before, 1);
    let mut transaction = world.accounts.begin().await.unwrap();
    let outcome = world
        .accounts
        .authenticate_in(&mut transaction, checked)
        .await;
    assert!(matches!(outcome, Ok(Authentication::Granted(_))));
    assert_eq!(world.hasher.stats().hashes() - before, 1);
    transaction.commit().await.unwrap();
}
