//! Sessions in the ledger.

use std::time::Duration;

use lback_auth::{
    AccountsError, AttemptLimit, Authentication, Hasher, IssuedSession, RandomSourceError,
    Remember, RequestContext, Session, SessionTimeouts, User, UserId,
};
use lback_signals::Scope;

use crate::on_each_store;
use crate::store_faults::faulty;
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(
    a_session_starts_at_a_sign_in_and_ends_at_a_sign_out,
    a_session_tells_a_new_client,
    the_last_use_is_stored_once_a_minute,
    a_failed_write_of_the_last_use_is_ignored,
    a_session_expires_without_use_and_after_its_lifetime,
    a_shorter_timeout_applies_from_the_next_use,
    a_session_ends_others_and_each_one_of_its_account,
    a_change_of_the_password_keeps_the_session_of_the_caller,
    a_password_is_confirmed_in_a_session,
    a_sign_in_starts_a_session,
    a_refused_sign_in_starts_no_session,
    a_session_starts_in_the_transaction_of_the_sign_in,
    a_session_needs_random_bytes,
    a_purge_deletes_sessions_that_expired_long_ago,
    an_export_has_all_of_one_account_and_no_secret,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Starts a session in a context.
pub(crate) async fn start_in<S: Store>(
    world: &World<S>,
    context: RequestContext,
    user: &User,
    remember: Remember,
) -> IssuedSession {
    let start = world.accounts.start_session(user, remember);
    let started = Scope::new().provide(context).run_async(start).await;
    started.unwrap()
}

/// Starts a session, and returns its token.
pub(crate) async fn start<S: Store>(world: &World<S>, user: &User) -> String {
    let started = start_in(world, RequestContext::new(), user, Remember::No).await;
    started.token.expose().to_owned()
}

/// Returns whether a token is that of a valid session.
pub(crate) async fn is_valid<S: Store>(world: &World<S>, token: &str) -> bool {
    world.accounts.find_session(token).await.unwrap().is_some()
}

async fn session<S: Store>(world: &World<S>, token: &str) -> Session {
    let found = world.accounts.find_session(token).await.unwrap();
    found.unwrap().0
}

async fn stored<S: Store>(world: &World<S>, id: &UserId) -> Vec<Session> {
    world.store.sessions(id).await.unwrap()
}

async fn a_session_starts_at_a_sign_in_and_ends_at_a_sign_out<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let (client, agent) = ("192.0.2.7".parse().unwrap(), "Mozilla/5.0 (X11)\n");
    let context = RequestContext::new()
        .with_client(client)
        .with_user_agent(agent);
    let started = start_in(&world, context, &ada, Remember::Yes).await;
    let number = started.session.id;
    let now = world.now();
    assert_eq!(started.session.user, id(&ada));
    assert_eq!(started.session.client, Some(client));
    assert_eq!(
        started.session.user_agent.as_deref(),
        Some("Mozilla/5.0 (X11)")
    );
    assert_eq!(started.session.remember, Remember::Yes);
    assert_eq!(
        [
            started.session.started_at,
            started.session.last_seen_at,
            started.session.authenticated_at
        ],
        [now; 3]
    );
    let token = started.token.expose();
    let (found, user) = world.accounts.find_session(token).await.unwrap().unwrap();
    assert_eq!((found, id(&user)), (started.session.clone(), id(&ada)));
    let listed = world.accounts.sessions(&id(&ada)).await.unwrap();
    assert_eq!(listed, [started.session]);

    world.accounts.sign_out(token).await.unwrap();
    world.accounts.sign_out(token).await.unwrap();
    world.accounts.sign_out(&"a".repeat(1_000)).await.unwrap();
    assert!(!is_valid(&world, token).await);
    assert_eq!(world.accounts.sessions(&id(&ada)).await.unwrap(), []);
    assert_eq!(
        world.journal.take(),
        [
            format!("user_session_started ada {number} true true"),
            format!("user_session_ended ada {number} signed_out"),
        ]
    );
    assert_eq!(
        world.flows(1).await,
        [
            "user_session_started new_client_and_user_agent",
            "user_session_ended signed_out",
        ]
    );
}

