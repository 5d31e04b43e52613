//! Flows awaited in a transaction of the application that rolls back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_auth::{
    Inserted, User, UserAuthenticated, UserDeactivated, UserDeleted, UserEmailChanged,
    UserEmailVerified, UserPasswordChanged, UserPasswordChecked, UserPasswordSet, UserReactivated,
    UserRegistered, UserRegistering,
};
use lback_signals::{Res, Signal, Transaction, receiver};

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(
    a_flow_is_independent_of_the_current_transaction,
    a_transaction_of_flows_is_independent_too,
);

#[derive(Default)]
struct Ends(Mutex<Vec<String>>);

impl Ends {
    fn note(&self, end: &str, signal: &str) {
        self.0.lock().unwrap().push(format!("{end} {signal}"));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[receiver(
    signal = [
        UserRegistering, UserRegistered, UserPasswordSet, UserEmailVerified, UserAuthenticated,
        UserPasswordChecked, UserPasswordChanged, UserEmailChanged, UserDeactivated,
        UserReactivated, UserDeleted,
    ],
    after_commit
)]
fn note_commit<S: Signal>(_: &S, ends: Option<Res<'_, Ends>>) {
    if let Some(ends) = ends {
        ends.note("committed", S::info().name());
    }
}

#[receiver(
    signal = [
        UserRegistering, UserRegistered, UserPasswordSet, UserEmailVerified, UserAuthenticated,
        UserPasswordChecked, UserPasswordChanged, UserEmailChanged, UserDeactivated,
        UserReactivated, UserDeleted,
    ],
    after_rollback
)]
fn note_rollback<S: Signal>(_: &S, ends: Option<Res<'_, Ends>>) {
    if let Some(ends) = ends {
        ends.note("rolled back", S::info().name());
    }
}

/// Awaits a flow in a transaction of the application, and rolls that transaction back.
async fn rolled_back<T>(flow: impl Future<Output = T>) -> T {
    let transaction = Transaction::new();
    let outcome = transaction.run_async(flow).await;
    transaction.rollback();
    outcome
}

/// Takes the signals whose `after_commit` receivers have run, and asserts that no `after_rollback` receiver has.
fn committed(ends: &Ends) -> Vec<String> {
    let ends = ends.take().into_iter();
    ends.map(|end| end.strip_prefix("committed user_").expect(&end).to_owned())
        .collect()
}

async fn a_flow_is_independent_of_the_current_transaction<S: Store>(world: World<S>) {
    let ends = Arc::new(Ends::default());
    let scope = world.scope().provide_dyn(Arc::clone(&ends));
    let test = async {
        let accounts = &world.accounts;
        let ada = User::new("ada", "ada@example.org").unwrap();
        rolled_back(accounts.register(ada, PASSWORD)).await.unwrap();
        assert_eq!(
            committed(&ends),
            ["registering", "password_set", "registered"]
        );
        let ada = world.find("ada").await.expect("it is stored");

        let token = world.mail().await.token;
        assert!(committed(&ends).is_empty());
        rolled_back(accounts.verify_email(&token)).await.unwrap();
        assert_eq!(committed(&ends), ["email_verified"]);

        drop(rolled_back(world.authenticate("ada", PASSWORD)).await);
        assert_eq!(committed(&ends), ["password_checked", "authenticated"]);
        drop(rolled_back(world.authenticate("ada", OTHER)).await);
        assert_eq!(committed(&ends), ["password_checked"]);

        let ada = &id(&ada);
        world.wait(Duration::from_hours(48));
        let change = accounts.change_password(ada, PASSWORD, OTHER);
        rolled_back(change).await.unwrap();
        let changed = ["password_checked", "password_set", "password_changed"];
        assert_eq!(committed(&ends), changed);

        let request = accounts.request_password_reset("ada@example.org");
        rolled_back(request).await.unwrap();
        let token = world.mail().await.token;
        assert!(committed(&ends).is_empty());
        let reset = accounts.reset_password(&token, PASSWORD);
        rolled_back(reset).await.unwrap();
        assert_eq!(committed(&ends), ["password_set", "password_changed"]);

        let change = accounts.change_email(ada, "ada@example.com");
        rolled_back(change).await.unwrap();
        let token = world.mail().await.token;
        assert!(committed(&ends).is_empty());
        let confirm = accounts.confirm_email_change(&token);
        rolled_back(confirm).await.unwrap();
        assert_eq!(committed(&ends), ["email_verified", "email_changed"]);

        rolled_back(accounts.deactivate(ada)).await.unwrap();
        rolled_back(accounts.reactivate(ada)).await.unwrap();
        rolled_back(accounts.delete(ada)).await.unwrap();
        assert_eq!(committed(&ends), ["deactivated", "reactivated", "deleted"]);
    };
    scope.run_async(test).await;
}

async fn a_transaction_of_flows_is_independent_too<S: Store>(world: World<S>) {
    let ends = Arc::new(Ends::default());
    let scope = world.scope().provide_dyn(Arc::clone(&ends));
    let test = async {
        let accounts = &world.accounts;
        let commit = async {
            let ada = User::new("ada", "ada@example.org").unwrap();
            let ada = accounts.prepare_registration(ada, PASSWORD).await.unwrap();
            assert_eq!(committed(&ends), ["registering"]);
            let mut transaction = accounts.begin().await.unwrap();
            let inserted = accounts.register_in(&mut transaction, ada).await;
            assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
            assert!(ends.take().is_empty());
            transaction.commit().await.unwrap();
        };
        rolled_back(commit).await;
        assert_eq!(committed(&ends), ["password_set", "registered"]);
        assert!(world.find("ada").await.is_some());

        let roll_back = async {
            for is_dropped in [false, true] {
                let bob = User::new("bob", "bob@example.org").unwrap();
                let bob = accounts.prepare_registration(bob, PASSWORD).await.unwrap();
                assert_eq!(committed(&ends), ["registering"]);
                let mut transaction = accounts.begin().await.unwrap();
                let inserted = accounts.register_in(&mut transaction, bob).await;
                assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
                if is_dropped {
                    drop(transaction);
                } else {
                    transaction.rollback().await.unwrap();
                }
                assert_eq!(ends.take(), ["rolled back user_password_set"]);
            }
        };
        rolled_back(roll_back).await;
        assert!(world.find("bob").await.is_none());
    };
    scope.run_async(test).await;
}
