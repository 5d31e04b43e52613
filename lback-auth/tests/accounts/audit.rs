use std::collections::BTreeMap;
use std::time::Duration;

use lback_auth::{
    AccountsError, AttemptLimit, AuditBuffer, AuthUser, Authentication, Clock, RequestContext,
    User, UserId, UserPasswordSet,
};
use lback_signals::{CommitOutcome, Res, Scope, receiver};

use crate::faulty_store::{Commit, Faulty};
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    every_signal_has_its_entry,
    a_rollback_discards_audit_entries,
    a_veto_is_the_only_entry_of_its_registration,
    a_zero_character_of_an_actor_or_a_receiver_is_replaced,
    a_wait_has_one_audit_entry,
    entries_have_the_context_of_the_request,
    a_receiver_can_append_audit_entries,
    no_entry_holds_a_secret,
);

/// Counts the lines per signal.
fn counts(lines: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line.split(' ').next().unwrap()).or_default() += 1;
    }
    counts
}

/// Runs all flows.
async fn live<S: Store>(world: &World<S>) {
    let accounts = &world.accounts;
    let register = async |name: &str, email: &str| {
        let user = User::new(name, email).unwrap();
        accounts.register(user, PASSWORD).await
    };
    register("ada", "ada@example.org").await.unwrap();
    let verification = world.mail().await.token;
    let early = world.authenticate("ada", PASSWORD).await.unwrap();
    assert_eq!(shown(early), Authentication::VerificationRequired);
    accounts.verify_email(&verification).await.unwrap();
    assert!(world.is_granted("ada", PASSWORD).await);
    let ada = id(&world.find("ada").await.unwrap());
    let _ = world.authenticate("ada", "guess").await.unwrap();
    let _ = world.authenticate("unknown", "guess").await.unwrap();
    accounts
        .change_password(&ada, PASSWORD, OTHER)
        .await
        .unwrap();
    accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let reset = world.mail().await.token;
    accounts.reset_password(&reset, PASSWORD).await.unwrap();
    accounts
        .change_email(&ada, "ada@new.example")
        .await
        .unwrap();
    let change = world.mail().await.token;
    accounts.confirm_email_change(&change).await.unwrap();
    accounts.deactivate(&ada).await.unwrap();
    let _ = world.authenticate("ada", PASSWORD).await.unwrap();
    accounts.reactivate(&ada).await.unwrap();
    accounts.delete(&ada).await.unwrap();
}

async fn every_signal_has_its_entry<S: Store>(world: World<S>) {
    live(&world).await;
    let (received, log) = (world.journal.take(), world.audit().await);
    assert_eq!(counts(&received), counts(&log));
    assert_eq!(counts(&log).len(), 13, "{log:?}");
    assert_eq!(
        log[..6],
        [
            "user_registering allowed",
            "user_password_set done",
            "user_registered done",
            "address_mail_due email-verification",
            "user_password_checked right",
            "user_authentication_failed email_not_verified",
        ]
    );

    // Refusals without a signal have entries too.
    let eve = world.verified("eve").await;
    let before = world.audit().await.len();
    let eve = id(&eve);
    let refused = world.accounts.change_password(&eve, "guess", OTHER);
    assert!(matches!(refused.await, Err(AccountsError::WrongPassword)));
    for (name, email) in [("eve", "new@example.org"), ("mallory", "EVE@example.org")] {
        let user = User::new(name, email).unwrap();
        let _ = world.accounts.register(user, PASSWORD).await;
    }
    assert_eq!(
        world.audit().await[before..],
        [
            "user_password_checked wrong",
            "user_password_changed wrong_password",
            "user_registering allowed",
            "user_registered username_taken",
            "user_registering allowed",
            "user_registered email_taken",
        ]
    );
}

async fn a_rollback_discards_audit_entries<S: Store>(world: World<S>) {
    let world = World::new(Faulty::new(world.store));
    let scope = world.scope();
    scope.run_async(rolled_back(&world)).await;
}

