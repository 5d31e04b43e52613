//! Flows in a transaction that fail, after which the caller commits.

use lback_auth::{AccountsError, AccountsTransaction, User};

use crate::faulty_store::Faulty;
use crate::on_each_store;
use crate::store_faults::{faulty, stored};
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(a_flow_with_a_failed_operation_is_not_committed);

#[derive(Clone, Copy, Debug)]
enum Part {
    Register,
    Authenticate,
    Verify,
    ChangePassword,
    Reset,
    ConfirmEmail,
    Deactivate,
    Reactivate,
}

const PARTS: [Part; 8] = [
    Part::Register,
    Part::Authenticate,
    Part::Verify,
    Part::ChangePassword,
    Part::Reset,
    Part::ConfirmEmail,
    Part::Deactivate,
    Part::Reactivate,
];

async fn a_flow_with_a_failed_operation_is_not_committed<S: Store>(world: World<S>) {
    let world = faulty(world);
    let fail = async {
        for part in PARTS {
            let mut operations = 0;
            while !succeeds(&world, part, operations).await {
                operations += 1;
                assert!(operations < 100, "{part:?} never succeeds");
            }
            // The mail of the new account.
            world.mails().await;
            assert!(operations > 0, "{part:?}");
        }
    };
    world.scope().run_async(fail).await;
}

/// Returns whether a flow succeeds if the store fails after `operations` operations.
async fn succeeds<S: Store>(world: &World<Faulty<S>>, part: Part, operations: usize) -> bool {
    let accounts = &world.accounts;
    let name = format!("{part:?}{operations}");
    let email = format!("{name}@example.org");
    let user = match part {
        Part::Verify => world.unverified(&name).await,
        _ => world.verified(&name).await,
    };
    let id = &id(&user);
    match part {
        Part::Register => {
            let user = User::new(format!("new-{name}"), format!("new-{email}")).unwrap();
            let user = accounts.prepare_registration(user, PASSWORD).await.unwrap();
            let part = async |tx: &mut _| accounts.register_in(tx, user).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::Authenticate => {
            let login = accounts.prepare_authentication(&name, PASSWORD).await;
            let login = login.unwrap();
            let part = async |tx: &mut _| accounts.authenticate_in(tx, login).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::Verify => {
            let token = world.mail().await.token;
            let part = async |tx: &mut _| accounts.verify_email_in(tx, &token).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::ChangePassword => {
            let change = accounts.prepare_password_change(id, PASSWORD, OTHER).await;
            let change = change.unwrap();
            let part = async |tx: &mut _| accounts.change_password_in(tx, change).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::Reset => {
            accounts.request_password_reset(&email).await.unwrap();
            let token = world.mail().await.token;
            let reset = accounts.prepare_password_reset(&token, OTHER).await;
            let reset = reset.unwrap();
            let part = async |tx: &mut _| accounts.reset_password_in(tx, reset).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::ConfirmEmail => {
            let new = format!("new-{email}");
            accounts.change_email(id, &new).await.unwrap();
            let token = world.mail().await.token;
            let change = accounts.prepare_email_confirmation(&token).await.unwrap();
            let part =
                async |tx: &mut _| accounts.confirm_email_change_in(tx, change).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::Deactivate => {
            let part = async |tx: &mut _| accounts.deactivate_in(tx, id).await.map(drop);
            attempt(world, operations, part).await
        }
        Part::Reactivate => {
            let part = async |tx: &mut _| accounts.reactivate_in(tx, id).await.map(drop);
            attempt(world, operations, part).await
        }
    }
}

async fn attempt<S: Store>(
    world: &World<Faulty<S>>,
    operations: usize,
    part: impl AsyncFnOnce(&mut AccountsTransaction<Faulty<S>>) -> Result<(), AccountsError>,
) -> bool {
    let before = stored(&world.store.inner).await;
    let mut transaction = world.accounts.begin().await.unwrap();
    world.store.fail_after(Some(operations));
    let done = part(&mut transaction).await;
    world.store.fail_after(None);
    let committed = transaction.commit().await;
    if done.is_ok() {
        committed.unwrap();
    } else {
        assert!(committed.is_err(), "{done:?}");
        assert!(stored(&world.store.inner).await == before, "{done:?}");
    }
    done.is_ok()
}
