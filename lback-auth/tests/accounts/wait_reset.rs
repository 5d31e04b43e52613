//! A new password ends the waits of its account's logins only.

use lback_auth::{
    AuthUser, Authentication, EmailVerification, Inserted, UnverifiedHolders, UnverifiedSignIn,
    User, UserParts,
};
use lback_signals::CommitOutcome;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    the_login_of_another_account_as_an_address_gains_no_guesses,
    the_address_of_another_account_as_a_username_gains_no_guesses,
    an_invalid_address_of_another_account_as_a_username_gains_no_guesses,
    a_new_password_ends_the_waits_of_its_accounts_logins,
    a_reset_ends_the_waits_of_the_address,
    mails_to_an_unverified_address_stay_limited,
);

/// The account has another person's address, unverified, and may sign in.
async fn mails_to_an_unverified_address_stay_limited<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.unverified_sign_in(UnverifiedSignIn::Allowed));
    let mallory = id(&world.unverified("mallory").await);
    let (mut current, mut new) = (PASSWORD, OTHER);
    let mut requests = 0;
    for _ in 0..5 {
        while world
            .accounts
            .request_password_reset("mallory@example.org")
            .await
            .is_ok()
        {
            requests += 1;
            assert!(requests < 100, "nothing is limited");
        }
        let changed = world.accounts.change_password(&mallory, current, new);
        changed.await.unwrap();
        (current, new) = (new, current);
    }
    assert_eq!(requests, 4);
}

/// Inserts a verified account with a hash of [`PASSWORD`], as an import does.
async fn imported<S: Store>(world: &World<S>, name: &str, email: &str) -> User {
    let mut parts = UserParts::new(name, email);
    parts.password = world.hasher.hash(PASSWORD).unwrap();
    parts.email_verification = EmailVerification::verified(email);
    let mut transaction = world.store.begin().await.unwrap();
    let user = User::from_parts(parts);
    let inserted = world.store.insert(
        &mut transaction,
        &user,
        UnverifiedHolders::Keep,
        world.now(),
    );
    let Inserted::Stored { user, .. } = inserted.await.unwrap() else {
        panic!("{name} is taken");
    };
    let committed = world.store.commit(transaction).await;
    assert!(matches!(committed, CommitOutcome::Committed));
    user
}

/// Returns how many of 200 guesses at a login are checked, if an account changes its password after each ninth of
/// them. The number of changes is even, so the password is [`PASSWORD`] at the end.
async fn guesses<S: Store>(world: &World<S>, login: &str, attacker: &User) -> u32 {
    let (id, mut guesses) = (id(attacker), 0);
    let (mut current, mut new) = (PASSWORD, OTHER);
    for guess in 1..=200 {
        let outcome = world.authenticate(login, "a guess").await.unwrap();
        guesses += u32::from(shown(outcome) == Authentication::Denied);
        if guess % 9 == 0 {
            let changed = world.accounts.change_password(&id, current, new);
            changed.await.unwrap();
            (current, new) = (new, current);
        }
    }
    guesses
}

async fn the_login_of_another_account_as_an_address_gains_no_guesses<S: Store>(world: World<S>) {
    imported(&world, "ada@old.example", "ada@example.org").await;
    // The attacker has registered with the address, and has not verified it.
    let mallory = User::new("mallory", "Ada@old.example").unwrap();
    world.accounts.register(mallory, PASSWORD).await.unwrap();
    let mallory = world.find("mallory").await.unwrap();
    assert_eq!(guesses(&world, "ada@old.example", &mallory).await, 11);
}

async fn the_address_of_another_account_as_a_username_gains_no_guesses<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let mallory = imported(&world, "ada@example.org", "mallory@example.org").await;
    assert_eq!(guesses(&world, "ada@example.org", &mallory).await, 11);
}

/// An address without an `@` cannot be registered, but a store accepts it.
async fn an_invalid_address_of_another_account_as_a_username_gains_no_guesses<S: Store>(
    world: World<S>,
) {
    imported(&world, "ada", "operator").await;
    let mallory = User::new("operator", "mallory@example.org").unwrap();
    world.accounts.register(mallory, PASSWORD).await.unwrap();
    let mallory = world.find("mallory@example.org").await.unwrap();
    assert_eq!(guesses(&world, "operator", &mallory).await, 11);
}

/// The counterpart: the account's own logins.
async fn a_new_password_ends_the_waits_of_its_accounts_logins<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let eve = imported(&world, "Eve@example.org", "eve@example.org").await;
    for (user, login) in [
        (&ada, "ada"),
        (&ada, "ada@example.org"),
        (&eve, "eve@example.org"),
    ] {
        assert_eq!(guesses(&world, login, user).await, 200, "{login}");
    }
}

/// The reset verifies the address, so that the login is this account's.
async fn a_reset_ends_the_waits_of_the_address<S: Store>(world: World<S>) {
    imported(&world, "ada@old.example", "ada@example.org").await;
    let owner = User::new("owner", "ada@old.example").unwrap();
    world.accounts.register(owner, OTHER).await.unwrap();
    world.mails().await;
    for _ in 0..12 {
        let _ = world
            .authenticate("ada@old.example", "a guess")
            .await
            .unwrap();
    }
    let reset = world.accounts.request_password_reset("ada@old.example");
    reset.await.unwrap();
    let token = world.mails().await.pop().unwrap().token;
    world
        .accounts
        .reset_password(&token, PASSWORD)
        .await
        .unwrap();
    let granted = world
        .authenticate("ada@old.example", PASSWORD)
        .await
        .unwrap();
    assert!(matches!(granted, Authentication::Granted(user) if user.username() == "owner"));
}
