use std::time::Duration;

use lback_auth::{AccountsError, AuthUser, Authentication, TokenPurpose, User};

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    an_address_changes_when_its_token_is_confirmed,
    a_taken_address_gets_no_mail,
    an_address_taken_meanwhile_is_refused,
    an_unverified_account_is_replaced,
    a_change_of_address_ends_tokens_to_the_old_one,
    a_username_equal_to_the_address_changes_with_it,
    a_username_equal_to_the_address_may_be_as_long,
    an_invalid_address_is_refused,
    a_token_expires,
    a_change_of_address_runs_in_a_transaction,
);

async fn an_address_changes_when_its_token_is_confirmed<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world
        .accounts
        .change_email(&id(&ada), "ada@new.example")
        .await
        .unwrap();
    let mail = world.mail().await;
    assert_eq!(mail.to, "ada@new.example");
    assert_eq!(world.reload(&ada).await.email(), "ada@example.org");
    assert_eq!(
        world.journal.take(),
        ["address_mail_due ada email-change ada@new.example"]
    );
    let peeked = world
        .accounts
        .peek(TokenPurpose::EmailChange, &mail.token)
        .await;
    assert!(peeked.is_ok());
    world
        .accounts
        .confirm_email_change(&mail.token)
        .await
        .unwrap();
    assert_eq!(
        world.journal.take(),
        [
            "user_email_verified ada",
            "user_email_changed ada@example.org ada@new.example",
        ]
    );
    let changed = world.reload(&ada).await;
    assert_eq!(changed.email(), "ada@new.example");
    assert!(changed.is_email_verified());
    let again = world.accounts.confirm_email_change(&mail.token).await;
    assert!(matches!(again, Err(AccountsError::InvalidToken)));
    assert!(world.find("ada@example.org").await.is_none());
}

async fn a_taken_address_gets_no_mail<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world.verified("bob").await;
    world
        .accounts
        .change_email(&id(&ada), "BOB@example.org")
        .await
        .unwrap();
    assert!(world.mails().await.is_empty() && world.journal.take().is_empty());
}

async fn an_address_taken_meanwhile_is_refused<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world
        .accounts
        .change_email(&id(&ada), "bob@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    let bob = world.verified("bob").await;
    let refused = world.accounts.confirm_email_change(&mail.token).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    assert_eq!(world.reload(&ada).await.email(), "ada@example.org");
    assert_eq!(world.reload(&bob).await.email(), "bob@example.org");
    assert!(world.journal.take().is_empty());
}

async fn an_unverified_account_is_replaced<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let mallory = User::new("mallory", "ada@new.example").unwrap();
    world.accounts.register(mallory, OTHER).await.unwrap();
    world.mails().await;
    world
        .accounts
        .change_email(&id(&ada), "ada@new.example")
        .await
        .unwrap();
    let mail = world.mail().await;
    world.journal.take();
    world
        .accounts
        .confirm_email_change(&mail.token)
        .await
        .unwrap();
    assert_eq!(
        world.journal.take(),
        [
            "user_email_verified ada",
            "user_deleted mallory",
            "user_email_changed ada@example.org ada@new.example"
        ]
    );
    let log = world.audit().await;
    assert!(log.contains(&"user_deleted replaced".to_owned()), "{log:?}");
    assert!(world.find("mallory").await.is_none());
    assert!(world.is_granted("ada@new.example", PASSWORD).await);
}

async fn a_change_of_address_ends_tokens_to_the_old_one<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let reset = world.mail().await;
    // Then back again, so that the token is for the account's address again.
    for address in ["ada@new.example", "ada@example.org"] {
        let accounts = &world.accounts;
        accounts.change_email(&id(&ada), address).await.unwrap();
        let change = world.mail().await;
        accounts.confirm_email_change(&change.token).await.unwrap();
        let refused = accounts.reset_password(&reset.token, OTHER).await;
        assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    }
}

