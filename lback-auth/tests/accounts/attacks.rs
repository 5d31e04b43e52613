//! Attacks, and races between legitimate users.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_auth::{
    AccountsError, AddressMailDue, AttemptLimit, AuthUser, Authentication, NormalForm,
    PendingToken, RequestContext, SessionKey, TokenKey, TokenPurpose, User,
};
use lback_signals::{CommitOutcome, Res, Scope, Transaction, receiver};
use test_support::rounds;
use tokio::task::JoinSet;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    a_sign_in_does_not_restore_ended_sessions,
    a_taken_address_as_a_username_is_not_disclosed,
    an_export_does_not_tell_whether_others_have_an_account,
    an_export_does_not_show_who_replaced_the_account,
    an_earlier_token_does_not_tell_whether_a_later_address_is_taken,
    each_kind_of_mail_has_its_own_limit,
    a_token_ends_with_a_concurrent_change_of_the_password,
    one_typo_per_day_does_not_throttle_a_network,
    an_old_request_is_dropped,
    a_failed_request_does_not_block_others,
    mails_are_sent_if_the_current_transaction_rolls_back,
    mails_are_not_sent_in_the_scope_of_a_request,
    a_half_done_flow_is_not_committed,
    concurrent_sign_ins_do_not_deadlock,
    a_reset_and_a_deactivation_do_not_deadlock,
    a_verification_and_a_registration_do_not_deadlock,
);

async fn a_sign_in_does_not_restore_ended_sessions<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let key = SessionKey::new(&[7; 32]).unwrap();
    let ended = ada.session_auth_hash(&key);
    let accounts = &world.accounts;
    let checked = accounts
        .prepare_authentication("ada", PASSWORD)
        .await
        .unwrap();
    accounts.deactivate(&id(&ada)).await.unwrap();
    accounts.reactivate(&id(&ada)).await.unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let outcome = accounts.authenticate_in(&mut transaction, checked).await;
    assert_eq!(shown(outcome.unwrap()), Authentication::Busy);
    transaction.commit().await.unwrap();
    assert_ne!(world.reload(&ada).await.session_auth_hash(&key), ended);
    assert!(world.is_granted("ada", PASSWORD).await);
    assert_ne!(world.reload(&ada).await.session_auth_hash(&key), ended);
}

async fn a_taken_address_as_a_username_is_not_disclosed<S: Store>(world: World<S>) {
    let ada = || User::new("ada@example.org", "ada@example.org").unwrap();
    world.accounts.register(ada(), PASSWORD).await.unwrap();
    let mail = world.mail().await;
    world.accounts.verify_email(&mail.token).await.unwrap();
    world.accounts.register(ada(), OTHER).await.unwrap();
    assert!(world.mails().await.is_empty());
    assert!(world.is_granted("ada@example.org", PASSWORD).await);
}

/// Two accounts send requests whose results are the same: one with an address that has an account, and one with a free
/// address.
async fn an_export_does_not_tell_whether_others_have_an_account<S: Store>(world: World<S>) {
    world.verified("bob").await;
    let accounts = &world.accounts;
    let mut exports = Vec::new();
    for (name, address) in [("ada", "bob@example.org"), ("eve", "zoe@example.org")] {
        let user = world.verified(name).await;
        let probes = async {
            let refused = accounts.authenticate(address, OTHER).await;
            assert_eq!(shown(refused.unwrap()), Authentication::Denied);
            let fresh = User::new(format!("{name}2"), address).unwrap();
            accounts.register(fresh, PASSWORD).await.unwrap();
            accounts.request_password_reset(address).await.unwrap();
            accounts.request_email_verification(address).await.unwrap();
            accounts.change_email(&id(&user), address).await.unwrap();
        };
        let context = RequestContext::new().with_actor(id(&user));
        Scope::new().provide(context).run_async(probes).await;
        world.mails().await;
        let export = accounts.export(&id(&user)).await.unwrap();
        let audit = export.audit.into_iter();
        let audit: Vec<_> = audit.map(|entry| (entry.signal, entry.outcome)).collect();
        assert!(!audit.is_empty());
        exports.push((audit, export.signals));
    }
    assert_eq!(exports[0], exports[1]);
}