async fn rolled_back<S: Store>(world: &World<Faulty<S>>) {
    let accounts = &world.accounts;
    let ada = world.verified("ada").await;
    let before = world.audit().await;

    let mut transaction = accounts.begin().await.unwrap();
    accounts
        .deactivate_in(&mut transaction, &id(&ada))
        .await
        .unwrap();
    transaction.rollback().await.unwrap();

    world.store.commits(Commit::UnknownAndNot);
    assert!(world.authenticate("ada", PASSWORD).await.is_err());
    assert!(world.authenticate("ada", OTHER).await.is_err());
    assert!(accounts.deactivate(&id(&ada)).await.is_err());
    world.store.commits(Commit::Done);
    assert_eq!(world.audit().await, before);
    assert!(world.reload(&ada).await.is_active());
}

async fn a_veto_is_the_only_entry_of_its_registration<S: Store>(world: World<S>) {
    let root = User::new("root", "root@example.org").unwrap();
    let refused = world.accounts.register(root, PASSWORD).await;
    assert!(matches!(refused, Err(AccountsError::Vetoed(_))));
    assert_eq!(world.audit().await, ["user_registering vetoed"]);

    // Each veto counts as an attempt, so a client cannot fill the log.
    let mut throttled = 0;
    for _ in 0..10 {
        let root = User::new("root", "root@example.org").unwrap();
        match world.accounts.register(root, PASSWORD).await {
            Err(AccountsError::Vetoed(_)) => assert_eq!(throttled, 0),
            Err(AccountsError::Throttled { .. }) => throttled += 1,
            registered => panic!("{registered:?}"),
        }
    }
    assert_eq!(throttled, 7);
    assert_eq!(world.audit().await, ["user_registering vetoed"; 4]);
}

/// Further refusals cost the client no hash, so they must not fill the disk.
async fn a_wait_has_one_audit_entry<S: Store>(world: World<S>) {
    let limit = AttemptLimit::new(1).with_delay(Duration::from_secs(10));
    let world = world.with(|builder| builder.login_limit(limit).client_limit(limit));
    let client = |client: &str| {
        let context = RequestContext::new().with_client(client.parse().unwrap());
        Scope::new().provide(context)
    };
    let attempt = async |from: &str, login: &str| {
        let trying = world.authenticate(login, OTHER);
        let outcome = client(from).run_async(trying).await.unwrap();
        matches!(outcome, Authentication::Throttled { .. })
    };
    let throttled = async || {
        let mut log = world.audit().await;
        log.retain(|entry| entry == "user_authentication_failed throttled");
        log.len()
    };
    for _ in 0..2 {
        assert!(!attempt("192.0.2.1", "ada").await);
    }
    // One client and one login have to wait. Their further refusals have no entries.
    for (from, login) in [
        ("192.0.2.1", "ada"),
        ("192.0.2.1", "ada"),
        ("192.0.2.1", "bob"),
        ("192.0.2.2", "ada"),
        ("192.0.2.3", "ada"),
    ] {
        assert!(attempt(from, login).await, "{from} {login}");
    }
    assert_eq!(throttled().await, 1);

    // The next wait has its own entry.
    world.wait(Duration::from_secs(10));
    assert!(!attempt("192.0.2.1", "ada").await);
    for _ in 0..3 {
        assert!(attempt("192.0.2.1", "ada").await);
    }
    assert_eq!(throttled().await, 2);

    // Nor has a further refusal in a transaction of the caller.
    let checking = world.accounts.prepare_authentication("ada", OTHER);
    let checked = client("192.0.2.1").run_async(checking).await.unwrap();
    let mut transaction = world.accounts.begin().await.unwrap();
    let refused = world.accounts.authenticate_in(&mut transaction, checked);
    let refused = refused.await.unwrap();
    assert!(matches!(refused, Authentication::Throttled { .. }));
    transaction.commit().await.unwrap();
    assert_eq!(throttled().await, 2);
}

