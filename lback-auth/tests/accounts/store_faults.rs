//! A store that fails at each of its operations in turn, and commits of unknown outcome.

use lback_auth::{AccountsError, Authentication, Remember, RequestContext, User, UserId};
use lback_signals::Scope;
use lback_signals::durable::Outbox;

use crate::faulty_store::{Commit, Faulty};
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    a_failure_at_any_operation_changes_nothing,
    a_failed_flow_succeeds_when_repeated,
    an_unknown_commit_sends_no_signals,
    a_failure_at_any_operation_delays_a_mail,
);

/// A flow.
#[derive(Clone, Copy, Debug)]
enum Flow {
    Register,
    Authenticate,
    Refuse,
    Verify,
    RequestVerification,
    RequestReset,
    Reset,
    ChangePassword,
    ChangeEmail,
    ConfirmEmail,
    Deactivate,
    Reactivate,
    Delete,
    StartSession,
    RotateSession,
    ConfirmPassword,
    EndOtherSessions,
    SignOut,
}

const FLOWS: [Flow; 18] = [
    Flow::Register,
    Flow::Authenticate,
    Flow::Refuse,
    Flow::Verify,
    Flow::RequestVerification,
    Flow::RequestReset,
    Flow::Reset,
    Flow::ChangePassword,
    Flow::ChangeEmail,
    Flow::ConfirmEmail,
    Flow::Deactivate,
    Flow::Reactivate,
    Flow::Delete,
    Flow::StartSession,
    Flow::RotateSession,
    Flow::ConfirmPassword,
    Flow::EndOtherSessions,
    Flow::SignOut,
];

/// The account before a flow, its mailed token and a session.
struct Before {
    name: String,
    id: UserId,
    token: String,
    session: String,
}

async fn before<S: Store>(world: &World<Faulty<S>>, flow: Flow, name: &str) -> Before {
    let email = format!("{name}@example.org");
    let (user, token) = match flow {
        Flow::Verify => {
            let user = world.unverified(name).await;
            (user, world.mail().await.token)
        }
        Flow::RequestVerification => {
            let user = world.unverified(name).await;
            world.mails().await;
            (user, String::new())
        }
        _ => (world.verified(name).await, String::new()),
    };
    let id = id(&user);
    let token = match flow {
        Flow::Reset => {
            world.accounts.request_password_reset(&email).await.unwrap();
            world.mail().await.token
        }
        Flow::ConfirmEmail => {
            let new = format!("{name}@new.example");
            world.accounts.change_email(&id, &new).await.unwrap();
            world.mail().await.token
        }
        _ => token,
    };
    if matches!(flow, Flow::Reactivate) {
        world.accounts.deactivate(&id).await.unwrap();
    }
    // Two sessions, so that another one can end.
    let mut session = String::new();
    for _ in 0..2 {
        let user = world.store.inner.find(&id).await.unwrap().unwrap();
        let started = world.accounts.start_session(&user, Remember::No).await;
        session = started.map_or_else(|_| session, |started| started.token.expose().to_owned());
    }
    world.journal.take();
    let name = name.to_owned();
    Before {
        name,
        id,
        token,
        session,
    }
}

