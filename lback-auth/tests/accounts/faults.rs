//! A store that fails at each of its operations in turn, and commits that nobody knows of.

use lback_auth::{AccountsError, Authentication, RequestAnswering, User, UserId};
use lback_signals::CommitOutcome;

use crate::faulty::{Commit, Faulty};
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    a_failure_at_any_operation_leaves_nothing_half_done,
    what_fails_goes_well_the_next_time,
    an_unknown_commit_runs_neither_phase,
);

/// Each flow with all that it needs to be there.
#[derive(Clone, Copy, Debug)]
enum Flow {
    Register,
    Authenticate,
    Refuse,
    Verify,
    RequestVerification,
    RequestReset,
    Answer,
    Reset,
    ChangePassword,
    ChangeEmail,
    ConfirmEmail,
    Deactivate,
    Reactivate,
    Delete,
}

const FLOWS: [Flow; 14] = [
    Flow::Register,
    Flow::Authenticate,
    Flow::Refuse,
    Flow::Verify,
    Flow::RequestVerification,
    Flow::RequestReset,
    Flow::Answer,
    Flow::Reset,
    Flow::ChangePassword,
    Flow::ChangeEmail,
    Flow::ConfirmEmail,
    Flow::Deactivate,
    Flow::Reactivate,
    Flow::Delete,
];

/// What there is before a flow.
struct Before {
    name: String,
    id: UserId,
    token: String,
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
    world.journal.take();
    let name = name.to_owned();
    Before { name, id, token }
}

async fn run<S: Store>(
    world: &World<Faulty<S>>,
    flow: Flow,
    before: &Before,
) -> Result<(), AccountsError> {
    let accounts = &world.accounts;
    let Before { name, id, token } = before;
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
        Flow::Answer => {
            // Straight into the store, so that nobody else looks at it.
            let request = lback_auth::AddressRequest {
                purpose: lback_auth::TokenPurpose::PasswordReset,
                email,
                user: None,
                epoch: None,
                requested_at: world.now(),
                context: lback_auth::RequestContext::new(),
            };
            if world
                .store
                .inner
                .next_request(None)
                .await
                .unwrap()
                .is_none()
            {
                let mut rows = world.store.inner.begin().await.unwrap();
                world
                    .store
                    .inner
                    .file_request(&mut rows, &request)
                    .await
                    .unwrap();
                let outcome = world.store.inner.commit(rows).await;
                assert!(matches!(outcome, CommitOutcome::Committed));
            }
            accounts.answer_requests().await.map(drop)
        }
        Flow::Reset => accounts.reset_password(token, OTHER).await,
        Flow::ChangePassword => accounts.change_password(id, PASSWORD, OTHER).await,
        Flow::ChangeEmail => {
            let new = format!("{name}@new.example");
            accounts.change_email(id, &new).await.map(drop)
        }
        Flow::ConfirmEmail => accounts.confirm_email_change(token).await,
        Flow::Deactivate => accounts.deactivate(id).await,
        Flow::Reactivate => accounts.reactivate(id).await,
        Flow::Delete => accounts.delete(id).await,
    }
}

/// All that is stored but for attempts, which count whatever comes after them.
pub(crate) async fn stored<S: Store>(store: &S) -> Vec<String> {
    let users = store.page(None, 10_000).await.unwrap();
    let mut stored: Vec<String> = users
        .into_iter()
        .map(|user| {
            let epoch = *user.password().epoch().as_bytes();
            let password = user.password().stored().map(str::to_owned);
            format!("{user:?} {password:?} {epoch:?}")
        })
        .collect();
    let entries = store.audit(None, 10_000).await.unwrap();
    stored.extend(entries.iter().map(|entry| format!("{entry:?}")));
    stored
}

/// Signals that say that something is done.
fn is_done(line: &str) -> bool {
    let told_after = [
        "user_registered",
        "user_authenticat",
        "user_password_changed",
        "user_password_reset_requested",
        "user_email_change",
        "user_email_verification_token_generated",
        "user_deactivated",
        "user_reactivated",
        "user_deleted",
    ];
    told_after.iter().any(|signal| line.starts_with(signal))
}

async fn a_failure_at_any_operation_leaves_nothing_half_done<S: Store>(world: World<S>) {
    let world = faulty(world);
    world
        .scope()
        .run_async(fail_everywhere(&world, false))
        .await;
}

async fn what_fails_goes_well_the_next_time<S: Store>(world: World<S>) {
    let world = faulty(world);
    world.scope().run_async(fail_everywhere(&world, true)).await;
}

/// A world in which nothing happens but what is called.
pub(crate) fn faulty<S: Store>(world: World<S>) -> World<Faulty<S>> {
    World::new(Faulty::new(world.store))
        .with(|builder| builder.request_answering(RequestAnswering::Manual))
}

async fn fail_everywhere<S: Store>(world: &World<Faulty<S>>, tries_again: bool) {
    for flow in FLOWS {
        let mut operations = 0;
        loop {
            let name = format!("{flow:?}{operations}-{tries_again}");
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
            if asked.ends_with(&["commit", "next_request"]) {
                // One is answered, and it is not known whether there is another.
                break;
            }
            // A failed rollback is no other outcome than that of what it was to undo.
            let failed = ran.expect_err(&format!("{flow:?} {asked:?}"));
            assert!(
                matches!(failed, AccountsError::Store(_)),
                "{flow:?} {asked:?} {failed:?}"
            );
            let stored_after = stored(&world.store.inner).await;
            assert!(stored_after == stored_before, "{flow:?} {asked:?}");
            let told: Vec<_> = world
                .journal
                .take()
                .into_iter()
                .filter(|line| is_done(line))
                .collect();
            assert!(told.is_empty(), "{flow:?} {asked:?} {told:?}");
            assert!(world.journal.mails().is_empty());
            if tries_again {
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

async fn an_unknown_commit_runs_neither_phase<S: Store>(world: World<S>) {
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
                    let told = world.journal.take();
                    let told: Vec<_> = told
                        .iter()
                        .filter(|line| is_done(line) || line.starts_with("rolled back"))
                        .collect();
                    assert!(told.is_empty(), "{flow:?} {told:?}");
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