async fn entries_have_the_context_of_the_request<S: Store>(world: World<S>) {
    let context = RequestContext::new()
        .with_actor(UserId::new(7))
        .with_client("192.0.2.7".parse().unwrap())
        .with_request_id("01J9ZQ");
    let scope = Scope::new().provide(context.clone());
    scope
        .run_async(async {
            world.unverified("ada").await;
        })
        .await;
    // The request is processed without the context.
    world.wait(Duration::from_secs(5));
    world.mail().await;
    let ada = id(&world.find("ada").await.unwrap());
    let entries = world.store.audit(None, 100).await.unwrap();
    assert_eq!(entries.len(), 4);
    for (_, entry) in &entries {
        assert_eq!(entry.context, context, "{}", entry.signal);
    }
    let users: Vec<_> = entries.iter().map(|(_, entry)| &entry.user).collect();
    assert_eq!(
        users,
        [&None, &Some(ada.clone()), &Some(ada.clone()), &Some(ada)]
    );
    let waited = entries[3].1.at - entries[2].1.at;
    assert_eq!(waited, Duration::from_secs(5));
}

/// Enables the receiver in the scope of one test.
struct Staff;

#[receiver(signal = UserPasswordSet)]
fn note_staff(
    event: &UserPasswordSet<'_>,
    staff: Option<Res<'_, Staff>>,
    audit: Option<Res<'_, AuditBuffer>>,
) {
    if let (Some(_), Some(audit)) = (staff, audit) {
        audit.note("staff_password", "set", event.user.id());
    }
}

async fn a_receiver_can_append_audit_entries<S: Store>(world: World<S>) {
    let scope = Scope::new().provide(Staff);
    let ada = scope.run_async(world.unverified("ada")).await;
    let entries = world.store.audit(None, 100).await.unwrap();
    let noted = entries.iter().map(|(_, entry)| entry);
    let noted: Vec<_> = noted
        .filter(|entry| entry.signal == "staff_password")
        .collect();
    assert_eq!(noted.len(), 1);
    assert_eq!((&*noted[0].outcome, &noted[0].user), ("set", &ada.id()));

    // There is no audit buffer outside a flow.
    let mut user = world.reload(&ada).await;
    scope.run(|| user.set_password(OTHER)).unwrap();
    let after = world.store.audit(None, 100).await.unwrap().len();
    assert!(after <= entries.len() + 1, "the token, and no more");
}

async fn no_entry_holds_a_secret<S: Store>(world: World<S>) {
    live(&world).await;
    let log = format!("{:?}", world.store.audit(None, 100).await.unwrap());
    for secret in [PASSWORD, OTHER, "guess", "ada@", "argon2"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

/// PostgreSQL cannot store the character.
async fn a_zero_character_of_an_actor_or_a_receiver_is_replaced<S: Store>(world: World<S>) {
    let context = RequestContext::new()
        .with_actor(UserId::new("7\0"))
        .with_request_id("a\0b");
    let scope = world.scope().provide(context);
    scope
        .run_async(async {
            let ada = world.verified("ada").await;
            let granted = world.authenticate("ada", PASSWORD).await.unwrap();
            assert!(matches!(granted, Authentication::Granted(_)));
            let denied = world.authenticate("ada", OTHER).await.unwrap();
            assert!(matches!(denied, Authentication::Denied));
            let accounts = &world.accounts;
            accounts.deactivate(&id(&ada)).await.unwrap();

            let note = AuditBuffer::new(Clock::system(), RequestContext::current());
            note.note("zero\0", "\0done", None);
            let mut rows = world.store.begin().await.unwrap();
            let entries = note.entries();
            let appended = world.store.append_audit(&mut rows, &entries);
            appended.await.unwrap();
            let outcome = world.store.commit(rows).await;
            assert!(matches!(outcome, CommitOutcome::Committed));
        })
        .await;
    let entries = world.store.audit(None, 100).await.unwrap();
    let (_, last) = entries.last().unwrap();
    assert_eq!(
        (&*last.signal, &*last.outcome),
        ("zero\u{fffd}", "\u{fffd}done")
    );
    for (_, entry) in entries {
        assert_eq!(entry.context.actor(), Some(&UserId::new("7\u{fffd}")));
        assert_eq!(entry.context.request_id(), Some("ab"));
    }
}