async fn a_session_tells_a_new_client<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let from = |client: &str, agent: &str| {
        let context = RequestContext::new().with_user_agent(agent);
        context.with_client(client.parse().unwrap())
    };
    for (context, outcome) in [
        (from("192.0.2.7", "one"), "new_client_and_user_agent"),
        (from("192.0.2.7", "one"), "known"),
        (from("192.0.2.8", "one"), "new_client"),
        (from("192.0.2.8", "two"), "new_user_agent"),
        (RequestContext::new(), "known"),
    ] {
        let _ = start_in(&world, context, &ada, Remember::No).await;
        let log = world.audit().await;
        let last = log.last().unwrap();
        assert_eq!(*last, format!("user_session_started {outcome}"));
    }
}

async fn the_last_use_is_stored_once_a_minute<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let started = world.now();
    let second = Duration::from_secs(1);
    world.wait(second * 59);
    assert_eq!(session(&world, &token).await.last_seen_at, started);
    world.wait(second);
    let seen = session(&world, &token).await;
    assert_eq!(seen.last_seen_at, world.now());
    assert_eq!(seen.idle_expires_at, world.now() + HOUR);
    let of_ada = stored(&world, &id(&ada)).await;
    assert_eq!(of_ada, std::slice::from_ref(&seen));
    world.wait(second * 59);
    session(&world, &token).await;
    assert_eq!(stored(&world, &id(&ada)).await, [seen]);
}

async fn a_failed_write_of_the_last_use_is_ignored<S: Store>(world: World<S>) {
    let world = faulty(world);
    let scope = world.scope();
    let test = async {
        let ada = world.verified("ada").await;
        let token = start(&world, &ada).await;
        let started = world.now();
        world.wait(HOUR / 2);
        world.store.fail_after(Some(1));
        assert_eq!(session(&world, &token).await.last_seen_at, started);
        assert!(!world.store.is_armed(), "the write has failed");
        assert_eq!(session(&world, &token).await.last_seen_at, world.now());
    };
    scope.run_async(test).await;
}

async fn a_session_expires_without_use_and_after_its_lifetime<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    for (remember, idle, overall) in [
        (Remember::No, HOUR, DAY),
        (Remember::Yes, DAY * 14, DAY * 30),
    ] {
        let unused = start_in(&world, RequestContext::new(), &ada, remember).await;
        let used = start_in(&world, RequestContext::new(), &ada, remember).await;
        let (unused, used) = (unused.token.expose(), used.token.expose());
        let begin = world.now();
        let second = Duration::from_secs(1);
        world.wait(idle);
        world.turn_back(second);
        assert!(is_valid(&world, used).await);
        world.wait(second);
        assert!(!is_valid(&world, unused).await, "not used for {idle:?}");
        assert!(is_valid(&world, used).await);
        while world.now() + idle / 2 < begin + overall {
            world.wait(idle / 2);
            assert!(is_valid(&world, used).await, "used all the time");
        }
        world.wait((begin + overall - world.now()).unsigned_abs());
        assert!(!is_valid(&world, used).await, "a lifetime of {overall:?}");
        let refused = world.accounts.rotate_session(used).await;
        assert!(matches!(refused, Err(AccountsError::NoSession)));
    }
    assert_eq!(world.accounts.sessions(&id(&ada)).await.unwrap(), []);
}

async fn a_shorter_timeout_applies_from_the_next_use<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let minutes = Duration::from_mins(10);
    let world = world.with(|builder| builder.session_timeouts(SessionTimeouts::new(minutes, DAY)));
    world.wait(minutes * 2);
    assert!(is_valid(&world, &token).await, "by the row");
    world.wait(minutes);
    assert!(!is_valid(&world, &token).await);
}

