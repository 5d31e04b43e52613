use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lback_auth::{
    Accepted, AccountsError, AttemptLimit, AuthUser, Authentication, Candidate, Inserted,
    PasswordPolicy, PasswordRejected, RejectionReason, RequestContext, UnverifiedSignIn, User,
    UserError, UserParts,
};

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(
    an_account_is_stored_and_its_address_gets_a_mail,
    a_taken_address_is_not_disclosed_and_gets_no_mail,
    a_taken_username_is_disclosed,
    an_unverified_registration_reserves_nothing,
    unverified_accounts_are_kept_if_verification_is_not_required,
    a_receiver_can_veto,
    a_weak_password_or_an_invalid_username_is_refused,
    a_throttled_registration_runs_no_user_code,
    a_rejected_password_counts_for_the_client_only,
    a_refused_registration_changes_nothing,
    a_registration_runs_in_a_transaction,
);

fn ada() -> User {
    User::new("ada", "ada@example.org").unwrap()
}

async fn an_account_is_stored_and_its_address_gets_a_mail<S: Store>(world: World<S>) {
    let accepted = world.accounts.register(ada(), PASSWORD).await.unwrap();
    assert_eq!(accepted, Accepted);
    let stored = world.find("ada").await.unwrap();
    assert!(stored.is_active() && !stored.is_email_verified());
    let mail = world.mail().await;
    assert_eq!(mail.to, "ada@example.org");
    assert_eq!(
        world.journal.take(),
        [
            "user_registering ada",
            "user_password_set ada",
            "user_registered ada",
            "address_mail_due ada email-verification ada@example.org",
        ]
    );
    world.accounts.verify_email(&mail.token).await.unwrap();
    assert!(world.reload(&stored).await.is_email_verified());
    assert_eq!(world.journal.take(), ["user_email_verified ada"]);
    assert_eq!(world.flows(0).await, ["user_registered done"]);
}

async fn a_taken_address_is_not_disclosed_and_gets_no_mail<S: Store>(world: World<S>) {
    let taken = world.verified("ada").await;
    let mallory = User::new("mallory", "ADA@example.ORG").unwrap();
    let accepted = world.accounts.register(mallory, OTHER).await.unwrap();
    assert_eq!(accepted, Accepted);
    assert!(world.mails().await.is_empty());
    assert!(world.find("mallory").await.is_none());
    assert_eq!(world.journal.take(), ["user_registering mallory"]);
    assert!(world.is_granted("ada", PASSWORD).await);
    assert_eq!(world.flows(1).await[0], "user_registered email_taken");
    assert_eq!(
        world.find("ada@example.org").await.unwrap().id(),
        taken.id()
    );
}

async fn a_taken_username_is_disclosed<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let other = User::new("ADA", "other@example.org").unwrap();
    // A client can search a free username for a while.
    for _ in 0..20 {
        let refused = world.accounts.register(other.clone(), OTHER).await;
        assert!(matches!(refused, Err(AccountsError::UsernameTaken)));
    }
    assert!(world.find("other@example.org").await.is_none());
    assert!(world.mails().await.is_empty());
    assert_eq!(world.flows(1).await, ["user_registered username_taken"; 20]);
}

async fn an_unverified_registration_reserves_nothing<S: Store>(world: World<S>) {
    // Mallory has registered Ada's address, and later Ada's name.
    let mallory = User::new("mallory", "ada@example.org").unwrap();
    world.accounts.register(mallory, OTHER).await.unwrap();
    let squatter = User::new("ada", "mallory@example.org").unwrap();
    world.accounts.register(squatter, OTHER).await.unwrap();
    let [stale, other] = world.mails().await.try_into().unwrap();
    world.journal.take();

    world.accounts.register(ada(), PASSWORD).await.unwrap();
    let mut received = world.journal.take();
    // Both are deleted, in any order.
    received[2..4].sort();
    assert_eq!(
        received[1..5],
        [
            "user_password_set ada",
            "user_deleted ada",
            "user_deleted mallory",
            "user_registered ada"
        ]
    );
    let log = world.flows(0).await;
    assert_eq!(
        log[log.len() - 3..],
        [
            "user_deleted replaced",
            "user_deleted replaced",
            "user_registered done"
        ]
    );
    let mail = world.mail().await;
    for stale in [stale, other] {
        let refused = world.accounts.verify_email(&stale.token).await;
        assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    }
    world.accounts.verify_email(&mail.token).await.unwrap();
    assert!(world.is_granted("ada@example.org", PASSWORD).await);
    assert!(!world.is_granted("ada@example.org", OTHER).await);
    assert!(world.find("mallory").await.is_none());
    assert!(world.find("mallory@example.org").await.is_none());
}

