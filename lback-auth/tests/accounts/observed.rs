//! An observer gets one dispatch of each signal of a flow.

use std::sync::{Arc, Mutex};

use lback_auth::{AccountsError, Authentication, MemoryStore, Remember, User};
use lback_signals::{Dispatch, Observer, set_observer};
use test_support::in_child_process;
use tokio::runtime;

use crate::faulty_store::{Commit, Faulty};
use crate::world::{OTHER, PASSWORD, World, id};

/// The signals that flows send after their commit.
const FLOW_SIGNALS: [&str; 9] = [
    "user_registered",
    "user_authenticated",
    "user_password_changed",
    "user_email_changed",
    "user_session_started",
    "user_session_ended",
    "user_deactivated",
    "user_reactivated",
    "user_deleted",
];

/// Notes the names of signals.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<&'static str>>>);

impl Observer for Recorder {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        self.0.lock().unwrap().push(dispatch.signal().name());
    }
}

impl Recorder {
    /// Takes the names of those that flows send after their commit.
    fn take(&self) -> Vec<&'static str> {
        let mut names = std::mem::take(&mut *self.0.lock().unwrap());
        names.retain(|name| FLOW_SIGNALS.contains(name));
        names
    }
}

/// Runs a test with an observer, in a child process.
fn observed(test: impl AsyncFnOnce(World<Faulty<MemoryStore>>, Recorder)) {
    in_child_process(|| {
        let recorder = Recorder::default();
        set_observer(recorder.clone()).unwrap();
        let world = World::new(Faulty::new(MemoryStore::new()));
        let scope = world.scope();
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(scope.run_async(test(world, recorder)));
    });
}

#[test]
fn each_signal_of_a_flow_is_observed_once() {
    observed(async |world, recorder| {
        let accounts = &world.accounts;
        let user = world.verified("ada").await;
        assert_eq!(recorder.take(), ["user_registered"]);
        let outcome = world.authenticate("ada", PASSWORD).await.unwrap();
        assert!(matches!(outcome, Authentication::Granted(_)));
        assert_eq!(recorder.take(), ["user_authenticated"]);
        let session = accounts.start_session(&user, Remember::No).await.unwrap();
        assert_eq!(recorder.take(), ["user_session_started"]);
        accounts.sign_out(session.token.expose()).await.unwrap();
        assert_eq!(recorder.take(), ["user_session_ended"]);
        let id = id(&user);
        let changed = accounts.change_password(&id, PASSWORD, OTHER).await;
        changed.unwrap();
        assert_eq!(recorder.take(), ["user_password_changed"]);
        let changed = accounts.change_email(&id, "ada@new.example").await;
        changed.unwrap();
        let token = world.mail().await.token;
        accounts.confirm_email_change(&token).await.unwrap();
        assert_eq!(recorder.take(), ["user_email_changed"]);
        accounts.deactivate(&id).await.unwrap();
        assert_eq!(recorder.take(), ["user_deactivated"]);
        accounts.reactivate(&id).await.unwrap();
        assert_eq!(recorder.take(), ["user_reactivated"]);
        accounts.delete(&id).await.unwrap();
        assert_eq!(recorder.take(), ["user_deleted"]);
    });
}

#[test]
fn a_flow_whose_commit_failed_is_not_observed() {
    observed(async |world, recorder| {
        world.store.commits_once(Commit::UnknownAndNot);
        let user = User::new("ada", "ada@example.org").unwrap();
        let registered = world.accounts.register(user, PASSWORD).await;
        assert!(matches!(registered, Err(AccountsError::CommitUnknown(_))));
        assert!(recorder.take().is_empty());
    });
}
