//! The Big List of Naughty Strings in every flow: all of its strings, or some of them in an ordinary run.

use std::time::Duration;

use lback_auth::{
    AccountsError, AttemptLimit, AuthUser, Authentication, PasswordPolicy, TokenPurpose, User,
    UserId,
};
use test_support::rounds;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    naughty_usernames,
    naughty_addresses,
    naughty_passwords,
    naughty_tokens_and_ids,
);

fn list() -> Vec<String> {
    let list: Vec<String> = serde_json::from_str(include_str!("../naughty-strings.json")).unwrap();
    assert_eq!(list.len(), 485);
    // Evenly spaced, since adjacent strings are similar.
    let some = list.into_iter().step_by(485 / rounds(485) as usize);
    let zeros = ["\0", "a\0b", "\0\0\0\0"].map(str::to_owned);
    some.chain(zeros).collect()
}

fn unlimited<S: Store>(world: World<S>) -> World<S> {
    let limit = AttemptLimit::new(u32::MAX);
    world.with(|builder| builder.login_limit(limit).mail_limit(limit))
}

async fn naughty_usernames<S: Store>(world: World<S>) {
    let world = unlimited(world);
    for (index, naughty) in list().iter().enumerate() {
        let denied = world.authenticate(naughty, PASSWORD).await.unwrap();
        let is_there = !matches!(denied, Authentication::Denied);
        let Ok(user) = User::new(naughty, format!("a{index}@example.org")) else {
            assert!(!is_there, "{naughty:?}");
            continue;
        };
        match world.accounts.register(user, PASSWORD).await {
            Ok(_) => {
                let mail = world.mail().await;
                world.accounts.verify_email(&mail.token).await.unwrap();
                let stored = world.find(naughty).await.unwrap();
                assert_eq!(stored.username(), naughty.trim());
                let granted = world.authenticate(naughty, PASSWORD).await.unwrap();
                assert!(matches!(granted, Authentication::Granted(_)), "{naughty:?}");
            }
            Err(AccountsError::UsernameTaken) => assert!(is_there, "{naughty:?}"),
            Err(AccountsError::Invalid(_)) => assert!(!is_there, "{naughty:?}"),
            Err(error) => panic!("{naughty:?}: {error:?}"),
        }
    }
}

async fn naughty_addresses<S: Store>(world: World<S>) {
    let world = unlimited(world);
    let ada = world.verified("ada").await;
    for (index, naughty) in list().iter().enumerate() {
        for address in [
            naughty.clone(),
            format!("{naughty}@example.org"),
            format!("\"{naughty}\"@example.org"),
        ] {
            let accounts = &world.accounts;
            let denied = world.authenticate(&address, PASSWORD).await.unwrap();
            let changed = accounts.change_email(&id(&ada), &address).await;
            let reset = accounts.request_password_reset(&address).await;
            let verification = accounts.request_email_verification(&address).await;
            let is_valid = User::new("bob", &address).is_ok() && !address.contains('\0');
            for requested in [changed, reset, verification] {
                match requested {
                    Ok(_) => assert!(is_valid, "{address:?}"),
                    Err(AccountsError::Invalid(_)) => assert!(!is_valid, "{address:?}"),
                    Err(error) => panic!("{address:?}: {error:?}"),
                }
            }
            if !is_valid {
                continue;
            }
            let is_there = !matches!(denied, Authentication::Denied);
            world.mails().await;
            let user = User::new(format!("n{index}-{}", address.len()), &address).unwrap();
            accounts.register(user, PASSWORD).await.unwrap();
            if is_there {
                assert!(world.mails().await.is_empty(), "{address:?}");
                continue;
            }
            let mail = world.mail().await;
            assert_eq!(mail.to, address);
            accounts.verify_email(&mail.token).await.unwrap();
            assert_eq!(world.find(&address).await.unwrap().email(), address);
        }
    }
    assert_eq!(world.reload(&ada).await.email(), "ada@example.org");
}

async fn naughty_passwords<S: Store>(world: World<S>) {
    let world = unlimited(world).lax();
    let ada = world.verified("ada").await;
    let mut current = PASSWORD.to_owned();
    let policy = PasswordPolicy::new().with_min_length(8);
    for naughty in list() {
        let denied = world.authenticate("ada", &naughty).await.unwrap();
        assert_eq!(shown(denied), Authentication::Denied, "{naughty:?}");
        let wrong = world
            .accounts
            .change_password(&id(&ada), &naughty, OTHER)
            .await;
        assert!(
            matches!(wrong, Err(AccountsError::WrongPassword)),
            "{naughty:?}"
        );
        let is_good = policy.check(&naughty, &ada).is_ok();
        match world
            .accounts
            .change_password(&id(&ada), &current, &naughty)
            .await
        {
            Ok(_) => {
                assert!(is_good, "{naughty:?}");
                current = naughty;
                let granted = world.authenticate("ada", &current).await.unwrap();
                assert!(matches!(granted, Authentication::Granted(_)), "{current:?}");
                // The next string must be wrong, even if it has the same prepared form.
                world
                    .accounts
                    .change_password(&id(&ada), &current, PASSWORD)
                    .await
                    .unwrap();
                PASSWORD.clone_into(&mut current);
            }
            Err(AccountsError::Rejected(_)) => assert!(!is_good, "{naughty:?}"),
            Err(error) => panic!("{naughty:?}: {error:?}"),
        }
    }
}

async fn naughty_tokens_and_ids<S: Store>(world: World<S>) {
    world.unverified("ada").await;
    let mail = world.mail().await;
    let accounts = &world.accounts;
    for naughty in list() {
        let long = naughty.repeat(300);
        for token in [naughty.clone(), format!("{}{naughty}", mail.token), long] {
            if token == mail.token {
                continue;
            }
            for purpose in TokenPurpose::ALL {
                let peeked = accounts.peek(purpose, &token).await;
                assert!(
                    matches!(peeked, Err(AccountsError::InvalidToken)),
                    "{token:?}"
                );
            }
            for refused in [
                accounts.verify_email(&token).await,
                accounts.reset_password(&token, OTHER).await,
                accounts.confirm_email_change(&token).await,
            ] {
                assert!(
                    matches!(refused, Err(AccountsError::InvalidToken)),
                    "{token:?}"
                );
            }
        }
        let unknown = UserId::new(&naughty);
        if world.store.find(&unknown).await.unwrap().is_some() {
            assert_eq!(naughty, "1");
            continue;
        }
        for refused in [
            accounts.deactivate(&unknown).await,
            accounts.delete(&unknown).await,
            accounts
                .change_password(&unknown, PASSWORD, OTHER)
                .await
                .map(drop),
        ] {
            assert!(
                matches!(refused, Err(AccountsError::NoSuchAccount)),
                "{naughty:?}"
            );
        }
    }
    world.wait(Duration::from_hours(1));
    accounts.verify_email(&mail.token).await.unwrap();
}
