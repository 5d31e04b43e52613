//! Accounts and requests that change between the first half of a flow and its transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use lback_auth::{
    AccountsError, AttemptLimit, AuthUser, Authentication, Expected, Hasher, TokenPurpose,
    UnverifiedHolders,
};
use lback_signals::{CommitOutcome, Scope};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    a_deactivated_account_gets_no_access,
    a_token_to_an_old_address_is_refused,
    a_conflict_uses_no_attempt,
    a_changed_account_gets_no_token,
);

/// Runs operations of the store in a transaction, as an application does that writes its own table.
async fn write<S: Store>(world: &World<S>, operations: impl AsyncFnOnce(&mut S::Transaction)) {
    let mut rows = world.store.begin().await.unwrap();
    operations(&mut rows).await;
    let committed = world.store.commit(rows).await;
    assert!(matches!(committed, CommitOutcome::Committed));
}

/// The sessions keep their epoch, so only the state of the account is left to check.
async fn a_deactivated_account_gets_no_access<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let (accounts, ada_id) = (&world.accounts, id(&ada));
    let login = accounts.prepare_authentication("ada", PASSWORD);
    let login = login.await.unwrap();
    let change = accounts.prepare_password_change(&ada_id, PASSWORD, OTHER);
    let change = change.await.unwrap();
    let request = accounts.request_password_reset("ada@example.org");
    request.await.unwrap();
    let token = world.mail().await.token;
    write(&world, async |rows| {
        let epoch = ada.password().epoch();
        let set = world.store.set_active(rows, &ada_id, false, epoch).await;
        assert!(set.unwrap().is_some());
    })
    .await;

    let peeked = accounts.peek(TokenPurpose::PasswordReset, &token).await;
    assert!(
        matches!(peeked, Err(AccountsError::InvalidToken)),
        "{peeked:?}"
    );
    let mut transaction = accounts.begin().await.unwrap();
    let outcome = accounts.authenticate_in(&mut transaction, login).await;
    assert_eq!(shown(outcome.unwrap()), Authentication::Busy);
    transaction.commit().await.unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let changed = accounts.change_password_in(&mut transaction, change).await;
    assert!(
        matches!(changed, Err(AccountsError::Conflict)),
        "{changed:?}"
    );
    transaction.rollback().await.unwrap();
    let stored = world.reload(&ada).await;
    assert_eq!(stored.password().stored(), ada.password().stored());
}

/// The address changes without the flow that ends the tokens.
async fn a_token_to_an_old_address_is_refused<S: Store>(world: World<S>) {
    let ada = world.unverified("ada").await;
    let accounts = &world.accounts;
    let verification = world.mail().await.token;
    let request = accounts.request_password_reset("ada@example.org");
    request.await.unwrap();
    let reset = world.mail().await.token;
    let reset = accounts.prepare_password_reset(&reset, OTHER).await;
    let reset = reset.unwrap();
    write(&world, async |rows| {
        let (id, holders) = (id(&ada), UnverifiedHolders::Keep);
        let (old, new) = (ada.email(), "new@example.org");
        let set = world.store.set_email(rows, &id, old, new, holders).await;
        assert!(set.is_ok());
    })
    .await;

    let mut transaction = accounts.begin().await.unwrap();
    let refused = accounts.reset_password_in(&mut transaction, reset).await;
    assert!(
        matches!(refused, Err(AccountsError::InvalidToken)),
        "{refused:?}"
    );
    transaction.rollback().await.unwrap();
    let refused = accounts.verify_email(&verification).await;
    assert!(
        matches!(refused, Err(AccountsError::InvalidToken)),
        "{refused:?}"
    );
    let stored = world.reload(&ada).await;
    assert_eq!(stored.password().stored(), ada.password().stored());
}

async fn a_conflict_uses_no_attempt<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(1)));
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    for _ in 0..5 {
        let login = accounts.prepare_authentication("ada", PASSWORD);
        let login = login.await.unwrap();
        let rehashed = world.hasher.hash(PASSWORD).unwrap();
        write(&world, async |rows| {
            let (id, expected) = (id(&ada), Expected::Any);
            let set = world.store.set_password(rows, &id, expected, &rehashed);
            assert!(set.await.unwrap().is_some());
        })
        .await;
        let mut transaction = accounts.begin().await.unwrap();
        let outcome = accounts.authenticate_in(&mut transaction, login).await;
        assert_eq!(shown(outcome.unwrap()), Authentication::Busy);
        transaction.commit().await.unwrap();
    }
}

/// Returns a hasher that awaits a change before it draws its first random bytes, which are those of a token.
fn interrupted_by<F>(change: impl Fn() -> F + Send + Sync + 'static) -> Hasher
where
    F: Future<Output = ()>,
{
    let draws = AtomicU8::new(0);
    let random = move |bytes: &mut [u8]| {
        let draw = draws.fetch_add(1, Ordering::SeqCst);
        bytes.fill(draw);
        if draw == 0 {
            block_in_place(|| Handle::current().block_on(change()));
        }
        Ok(())
    };
    let builder = Hasher::builder().memory(8).passes(1).random(random);
    builder.build().unwrap()
}

/// An intruder in a session has requested the change of address, and the owner ends that session.
async fn a_changed_account_gets_no_token<S: Store>(world: World<S>) {
    let ada = id(&world.verified("ada").await);
    let request = world.accounts.change_email(&ada, "mallory@example.org");
    request.await.unwrap();
    let world = Arc::new(world);
    let hasher = interrupted_by({
        let world = Arc::clone(&world);
        move || {
            let (world, ada) = (Arc::clone(&world), ada.clone());
            async move {
                let change = world.accounts.change_password(&ada, PASSWORD, OTHER);
                world.scope().run_async(change).await.unwrap();
            }
        }
    });
    Scope::new()
        .provide(hasher)
        .run_async(world.deliver())
        .await;
    assert!(world.journal.mails().is_empty());
    assert!(world.is_granted("ada", OTHER).await);
}
