//! A new password ends the waits of the account's own logins, and of no others.

use lback_auth::{
    AuthUser, Authentication, EmailVerification, Inserted, UnverifiedSignIn, User, UserParts,
};
use lback_signals::CommitOutcome;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    another_accounts_login_as_an_address_buys_no_guesses,
    another_accounts_address_as_a_name_buys_no_guesses,
    another_accounts_odd_address_as_a_name_buys_no_guesses,
    a_new_password_ends_the_waits_of_the_accounts_logins,
    a_reset_ends_the_waits_of_the_address,
    mails_to_an_unverified_address_stay_limited,
);

/// An account with the mailbox of another person, unverified, which may sign in.
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
        }
        let changed = world.accounts.change_password(&mallory, current, new);
        changed.await.unwrap();
        (current, new) = (new, current);
    }
    assert_eq!(requests, 4);
}

/// An account of an import, as a store takes it: verified, with a hash of [`PASSWORD`].
async fn imported<S: Store>(world: &World<S>, name: &str, email: &str) -> User {
    let mut parts = UserParts::new(name, email);
    parts.password = world.hasher.hash(PASSWORD).unwrap();
    parts.email_verification = EmailVerification::verified(email);
    let mut transaction = world.store.begin().await.unwrap();
    let user = User::from_parts(parts);
    let inserted = world
        .store
        .insert(&mut transaction, &user, false, world.now());
    let Inserted::Stored { user, .. } = inserted.await.unwrap() else {
        panic!("{name} is taken");
    };
    let committed = world.store.commit(transaction).await;
    assert!(matches!(committed, CommitOutcome::Committed));
    user
}

/// How many of 200 guesses at a login are looked at, if an account changes its password after each
/// ninth of them. That is an even number of changes, so that its password is [`PASSWORD`] again.
async fn guesses<S: Store>(world: &World<S>, login: &str, attacker: &User) -> u32 {
    let (id, mut guesses) = (id(attacker), 0);
    let (mut current, mut new) = (PASSWORD, OTHER);
    for guess in 1..=200 {
        let outcome = world.sign_in(login, "a guess").await.unwrap();
        guesses += u32::from(shown(outcome) == Authentication::Denied);
        if guess % 9 == 0 {
            let changed = world.accounts.change_password(&id, current, new);
            changed.await.unwrap();
            (current, new) = (new, current);
        }
    }
    guesses
}

async fn another_accounts_login_as_an_address_buys_no_guesses<S: Store>(world: World<S>) {
    imported(&world, "ada@old.example", "ada@example.org").await;
    // The attacker has the address from registering with it, and has not verified it.
    let mallory = User::new("mallory", "Ada@old.example").unwrap();
    world.accounts.register(mallory, PASSWORD).await.unwrap();
    let mallory = world.find("mallory").await.unwrap();
    assert_eq!(guesses(&world, "ada@old.example", &mallory).await, 11);
}

async fn another_accounts_address_as_a_name_buys_no_guesses<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let mallory = imported(&world, "ada@example.org", "mallory@example.org").await;
    assert_eq!(guesses(&world, "ada@example.org", &mallory).await, 11);
}

/// An address without an `@` is none that can be registered, but a store takes it.
async fn another_accounts_odd_address_as_a_name_buys_no_guesses<S: Store>(world: World<S>) {
    imported(&world, "ada", "operator").await;
    let mallory = User::new("operator", "mallory@example.org").unwrap();
    world.accounts.register(mallory, PASSWORD).await.unwrap();
    let mallory = world.find("mallory@example.org").await.unwrap();
    assert_eq!(guesses(&world, "operator", &mallory).await, 11);
}

/// The counterpart: waits of the account's own logins end.
async fn a_new_password_ends_the_waits_of_the_accounts_logins<S: Store>(world: World<S>) {
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

/// The reset verifies the address, so that the login means this account.
async fn a_reset_ends_the_waits_of_the_address<S: Store>(world: World<S>) {
    imported(&world, "ada@old.example", "ada@example.org").await;
    let owner = User::new("owner", "ada@old.example").unwrap();
    world.accounts.register(owner, OTHER).await.unwrap();
    world.mails().await;
    for _ in 0..12 {
        let _ = world.sign_in("ada@old.example", "a guess").await.unwrap();
    }
    let reset = world.accounts.request_password_reset("ada@old.example");
    reset.await.unwrap();
    let token = world.mails().await.pop().unwrap().token;
    world
        .accounts
        .reset_password(&token, PASSWORD)
        .await
        .unwrap();
    let granted = world.sign_in("ada@old.example", PASSWORD).await.unwrap();
    assert!(matches!(granted, Authentication::Granted(user) if user.username() == "owner"));
}