async fn unverified_accounts_are_kept_if_verification_is_not_required<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.unverified_sign_in(UnverifiedSignIn::Allowed));
    let first = world.unverified("ada").await;
    let again = world.accounts.register(ada(), OTHER).await;
    assert!(matches!(again, Err(AccountsError::UsernameTaken)));
    let mallory = User::new("mallory", "ada@example.org").unwrap();
    world.accounts.register(mallory, OTHER).await.unwrap();
    let signed_in = world.authenticate("ada", PASSWORD).await.unwrap();
    assert!(matches!(signed_in, Authentication::Granted(user) if user.id() == first.id()));
}

async fn a_receiver_can_veto<S: Store>(world: World<S>) {
    let root = User::new("root", "root@example.org").unwrap();
    let refused = world.accounts.register(root, PASSWORD).await.unwrap_err();
    assert!(matches!(refused, AccountsError::Vetoed(_)));
    assert!(
        refused
            .to_string()
            .ends_with("the username root is reserved"),
        "{refused}"
    );
    assert!(world.find("root").await.is_none());
    assert_eq!(world.hasher.stats().hashes(), 0);
    assert_eq!(world.journal.take(), ["user_registering root"]);
}

async fn a_weak_password_or_an_invalid_username_is_refused<S: Store>(world: World<S>) {
    let weak = world.accounts.register(ada(), "ada@example.org").await;
    let Err(AccountsError::Rejected(PasswordRejected { .. })) = weak else {
        panic!("{weak:?}");
    };
    for (name, expected) in [
        ("", UserError::Unstorable),
        (" \t", UserError::Unstorable),
        (&"\u{FDFA}".repeat(150), UserError::Unstorable),
        ("a\0da", UserError::UsernameCharacter { character: '\0' }),
        (
            "ada\u{200B}",
            UserError::UsernameCharacter {
                character: '\u{200B}',
            },
        ),
        ("bob@example.org", UserError::UsernameNotOwnAddress),
    ] {
        // `from_parts` accepts any username, as another account type may.
        let user = User::from_parts(UserParts::new(name, "ada@example.org"));
        let refused = world.accounts.register(user, PASSWORD).await;
        assert!(
            matches!(&refused, Err(AccountsError::Invalid(error)) if *error == expected),
            "{name:?} {refused:?}"
        );
    }
    assert!(world.journal.take().is_empty());
    assert_eq!(world.hasher.stats().hashes(), 0);
}

/// Sets a policy that counts its calls, and accepts any password except one.
fn counting<S: Store>(world: World<S>) -> (World<S>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let policy = PasswordPolicy::new().with_check(move |candidate: &Candidate<'_>| {
        count.fetch_add(1, Ordering::SeqCst);
        if candidate.matches(OTHER) {
            return Err(RejectionReason::custom("known", "it is known"));
        }
        Ok(())
    });
    (world.with(|builder| builder.policy(policy)), asked)
}