async fn an_export_does_not_show_who_replaced_the_account<S: Store>(world: World<S>) {
    let ada = world.unverified("ada").await;
    let eve = User::new("eve", "ada@example.org").unwrap();
    let context = RequestContext::new().with_client("192.0.2.7".parse().unwrap());
    let registered = world.accounts.register(eve, PASSWORD);
    let scope = Scope::new().provide(context);
    scope.run_async(registered).await.unwrap();
    let export = world.accounts.export(&id(&ada)).await.unwrap();
    let last = export.audit.last().unwrap();
    assert_eq!(
        (&*last.signal, &*last.outcome),
        ("user_deleted", "replaced")
    );
    assert_eq!(last.context, RequestContext::new());
}

async fn an_earlier_token_does_not_tell_whether_a_later_address_is_taken<S: Store>(
    world: World<S>,
) {
    world.verified("bob").await;
    let accounts = &world.accounts;
    for (name, later) in [("ada", "bob@example.org"), ("eve", "zoe@example.org")] {
        let id = id(&world.verified(name).await);
        let own = format!("{name}@example.com");
        accounts.change_email(&id, &own).await.unwrap();
        let earlier = world.mail().await.token;
        let peek = async || accounts.peek(TokenPurpose::EmailChange, &earlier).await;
        peek().await.unwrap();
        accounts.change_email(&id, later).await.unwrap();
        world.mails().await;
        assert!(matches!(peek().await, Err(AccountsError::InvalidToken)));
    }
}

async fn each_kind_of_mail_has_its_own_limit<S: Store>(world: World<S>) {
    world.verified("ada").await;
    for asked in 0.. {
        assert!(asked < 100, "nothing is throttled");
        let asked = world
            .accounts
            .request_email_verification("ada@example.org")
            .await;
        if matches!(asked, Err(AccountsError::Throttled { .. })) {
            break;
        }
    }
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    world.mail().await;
    let new = User::new("new", "new@example.org").unwrap();
    for _ in 0..5 {
        let _ = world
            .accounts
            .request_password_reset("new@example.org")
            .await;
    }
    world.accounts.register(new, PASSWORD).await.unwrap();
}

async fn a_token_ends_with_a_concurrent_change_of_the_password<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let (now, purpose) = (world.now(), TokenPurpose::EmailChange);
    let token = PendingToken::new(
        [9; 32],
        "mallory@example.org",
        now,
        now + Duration::from_hours(1),
    );
    let mut rows = world.store.begin().await.unwrap();
    let put = world
        .store
        .put_token(&mut rows, &id(&ada), purpose, &token)
        .await;
    assert!(put.unwrap());
    let (accounts, ada) = (world.accounts.clone(), id(&ada));
    let change = async move { accounts.change_password(&ada, PASSWORD, OTHER).await };
    let change = tokio::spawn(Scope::current().wrap(change));
    // The change has to end the token, whether or not it waits for the lock by now.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let committed = world.store.commit(rows).await;
    assert!(matches!(committed, CommitOutcome::Committed));
    change.await.unwrap().unwrap();
    let key = TokenKey::of_pending(purpose, &token);
    assert!(
        world
            .store
            .find_by_token(&key, now)
            .await
            .unwrap()
            .is_none()
    );
}