async fn a_session_ends_others_and_each_one_of_its_account<S: Store>(world: World<S>) {
    let (ada, bob) = (world.verified("ada").await, world.verified("bob").await);
    let (one, two) = (start(&world, &ada).await, start(&world, &ada).await);
    let three = start(&world, &ada).await;
    let of_bob = start(&world, &bob).await;
    let (number, last) = (
        session(&world, &one).await.id,
        session(&world, &three).await.id,
    );
    let accounts = &world.accounts;
    world.journal.take();
    assert!(!accounts.end_session(&id(&bob), number).await.unwrap());
    assert!(is_valid(&world, &one).await, "a session of another account");
    assert!(accounts.end_session(&id(&ada), number).await.unwrap());
    assert!(!accounts.end_session(&id(&ada), number).await.unwrap());
    assert!(!is_valid(&world, &one).await);
    assert_eq!(accounts.end_other_sessions(&two).await.unwrap(), 1);
    assert!(is_valid(&world, &two).await && !is_valid(&world, &three).await);
    assert_eq!(
        world.journal.take(),
        [
            format!("user_session_ended ada {number} revoked"),
            format!("user_session_ended ada {last} revoked"),
        ]
    );
    assert_eq!(accounts.end_sessions(&id(&ada)).await.unwrap(), 1);
    assert!(!is_valid(&world, &two).await && is_valid(&world, &of_bob).await);
    let refused = accounts.end_other_sessions(&two).await;
    assert!(matches!(refused, Err(AccountsError::NoSession)));
    let refused = accounts.end_sessions(&UserId::new("unknown")).await;
    assert!(matches!(refused, Err(AccountsError::NoSuchAccount)));
}

async fn a_change_of_the_password_keeps_the_session_of_the_caller<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let (caller, other) = (start(&world, &ada).await, start(&world, &ada).await);
    let (kept, ended) = (
        session(&world, &caller).await,
        session(&world, &other).await,
    );
    world.wait(Duration::from_secs(30));
    world.journal.take();
    let context = RequestContext::new().with_session(&caller);
    let ada_id = id(&ada);
    let change = world.accounts.change_password(&ada_id, PASSWORD, OTHER);
    let changed = Scope::new().provide(context).run_async(change).await;
    let changed = changed.unwrap().expect("the caller has a session");
    assert_eq!(changed.session.id, kept.id);
    assert_eq!(changed.session.authenticated_at, world.now());
    assert!(is_valid(&world, changed.token.expose()).await);
    assert!(!is_valid(&world, &caller).await, "the old token");
    assert!(!is_valid(&world, &other).await);
    let journal = world.journal.take();
    assert_eq!(
        journal[2..],
        [
            format!("user_session_ended ada {} password_changed", ended.id),
            "user_password_changed ada change".to_owned(),
        ]
    );

    // The session of another account is no session of this one.
    let bob = world.verified("bob").await;
    let of_bob = start(&world, &bob).await;
    let context = RequestContext::new().with_session(&of_bob);
    let change = world.accounts.change_password(&ada_id, OTHER, PASSWORD);
    let changed = Scope::new().provide(context).run_async(change).await;
    assert!(changed.unwrap().is_none());
    assert_eq!(world.accounts.sessions(&ada_id).await.unwrap(), []);
    assert!(is_valid(&world, &of_bob).await);
}

async fn a_password_is_confirmed_in_a_session<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(2)));
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let accounts = &world.accounts;
    let within = Duration::from_mins(5);
    assert!(accounts.is_recently_authenticated(&session(&world, &token).await, within));
    world.wait(within + Duration::from_secs(1));
    assert!(!accounts.is_recently_authenticated(&session(&world, &token).await, within));

    world.journal.take();
    let refused = accounts.confirm_password(&token, OTHER).await;
    assert!(matches!(refused, Err(AccountsError::WrongPassword)));
    assert!(!accounts.is_recently_authenticated(&session(&world, &token).await, within));
    let confirmed = accounts.confirm_password(&token, PASSWORD).await.unwrap();
    assert_eq!(
        world.journal.take(),
        [
            "user_password_checked ada false",
            "user_password_checked ada true"
        ]
    );
    assert!(accounts.is_recently_authenticated(&confirmed.session, within));
    assert!(!is_valid(&world, &token).await, "the token is rotated");
    let token = confirmed.token.expose();
    assert!(accounts.is_recently_authenticated(&session(&world, token).await, within));

    for _ in 0..3 {
        let refused = accounts.confirm_password(token, OTHER).await;
        assert!(
            matches!(refused, Err(AccountsError::WrongPassword)),
            "{refused:?}"
        );
    }
    let refused = accounts.confirm_password(token, PASSWORD).await;
    assert!(matches!(refused, Err(AccountsError::Throttled { .. })));
    let refused = accounts.confirm_password("unknown", PASSWORD).await;
    assert!(matches!(refused, Err(AccountsError::NoSession)));
}

