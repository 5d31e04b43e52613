//! Receivers that wait for the commit or the rollback of a flow.

use std::sync::{Arc, Mutex};

use lback_auth::{AuthUser, Inserted, User, UserPasswordSet};
use lback_signals::{Res, receiver};

use crate::faulty_store::{Commit, Faulty};
use crate::on_each_store;
use crate::world::{PASSWORD, Store, World};

on_each_store!(deferred_receivers_run_at_the_end_of_the_transaction);

#[derive(Default)]
struct Ends(Mutex<Vec<String>>);

impl Ends {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn note(&self, end: &str, user: &dyn AuthUser) {
        let line = format!("{} is {end}", user.username());
        self.0.lock().unwrap().push(line);
    }
}

#[receiver(signal = UserPasswordSet, after_commit)]
fn committed(event: &UserPasswordSet<'_>, ends: Option<Res<'_, Ends>>) {
    if let Some(ends) = ends {
        ends.note("committed", event.user);
    }
}

#[receiver(signal = UserPasswordSet, after_rollback)]
fn rolled_back(event: &UserPasswordSet<'_>, ends: Option<Res<'_, Ends>>) {
    if let Some(ends) = ends {
        ends.note("rolled back", event.user);
    }
}

async fn deferred_receivers_run_at_the_end_of_the_transaction<S: Store>(world: World<S>) {
    let world = World::new(Faulty::new(world.store));
    let ends = Arc::new(Ends::default());
    let scope = world.scope().provide_dyn(Arc::clone(&ends));
    let registering = async {
        let accounts = &world.accounts;
        for (name, is_committed) in [("ada", true), ("bob", false)] {
            let user = User::new(name, format!("{name}@example.org")).unwrap();
            let registration = accounts.prepare_registration(user, PASSWORD).await.unwrap();
            let mut transaction = accounts.begin().await.unwrap();
            let inserted = accounts.register_in(&mut transaction, registration).await;
            assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
            assert!(ends.take().is_empty());
            if is_committed {
                transaction.commit().await.unwrap();
                assert_eq!(ends.take(), ["ada is committed"]);
            } else {
                drop(transaction);
                assert_eq!(ends.take(), ["bob is rolled back"]);
            }
        }
        for (name, commit) in [
            ("cyd", Commit::UnknownAndDone),
            ("dan", Commit::UnknownAndNot),
        ] {
            let user = User::new(name, format!("{name}@example.org")).unwrap();
            world.store.commits(commit);
            let registered = accounts.register(user, PASSWORD).await;
            world.store.commits(Commit::Done);
            assert!(registered.is_err());
            assert!(ends.take().is_empty());
        }
    };
    scope.run_async(registering).await;
}