async fn one_typo_per_day_does_not_throttle_a_network<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.client_limit(AttemptLimit::new(20)));
    world.verified("ada").await;
    let context = RequestContext::new().with_client("192.0.2.7".parse().unwrap());
    let days = async {
        for day in 0..40 {
            let typo = world.authenticate("ada", "a typo").await.unwrap();
            assert_eq!(shown(typo), Authentication::Denied, "{day}");
            for _ in 0..10 {
                let right = world.authenticate("ada", PASSWORD).await.unwrap();
                assert_eq!(shown(right), Authentication::Granted(()), "{day}");
                world.wait(Duration::from_hours(2));
            }
        }
    };
    Scope::new().provide(context).run_async(days).await;
}

async fn an_old_request_is_dropped<S: Store>(world: World<S>) {
    world.verified("ada").await;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    world.wait(Duration::from_mins(31));
    assert!(world.mails().await.is_empty());
}

async fn a_failed_request_does_not_block_others<S: Store>(world: World<S>) {
    use crate::faulty_store::Faulty;
    let world = World::new(Faulty::new(world.store));
    let requests = async {
        world.verified("ada").await;
        world.verified("bob").await;
        for address in ["ada@example.org", "bob@example.org"] {
            world
                .accounts
                .request_password_reset(address)
                .await
                .unwrap();
        }
        world.store.fail_after(Some(1));
        let mut mailed: Vec<_> = world
            .mails()
            .await
            .into_iter()
            .map(|mail| mail.to)
            .collect();
        mailed.sort();
        assert_eq!(mailed, ["ada@example.org", "bob@example.org"]);
    };
    world.scope().run_async(requests).await;
}

/// The mails, with the tenant of the scope in which they were sent.
#[derive(Default)]
struct Outbox(Mutex<Vec<String>>);

struct Tenant(&'static str);

#[receiver(signal = AddressMailDue)]
fn send(
    event: &AddressMailDue<'_>,
    outbox: Option<Res<'_, Outbox>>,
    tenant: Option<Res<'_, Tenant>>,
) {
    if let Some(outbox) = outbox {
        let tenant = tenant.map_or("unknown", |tenant| tenant.0);
        let line = format!("{} of {tenant}", event.user.username());
        outbox.0.lock().unwrap().push(line);
    }
}

/// Delivers in a scope with an outbox, and returns what was sent.
async fn sent<S: Store>(world: &World<S>) -> Vec<String> {
    let outbox = Arc::new(Outbox::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&outbox));
    scope.run_async(world.deliver()).await;
    outbox.0.lock().unwrap().clone()
}

async fn mails_are_sent_if_the_current_transaction_rolls_back<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let around = Transaction::new();
    let request = world.accounts.request_password_reset("ada@example.org");
    around.run_async(request).await.unwrap();
    around.rollback();
    assert_eq!(sent(&world).await, ["ada of unknown"]);
}

async fn mails_are_not_sent_in_the_scope_of_a_request<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let request = world.accounts.request_password_reset("ada@example.org");
    let mallory = Scope::new().provide(Tenant("mallory"));
    mallory.run_async(request).await.unwrap();
    assert_eq!(sent(&world).await, ["ada of unknown"]);
}

async fn a_half_done_flow_is_not_committed<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let token = world.mail().await.token;
    let reset = accounts
        .prepare_password_reset(&token, OTHER)
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    let rows = transaction.rows();
    let epoch = ada.password().epoch();
    let set = world.store.set_active(rows, &id(&ada), false, epoch).await;
    assert!(set.unwrap().is_some());
    let refused = accounts.reset_password_in(&mut transaction, reset).await;
    assert!(
        matches!(refused, Err(AccountsError::InvalidToken)),
        "{refused:?}"
    );
    let committed = transaction.commit().await;
    assert!(
        matches!(committed, Err(AccountsError::Conflict)),
        "{committed:?}"
    );
    // The token is not consumed.
    accounts
        .peek(TokenPurpose::PasswordReset, &token)
        .await
        .unwrap();
    assert!(world.is_granted("ada", PASSWORD).await);
}