async fn a_sign_in_starts_a_session<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let replaced = start(&world, &ada).await;
    let context = RequestContext::new()
        .with_client("192.0.2.7".parse().unwrap())
        .with_session(&replaced);
    world.journal.take();
    let sign_in = world.accounts.sign_in("ADA", PASSWORD, Remember::Yes);
    let outcome = Scope::new().provide(context).run_async(sign_in).await;
    let Authentication::Granted((started, user)) = outcome.unwrap() else {
        panic!("the password is right");
    };
    assert_eq!(id(&user), id(&ada));
    assert_eq!(started.session.remember, Remember::Yes);
    let found = session(&world, started.token.expose()).await;
    assert_eq!(found, started.session);
    assert!(!is_valid(&world, &replaced).await);
    let log = world.audit().await;
    assert_eq!(
        log[log.len() - 3..],
        [
            "user_authenticated granted",
            "user_session_ended replaced",
            "user_session_started new_client",
        ]
    );
    let number = started.session.id;
    let journal = world.journal.take();
    assert_eq!(
        journal[..2],
        ["user_password_checked ada true", "user_authenticated ada"]
    );
    assert!(
        journal[2].starts_with("user_session_ended ada"),
        "{journal:?}"
    );
    assert_eq!(
        journal[3..],
        [format!("user_session_started ada {number} true false")]
    );
}

async fn a_refused_sign_in_starts_no_session<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let bob = world.unverified("bob").await;
    let accounts = &world.accounts;
    for (login, password) in [("ada", OTHER), ("eve", PASSWORD)] {
        let refused = accounts.sign_in(login, password, Remember::No).await;
        assert!(matches!(refused, Ok(Authentication::Denied)), "{login}");
    }
    let refused = accounts.sign_in("bob", PASSWORD, Remember::No).await;
    assert!(matches!(refused, Ok(Authentication::VerificationRequired)));
    assert_eq!(stored(&world, &id(&bob)).await, []);
    world.journal.take();
    // Without a token there is no session, and so no authentication.
    let hasher = Hasher::builder().random(|_: &mut [u8]| Err(RandomSourceError));
    let scope = Scope::new().provide(hasher.build().unwrap());
    let failed = scope.run_async(accounts.sign_in("ada", PASSWORD, Remember::No));
    assert!(matches!(failed.await, Err(AccountsError::Entropy)));
    assert_eq!(world.journal.take(), ["user_password_checked ada true"]);
    assert_eq!(stored(&world, &id(&ada)).await, []);
    // Each of these counts, until all are refused.
    let mut guesses = 0;
    loop {
        match accounts.sign_in("eve", OTHER, Remember::No).await.unwrap() {
            Authentication::Denied => guesses += 1,
            Authentication::Throttled { .. } => break,
            outcome => panic!("{outcome:?}"),
        }
        assert!(guesses < 20, "guesses are not counted");
    }
    let refused = accounts.sign_in("eve", OTHER, Remember::No).await.unwrap();
    assert!(matches!(refused, Authentication::Throttled { .. }));
}

async fn a_session_starts_in_the_transaction_of_the_sign_in<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let accounts = &world.accounts;
    for commits in [false, true] {
        let checked = accounts
            .prepare_authentication("ada", PASSWORD)
            .await
            .unwrap();
        let mut transaction = accounts.begin().await.unwrap();
        let outcome = accounts.authenticate_in(&mut transaction, checked).await;
        let Authentication::Granted(ada) = outcome.unwrap() else {
            panic!("the password is right");
        };
        let started = accounts.start_session_in(&mut transaction, &ada, Remember::No);
        let started = started.await.unwrap();
        world.journal.take();
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(is_valid(&world, started.token.expose()).await, commits);
        let number = started.session.id;
        let expected = [
            "user_authenticated ada".to_owned(),
            format!("user_session_started ada {number} false false"),
        ];
        let expected: &[_] = if commits { &expected } else { &[] };
        assert_eq!(world.journal.take(), expected);
    }
    let unsaved = User::new("eve", "eve@example.org").unwrap();
    let refused = accounts.start_session(&unsaved, Remember::No).await;
    assert!(matches!(refused, Err(AccountsError::NoSuchAccount)));
}