async fn run<S: Store>(
    world: &World<Faulty<S>>,
    flow: Flow,
    before: &Before,
) -> Result<(), AccountsError> {
    let accounts = &world.accounts;
    let Before {
        name,
        id,
        token,
        session,
    } = before;
    let email = format!("{name}@example.org");
    match flow {
        Flow::Register => {
            let user = User::new(format!("new-{name}"), format!("new-{email}")).unwrap();
            accounts.register(user, PASSWORD).await.map(drop)
        }
        Flow::Authenticate => {
            let outcome = accounts.authenticate(name, PASSWORD).await?;
            assert!(matches!(outcome, Authentication::Granted(_)));
            Ok(())
        }
        Flow::Refuse => {
            let outcome = accounts.authenticate(name, OTHER).await?;
            assert_eq!(shown(outcome), Authentication::Denied);
            Ok(())
        }
        Flow::Verify => accounts.verify_email(token).await,
        Flow::RequestVerification => accounts.request_email_verification(&email).await.map(drop),
        Flow::RequestReset => accounts.request_password_reset(&email).await.map(drop),
        Flow::Reset => accounts.reset_password(token, OTHER).await,
        Flow::ChangePassword => {
            let context = RequestContext::new().with_session(session);
            let change = accounts.change_password(id, PASSWORD, OTHER);
            let changed = Scope::new().provide(context).run_async(change).await?;
            assert!(changed.is_some(), "the session of the caller stays");
            Ok(())
        }
        Flow::ChangeEmail => {
            let new = format!("{name}@new.example");
            accounts.change_email(id, &new).await.map(drop)
        }
        Flow::ConfirmEmail => accounts.confirm_email_change(token).await,
        Flow::Deactivate => accounts.deactivate(id).await,
        Flow::Reactivate => accounts.reactivate(id).await,
        Flow::Delete => accounts.delete(id).await,
        Flow::StartSession => {
            let user = world.store.inner.find(id).await.unwrap().unwrap();
            let context = RequestContext::new().with_session(session);
            let start = accounts.start_session(&user, Remember::Yes);
            let started = Scope::new().provide(context).run_async(start).await;
            started.map(drop)
        }
        Flow::RotateSession => accounts.rotate_session(session).await.map(drop),
        Flow::ConfirmPassword => {
            let confirmed = accounts.confirm_password(session, PASSWORD).await;
            confirmed.map(drop)
        }
        Flow::EndOtherSessions => accounts.end_other_sessions(session).await.map(drop),
        Flow::SignOut => accounts.sign_out(session).await,
    }
}

/// Returns the stored accounts, sessions, audit entries and deliveries. Attempts are omitted, since they count even if a flow
/// fails.
pub(crate) async fn stored<S: Store>(store: &S) -> Vec<String> {
    let users = store.page(None, 10_000).await.unwrap();
    let mut sessions = Vec::new();
    for user in &users {
        sessions.push(format!("{:?}", store.sessions(&id(user)).await.unwrap()));
    }
    let mut stored: Vec<String> = users
        .into_iter()
        .map(|user| {
            let epoch = *user.password().epoch().as_bytes();
            let password = user.password().stored().map(str::to_owned);
            format!("{user:?} {password:?} {epoch:?}")
        })
        .collect();
    stored.append(&mut sessions);
    let entries = store.audit(None, 10_000).await.unwrap();
    stored.extend(entries.iter().map(|entry| format!("{entry:?}")));
    let deliveries = store.deliveries().counts().await.unwrap().into_iter();
    stored.extend(deliveries.map(|it| format!("{} {}", it.receiver, it.waiting + it.running)));
    stored
}

/// Returns whether a line is of a signal that is sent after the commit.
fn is_done(line: &str) -> bool {
    let after_commit = [
        "user_registered",
        "user_authenticat",
        "user_password_changed",
        "user_email_changed",
        "address_mail_due",
        "user_deactivated",
        "user_reactivated",
        "user_deleted",
        "user_session_",
    ];
    after_commit.iter().any(|signal| line.starts_with(signal))
}

async fn a_failure_at_any_operation_changes_nothing<S: Store>(world: World<S>) {
    let world = faulty(world);
    world
        .scope()
        .run_async(fail_everywhere(&world, false))
        .await;
}

async fn a_failed_flow_succeeds_when_repeated<S: Store>(world: World<S>) {
    let world = faulty(world);
    world.scope().run_async(fail_everywhere(&world, true)).await;
}

/// A world with a faulty store.
pub(crate) fn faulty<S: Store>(world: World<S>) -> World<Faulty<S>> {
    World::new(Faulty::new(world.store))
}