/// Runs two flows concurrently.
async fn race<A, B>(one: A, other: B) -> [Result<(), AccountsError>; 2]
where
    A: Future<Output = Result<(), AccountsError>> + Send + 'static,
    B: Future<Output = Result<(), AccountsError>> + Send + 'static,
{
    let one = tokio::spawn(Scope::current().wrap(one));
    let other = tokio::spawn(Scope::current().wrap(other));
    [one.await.unwrap(), other.await.unwrap()]
}

async fn concurrent_sign_ins_do_not_deadlock<S: Store>(world: World<S>) {
    let limit = AttemptLimit::new(10_000);
    let world = world.with(|builder| builder.client_limit(limit).login_limit(limit));
    let names = ["ada", "bob", "cyd", "dan"];
    for name in names {
        world.verified(name).await;
    }
    let context = RequestContext::new().with_client("192.0.2.7".parse().unwrap());
    let sign_ins = async {
        let mut tasks = JoinSet::new();
        for name in names.repeat(4) {
            let accounts = world.accounts.clone();
            tasks.spawn(Scope::current().wrap(async move {
                for _ in 0..rounds(100) {
                    let outcome = accounts.authenticate(name, PASSWORD).await;
                    assert!(
                        matches!(outcome, Ok(Authentication::Granted(_))),
                        "{outcome:?}"
                    );
                }
            }));
        }
        tasks.join_all().await;
    };
    Scope::new().provide(context).run_async(sign_ins).await;
}

fn without_limits<S: Store>(world: World<S>) -> World<S> {
    let limit = AttemptLimit::new(10_000);
    world.with(|builder| builder.mail_limit(limit).login_limit(limit))
}

async fn a_reset_and_a_deactivation_do_not_deadlock<S: Store>(world: World<S>) {
    let world = without_limits(world);
    let ada = id(&world.verified("ada").await);
    for _ in 0..rounds(100) {
        world
            .accounts
            .request_password_reset("ada@example.org")
            .await
            .unwrap();
        let token = world.mail().await.token;
        let reset = world
            .accounts
            .prepare_password_reset(&token, OTHER)
            .await
            .unwrap();
        let (one, other, ada_of_other) =
            (world.accounts.clone(), world.accounts.clone(), ada.clone());
        let reset = async move {
            let mut transaction = one.begin().await?;
            one.reset_password_in(&mut transaction, reset).await?;
            transaction.commit().await
        };
        let deactivation = async move { other.deactivate(&ada_of_other).await };
        for done in race(reset, deactivation).await {
            assert!(
                matches!(done, Ok(()) | Err(AccountsError::InvalidToken)),
                "{done:?}"
            );
        }
        world.accounts.reactivate(&ada).await.unwrap();
    }
}

async fn a_verification_and_a_registration_do_not_deadlock<S: Store>(world: World<S>) {
    let world = without_limits(world);
    for round in 0..rounds(100) {
        let name = format!("ada{round}");
        world.unverified(&name).await;
        let token = world.mail().await.token;
        let user = User::new(&name, format!("{name}@example.org")).unwrap();
        let again = world
            .accounts
            .prepare_registration(user, OTHER)
            .await
            .unwrap();
        let (one, other) = (world.accounts.clone(), world.accounts.clone());
        let registration = async move {
            let mut transaction = one.begin().await?;
            // The first account may be verified by now.
            let _ = one.register_in(&mut transaction, again).await?;
            transaction.commit().await
        };
        let verification = async move { other.verify_email(&token).await };
        for done in race(registration, verification).await {
            assert!(
                matches!(done, Ok(()) | Err(AccountsError::InvalidToken)),
                "{done:?}"
            );
        }
        world.mails().await;
        // A verified account has the password of the registration that was verified.
        let form = NormalForm::of(&format!("{name}@example.org"));
        let stored = world.store.find_by_email(&form).await.unwrap().unwrap();
        if stored.is_email_verified() {
            assert!(world.is_granted(&name, PASSWORD).await);
        }
    }
}