async fn a_session_needs_random_bytes<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let hasher = Hasher::builder();
    let hasher = hasher.random(|_: &mut [u8]| Err(RandomSourceError));
    let scope = Scope::new().provide(hasher.build().unwrap());
    let accounts = &world.accounts;
    let started = scope.run_async(accounts.start_session(&ada, Remember::No));
    assert!(matches!(started.await, Err(AccountsError::Entropy)));
    let rotated = scope.run_async(accounts.rotate_session(&token)).await;
    assert!(matches!(rotated, Err(AccountsError::Entropy)));
    assert!(is_valid(&world, &token).await);
}

async fn a_purge_deletes_sessions_that_expired_long_ago<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    start(&world, &ada).await;
    world.wait(HOUR + Session::KEPT_AFTER_EXPIRY);
    world.turn_back(Duration::from_secs(1));
    world.accounts.purge().await.unwrap();
    assert_eq!(stored(&world, &id(&ada)).await.len(), 1);
    world.wait(Duration::from_secs(1));
    assert_eq!(world.accounts.purge().await.unwrap(), 1);
    assert_eq!(stored(&world, &id(&ada)).await, []);
}

async fn an_export_has_all_of_one_account_and_no_secret<S: Store>(world: World<S>) {
    let (ada, bob) = (world.verified("ada").await, world.verified("bob").await);
    let context = RequestContext::new().with_client("192.0.2.7".parse().unwrap());
    let context = context.with_user_agent("curl/8").with_session("planted");
    let started = start_in(&world, context, &ada, Remember::Yes).await;
    let expired = start_in(&world, RequestContext::new(), &ada, Remember::No).await;
    start(&world, &bob).await;
    world.wait(DAY);
    // An act of ada on bob.
    let by_ada = RequestContext::new()
        .with_actor(id(&ada))
        .with_client("192.0.2.8".parse().unwrap());
    let deactivate = world.accounts.deactivate(&id(&bob)).await;
    deactivate.unwrap();
    let reactivate = async { world.accounts.reactivate(&id(&bob)).await };
    let scope = Scope::new().provide(by_ada);
    scope.run_async(reactivate).await.unwrap();

    let export = world.accounts.export(&id(&ada)).await.unwrap();
    let account = export.account.as_ref().unwrap();
    assert_eq!((&*account.username, account.has_password), ("ada", true));
    assert_eq!(account.verified_email.as_deref(), Some("ada@example.org"));
    let sessions = export.sessions.iter().map(|session| session.id);
    assert!(sessions.eq([started.session.id, expired.session.id]));
    let mut audit = export.audit.iter();
    assert!(audit.all(|entry| entry.user == Some(id(&ada))));
    let of_bob = world.accounts.export(&id(&bob)).await.unwrap();
    let mut audit = of_bob.audit.iter();
    let by_ada = audit.find(|entry| entry.signal == "user_reactivated");
    assert_eq!(by_ada.unwrap().context, RequestContext::new());

    let json = serde_json::to_string(&export).unwrap();
    assert!(json.contains(r#""started_at":"1970-01-0"#), "{json}");
    let digest = started.token.digest();
    let digest = serde_json::to_string(digest.as_bytes()).unwrap();
    let hash = ada.password().stored().unwrap().rsplit('$').next().unwrap();
    for secret in [started.token.expose(), &digest, hash, "argon2", "curl/7"] {
        assert!(!json.contains(secret), "{secret} is in {json}");
    }

    world.accounts.delete(&id(&ada)).await.unwrap();
    let left = world.accounts.export(&id(&ada)).await.unwrap();
    assert!(left.account.is_none() && left.sessions.is_empty());
    let last = left.audit.last().unwrap();
    assert_eq!(last.signal, "user_deleted");
}