async fn fail_everywhere<S: Store>(world: &World<Faulty<S>>, retries: bool) {
    for flow in FLOWS {
        let mut operations = 0;
        loop {
            let name = format!("{flow:?}{operations}-{retries}");
            let before = before(world, flow, &name).await;
            let stored_before = stored(&world.store.inner).await;
            world.store.asked();
            world.store.fail_after(Some(operations));
            let ran = run(world, flow, &before).await;
            if world.store.is_armed() {
                world.store.fail_after(None);
                ran.unwrap_or_else(|error| panic!("{flow:?}: {error}"));
                assert!(operations >= 3, "{flow:?}");
                break;
            }
            let asked = world.store.asked();
            // The error of a failed rollback does not replace that of the flow.
            let failed = ran.expect_err(&format!("{flow:?} {asked:?}"));
            assert!(
                matches!(failed, AccountsError::Store(_)),
                "{flow:?} {asked:?} {failed:?}"
            );
            let stored_after = stored(&world.store.inner).await;
            assert!(stored_after == stored_before, "{flow:?} {asked:?}");
            let signals: Vec<_> = world
                .journal
                .take()
                .into_iter()
                .filter(|line| is_done(line))
                .collect();
            assert!(signals.is_empty(), "{flow:?} {asked:?} {signals:?}");
            assert!(world.journal.mails().is_empty());
            if retries {
                let again = run(world, flow, &before).await;
                again.unwrap_or_else(|error| panic!("{flow:?}: {error}"));
            }
            world.mails().await;
            world.journal.take();
            operations += 1;
        }
        world.mails().await;
        world.journal.take();
    }
}

async fn an_unknown_commit_sends_no_signals<S: Store>(world: World<S>) {
    let world = faulty(world);
    let scope = world.scope();
    scope
        .run_async(async {
            for commit in [Commit::UnknownAndDone, Commit::UnknownAndNot] {
                for flow in FLOWS {
                    let is_done_anyway = matches!(commit, Commit::UnknownAndDone);
                    let name = format!("{flow:?}-{is_done_anyway}");
                    let before = before(&world, flow, &name).await;
                    let stored_before = stored(&world.store.inner).await;
                    world.store.commits(commit);
                    let ran = run(&world, flow, &before).await;
                    world.store.commits(Commit::Done);
                    let error = ran.expect_err(&format!("{flow:?}"));
                    assert!(
                        matches!(error, AccountsError::CommitUnknown(_)),
                        "{flow:?} {error:?}"
                    );
                    let signals = world.journal.take();
                    let signals: Vec<_> = signals
                        .iter()
                        .filter(|line| is_done(line) || line.starts_with("rolled back"))
                        .collect();
                    assert!(signals.is_empty(), "{flow:?} {signals:?}");
                    assert!(world.journal.mails().is_empty());
                    if !is_done_anyway {
                        assert_eq!(stored(&world.store.inner).await, stored_before, "{flow:?}");
                    }
                    world.mails().await;
                    world.journal.take();
                }
            }
        })
        .await;
}

async fn a_failure_at_any_operation_delays_a_mail<S: Store>(world: World<S>) {
    let world = faulty(world);
    let test = async {
        for operations in 0.. {
            let name = format!("ada{operations}");
            world.verified(&name).await;
            let email = format!("{name}@example.org");
            world.accounts.request_password_reset(&email).await.unwrap();
            world.store.fail_after(Some(operations));
            let mail = world.mail().await;
            let has_failed = !world.store.is_armed();
            world.store.fail_after(None);
            world
                .accounts
                .reset_password(&mail.token, OTHER)
                .await
                .unwrap();
            if !has_failed {
                assert!(operations >= 5, "{operations}");
                break;
            }
        }
        // The token of an unknown commit is replaced by that of the next attempt.
        for (name, commit) in [
            ("bob", Commit::UnknownAndDone),
            ("cyd", Commit::UnknownAndNot),
        ] {
            world.verified(name).await;
            let email = format!("{name}@example.org");
            world.accounts.request_password_reset(&email).await.unwrap();
            world.store.commits_once(commit);
            let mail = world.mail().await;
            world
                .accounts
                .reset_password(&mail.token, OTHER)
                .await
                .unwrap();
        }
    };
    world.scope().run_async(test).await;
}