async fn a_username_equal_to_the_address_changes_with_it<S: Store>(world: World<S>) {
    let accounts = &world.accounts;
    let ada = User::new("ADA@example.org", "ada@example.org").unwrap();
    accounts.register(ada, PASSWORD).await.unwrap();
    let mail = world.mail().await;
    accounts.verify_email(&mail.token).await.unwrap();
    let ada = world.find("ada@example.org").await.unwrap();
    accounts
        .change_email(&id(&ada), "Ada@new.example")
        .await
        .unwrap();
    let mail = world.mail().await;
    accounts.confirm_email_change(&mail.token).await.unwrap();

    let changed = world.reload(&ada).await;
    assert_eq!(
        (changed.username(), changed.email()),
        ("Ada@new.example", "Ada@new.example")
    );
    assert!(world.find("ada@example.org").await.is_none());
    let old = world
        .authenticate("ada@example.org", PASSWORD)
        .await
        .unwrap();
    assert_eq!(shown(old), Authentication::Denied);
    assert!(world.is_granted("ada@new.example", PASSWORD).await);
    // Another account can register with the old address.
    let next = User::new("ada@example.org", "ada@example.org").unwrap();
    accounts.register(next, OTHER).await.unwrap();
    let mail = world.mails().await.pop().unwrap();
    accounts.verify_email(&mail.token).await.unwrap();
    assert!(world.is_granted("ada@example.org", OTHER).await);
}

async fn a_username_equal_to_the_address_may_be_as_long<S: Store>(world: World<S>) {
    let accounts = &world.accounts;
    let [old, new] = ["old", "new"].map(|local_part| {
        let domain = vec!["x".repeat(60); 3].join(".");
        format!("{local_part}@{domain}.example")
    });
    let ada = User::new(&old, &old).unwrap();
    accounts.register(ada, PASSWORD).await.unwrap();
    let mail = world.mail().await;
    accounts.verify_email(&mail.token).await.unwrap();
    let ada = world.find(&old).await.unwrap();
    accounts.change_email(&id(&ada), &new).await.unwrap();
    let mail = world.mail().await;
    accounts.confirm_email_change(&mail.token).await.unwrap();

    let mut changed = world.reload(&ada).await;
    assert_eq!((changed.username(), changed.email()), (&*new, &*new));
    changed.set_username(&new).unwrap();
    assert!(world.is_granted(&new, PASSWORD).await);
}

async fn an_invalid_address_is_refused<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    for bad in [
        "",
        "ada",
        "Ada <ada@new.example>",
        "a\0@new.example",
        "ada@new.example\n",
    ] {
        let refused = world.accounts.change_email(&id(&ada), bad).await;
        assert!(
            matches!(refused, Err(AccountsError::Invalid(_))),
            "{bad:?} {refused:?}"
        );
        let refused = world.accounts.request_password_reset(bad).await;
        assert!(
            matches!(refused, Err(AccountsError::Invalid(_))),
            "{bad:?} {refused:?}"
        );
    }
    assert!(world.mails().await.is_empty());
}

async fn a_token_expires<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world
        .accounts
        .change_email(&id(&ada), "ada@new.example")
        .await
        .unwrap();
    let mail = world.mail().await;
    world.wait(Duration::from_hours(24));
    let refused = world.accounts.confirm_email_change(&mail.token).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    assert!(world.accounts.purge().await.unwrap() >= 1);
}

async fn a_change_of_address_runs_in_a_transaction<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let request = accounts
        .prepare_email_change(&id(&ada), "ada@new.example")
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    accounts
        .change_email_in(&mut transaction, request)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let mail = world.mail().await;
    world.journal.take();
    let confirmation = accounts
        .prepare_email_confirmation(&mail.token)
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let changed = accounts
        .confirm_email_change_in(&mut transaction, confirmation)
        .await;
    assert_eq!(changed.unwrap().email(), "ada@new.example");
    drop(transaction);
    assert_eq!(world.reload(&ada).await.email(), "ada@example.org");
    assert_eq!(world.journal.take(), ["user_email_verified ada"]);
}
