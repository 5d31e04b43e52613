//! The signals of each flow reach their durable receivers, once.

use std::sync::{Mutex, Once};

use lback_auth::{
    AuthUser, Authentication, Hasher, MemoryStore, Remember, User, UserDeleted, UserRegistered,
};
use lback_signals::durable::Outbox;
use lback_signals::{Scope, on_failure, receiver};

use crate::on_each_store;
use crate::receivers::notes;
use crate::world::{OTHER, PASSWORD, Store, World, accounts, unique};

on_each_store!(
    each_flow_delivers_its_signals,
    receivers_that_are_not_durable_run_once_after_the_commit,
);

async fn each_flow_delivers_its_signals<S: Store, O: Outbox>(world: World<S, O>) {
    note_failures();
    let accounts = &world.accounts;
    let ada = unique("ada");
    let next = async |flow: &str| {
        let before = notes(&ada).len();
        world.deliver().await;
        let mut notes = notes(&ada).split_off(before);
        notes.sort();
        assert!(!notes.is_empty(), "{flow}");
        notes
    };

    let id = &world.register(&ada).await.unwrap();
    let registered = format!("user_registered {id} {ada}@example.org [true, false, true]");
    let expected = ["user_password_set", &registered];
    assert_eq!(next("register").await, expected);

    let token = world.token().await;
    accounts.verify_email(&token).await.unwrap();
    assert_eq!(next("verify").await, ["user_email_verified true Token"]);

    let granted = accounts.authenticate(&ada, PASSWORD).await.unwrap();
    assert_eq!(next("authenticate").await, ["user_authenticated"]);
    let Authentication::Granted(user) = granted else {
        panic!("the password is right");
    };
    let started = accounts.start_session(&user, Remember::No).await;
    drop(started.unwrap());
    let started = ["user_session_started (false, false)"];
    assert_eq!(next("start a session").await, started);

    accounts.change_password(id, PASSWORD, OTHER).await.unwrap();
    let changed = [
        "user_password_changed Change",
        "user_password_set",
        "user_session_ended PasswordChanged",
    ];
    assert_eq!(next("change password").await, changed);

    let address = format!("{ada}@example.org");
    accounts.request_password_reset(&address).await.unwrap();
    let token = world.token().await;
    accounts.reset_password(&token, PASSWORD).await.unwrap();
    let reset = ["user_password_changed Reset", "user_password_set"];
    assert_eq!(next("reset password").await, reset);

    let new = format!("{ada}@example.net");
    accounts.change_email(id, &new).await.unwrap();
    let token = world.token().await;
    accounts.confirm_email_change(&token).await.unwrap();
    let changed = format!("user_email_changed {address} {new}");
    let expected = [changed.as_str(), "user_email_verified true Token"];
    assert_eq!(next("change address").await, expected);

    accounts.deactivate(id).await.unwrap();
    assert_eq!(next("deactivate").await, ["user_deactivated false"]);
    accounts.reactivate(id).await.unwrap();
    assert_eq!(next("reactivate").await, ["user_reactivated true"]);
    accounts.delete(id).await.unwrap();
    assert_eq!(next("delete").await, ["user_deleted"]);
    assert_eq!(*FAILURES.lock().unwrap(), [""; 0]);
}

/// The failures of all tests of this process: none is expected.
static FAILURES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note_failures() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        on_failure(|failure| FAILURES.lock().unwrap().push(failure.to_string()));
    });
}

static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[receiver(signal = UserRegistered)]
fn count_registered(event: &UserRegistered<'_>) {
    let name = event.user.username();
    CALLS.lock().unwrap().push(format!("registered {name}"));
}

#[receiver(signal = UserDeleted, after_commit)]
fn count_deleted(event: &UserDeleted<'_>) {
    let name = event.user.username();
    CALLS.lock().unwrap().push(format!("deleted {name}"));
}

async fn receivers_that_are_not_durable_run_once_after_the_commit<S: Store, O: Outbox>(
    world: World<S, O>,
) {
    let ada = unique("ada");
    let calls = || {
        let calls = CALLS.lock().unwrap();
        let of_ada = calls
            .iter()
            .filter_map(|call| call.strip_suffix(&format!(" {ada}")));
        of_ada.map(str::to_owned).collect::<Vec<_>>()
    };
    let id = world.register(&ada).await.unwrap();
    assert_eq!(calls(), ["registered"]);

    let mut transaction = world.accounts.begin().await.unwrap();
    let deleted = world.accounts.delete_in(&mut transaction, &id).await;
    assert_eq!(deleted.unwrap().username(), ada);
    assert_eq!(calls(), ["registered"]);
    transaction.commit().await.unwrap();
    assert_eq!(calls(), ["registered", "deleted"]);
    world.deliver().await;
    assert_eq!(calls(), ["registered", "deleted"]);
}

#[tokio::test]
async fn in_a_test_the_commit_delivers_without_an_outbox() {
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    let scope = scope.durable_inline();
    let ada = unique("ada");
    let test = async {
        let user = User::new(&ada, format!("{ada}@example.org")).unwrap();
        let accounts = accounts(&MemoryStore::new());
        accounts.register(user, PASSWORD).await.unwrap();
    };
    scope.run_async(test).await;
    let registered = format!("user_registered 1 {ada}@example.org [true, false, true]");
    assert_eq!(notes(&ada), ["user_password_set", &registered]);
}