async fn a_throttled_registration_runs_no_user_code<S: Store>(world: World<S>) {
    let (world, asked) = counting(world.with(|builder| builder.mail_limit(AttemptLimit::new(0))));
    world.accounts.register(ada(), PASSWORD).await.unwrap();
    world.mails().await;
    world.journal.take();
    let before = asked.load(Ordering::SeqCst);
    for (name, password) in [("ada", PASSWORD), ("root", PASSWORD), ("bob", OTHER)] {
        let user = User::new(name, "ada@example.org").unwrap();
        let refused = world.accounts.register(user, password).await;
        assert!(
            matches!(refused, Err(AccountsError::Throttled { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(asked.load(Ordering::SeqCst), before);
    assert!(world.journal.take().is_empty());

    // The same applies to a change of the password.
    let ada = world.find("ada").await.unwrap();
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(0)));
    let change = async |new| world.accounts.change_password(&id(&ada), OTHER, new).await;
    let wrong = change("paper clip and stapler").await;
    assert!(matches!(wrong, Err(AccountsError::WrongPassword)));
    let before = asked.load(Ordering::SeqCst);
    let throttled = change(OTHER).await;
    assert!(matches!(throttled, Err(AccountsError::Throttled { .. })));
    assert_eq!(asked.load(Ordering::SeqCst), before);
}

async fn a_rejected_password_counts_for_the_client_only<S: Store>(world: World<S>) {
    let limit = AttemptLimit::new(9);
    let (world, asked) = counting(world.with(|builder| builder.client_mail_limit(limit)));
    let context = RequestContext::new().with_client("192.0.2.7".parse().unwrap());
    let scope = world.scope().provide(context);
    let from_client = async |password| {
        scope
            .run_async(world.accounts.register(ada(), password))
            .await
    };
    for _ in 0..9 {
        let refused = from_client(OTHER).await;
        assert!(matches!(refused, Err(AccountsError::Rejected(_))));
    }
    // These are more attempts than the address has, so they counted for the client only.
    from_client(PASSWORD).await.unwrap();
    let refused = from_client(OTHER).await;
    assert!(matches!(refused, Err(AccountsError::Throttled { .. })));
    assert_eq!(asked.load(Ordering::SeqCst), 10);
}

async fn a_refused_registration_changes_nothing<S: Store>(world: World<S>) {
    // The first new account could have the address, but not the username.
    let verified = world.verified("ada").await;
    let pending = world.unverified("bob").await;
    world.mails().await;
    let crossed = User::new("ada", "bob@example.org").unwrap();
    let refused = world.accounts.register(crossed, OTHER).await;
    assert!(matches!(refused, Err(AccountsError::UsernameTaken)));
    let crossed = User::new("bob", "ada@example.org").unwrap();
    world.accounts.register(crossed, OTHER).await.unwrap();
    assert_eq!(
        world.find("bob@example.org").await.unwrap().id(),
        pending.id()
    );
    assert_eq!(
        world.find("ada@example.org").await.unwrap().id(),
        verified.id()
    );
}

async fn a_registration_runs_in_a_transaction<S: Store>(world: World<S>) {
    let accounts = &world.accounts;
    let registration = accounts
        .prepare_registration(ada(), PASSWORD)
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let inserted = accounts.register_in(&mut transaction, registration).await;
    let Ok(Inserted::Stored { user: stored, .. }) = inserted else {
        panic!("{inserted:?}");
    };
    assert!(world.store.find(&id(&stored)).await.unwrap().is_none());
    assert_eq!(
        world.journal.take(),
        ["user_registering ada", "user_password_set ada"]
    );
    transaction.commit().await.unwrap();
    assert_eq!(world.journal.take()[0], "user_registered ada");
    assert!(world.store.find(&id(&stored)).await.unwrap().is_some());
    // Processing the request writes too, so it has to end before the next transaction.
    world.mail().await;

    let bob = User::new("bob", "bob@example.org").unwrap();
    let registration = accounts.prepare_registration(bob, PASSWORD).await.unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let inserted = accounts.register_in(&mut transaction, registration).await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    world.journal.take();
    transaction.rollback().await.unwrap();
    assert!(world.find("bob").await.is_none());
    assert!(world.mails().await.is_empty() && world.journal.take().is_empty());
}
