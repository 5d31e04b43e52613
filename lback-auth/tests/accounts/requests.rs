use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use lback_auth::{AccountsError, AddressMailDue, RequestContext, TokenPurpose};
use lback_signals::{Res, Scope, receiver};

use crate::on_each_store;
use crate::world::{Store, World, id, until};

on_each_store!(
    a_request_for_an_unknown_address_writes_the_same_row,
    only_the_newest_token_is_valid,
    a_token_is_valid_until_it_expires,
    a_verified_address_gets_no_verification_mail,
    mail_goes_to_the_stored_address,
    a_request_is_processed_in_the_context_of_its_client,
    requests_left_by_a_process_are_processed_by_another,
    a_running_worker_mails_at_once,
);

async fn a_request_for_an_unknown_address_writes_the_same_row<S: Store>(world: World<S>) {
    world.verified("ada").await;
    for address in ["ada@example.org", "unknown@example.org"] {
        let accounts = &world.accounts;
        let request = accounts
            .prepare_password_reset_request(address)
            .await
            .unwrap();
        let mut transaction = accounts.begin().await.unwrap();
        accounts
            .request_password_reset_in(&mut transaction, request)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
    assert_eq!(world.left().await, 2);
    assert_eq!(world.mails().await.len(), 1);
}

async fn only_the_newest_token_is_valid<S: Store>(world: World<S>) {
    world.unverified("ada").await;
    let first = world.mail().await;
    world
        .accounts
        .request_email_verification("ada@example.org")
        .await
        .unwrap();
    let second = world.mail().await;
    assert_ne!(first.token, second.token);
    let refused = world.accounts.verify_email(&first.token).await;
    assert!(matches!(refused, Err(AccountsError::InvalidToken)));
    world.accounts.verify_email(&second.token).await.unwrap();
}

async fn a_token_is_valid_until_it_expires<S: Store>(world: World<S>) {
    let world = world.with(|accounts| {
        accounts
            .verification_lifetime(Duration::from_mins(2))
            .reset_lifetime(Duration::from_mins(1))
    });
    let minute = Duration::from_mins(1);
    world.unverified("ada").await;
    let verification = world.mail().await.token;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let reset = world.mail().await.token;
    let accounts = &world.accounts;
    world.wait(minute.saturating_sub(Duration::from_micros(1)));
    assert!(
        accounts
            .peek(TokenPurpose::PasswordReset, &reset)
            .await
            .is_ok()
    );
    world.wait(Duration::from_micros(1));
    for expired in [
        accounts.peek(TokenPurpose::PasswordReset, &reset).await,
        accounts.reset_password(&reset, "a long new password").await,
    ] {
        assert!(matches!(expired, Err(AccountsError::InvalidToken)));
    }
    assert_eq!(accounts.purge().await.unwrap(), 1);
    assert!(
        accounts
            .peek(TokenPurpose::EmailVerification, &verification)
            .await
            .is_ok()
    );
    // `peek` does not consume the token.
    accounts.verify_email(&verification).await.unwrap();
}

async fn a_verified_address_gets_no_verification_mail<S: Store>(world: World<S>) {
    world.verified("ada").await;
    world
        .accounts
        .request_email_verification("ada@example.org")
        .await
        .unwrap();
    assert!(world.mails().await.is_empty());
}

async fn mail_goes_to_the_stored_address<S: Store>(world: World<S>) {
    world.verified("kim").await;
    // The Kelvin sign equals `k` in the normal form, but is a different mailbox.
    world
        .accounts
        .request_password_reset("\u{212A}im@example.org")
        .await
        .unwrap();
    assert_eq!(world.mail().await.to, "kim@example.org");
}

#[receiver(signal = AddressMailDue)]
fn note_client(
    _: &AddressMailDue<'_>,
    context: Option<Res<'_, RequestContext>>,
    clients: Option<Res<'_, Clients>>,
) {
    if let Some(clients) = clients {
        let client = context.as_deref().and_then(RequestContext::client);
        clients.0.lock().unwrap().push(client);
    }
}

#[derive(Default)]
struct Clients(std::sync::Mutex<Vec<Option<IpAddr>>>);

async fn a_request_is_processed_in_the_context_of_its_client<S: Store>(world: World<S>) {
    let clients = std::sync::Arc::new(Clients::default());
    let scope = Scope::new().provide_dyn(std::sync::Arc::clone(&clients));
    scope
        .run_async(async {
            for last in [1, 2, 3] {
                let client = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
                let context = RequestContext::new()
                    .with_client(client)
                    .with_request_id("r");
                let registering = world.unverified(["one", "two", "three"][usize::from(last) - 1]);
                Scope::new().provide(context).run_async(registering).await;
            }
            world.deliver().await;
        })
        .await;
    let mut seen = clients.0.lock().unwrap().clone();
    seen.sort();
    let expected = [1, 2, 3].map(|last| Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))));
    assert_eq!(seen, expected);
    let entries = world.store.audit(None, 10).await.unwrap();
    assert!(
        entries
            .iter()
            .all(|(_, entry)| entry.context.request_id() == Some("r"))
    );
}

async fn requests_left_by_a_process_are_processed_by_another<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    world
        .accounts
        .change_email(&id(&ada), "ada@new.example")
        .await
        .unwrap();
    let other = World::new(world.store.clone());
    let mails = other.scope().run_async(other.mails()).await;
    assert_eq!(mails[0].to, "ada@new.example");
    assert_eq!(world.left().await, 0);
    assert!(world.mails().await.is_empty());
}

async fn a_running_worker_mails_at_once<S: Store>(world: World<S>) {
    let worker = world.worker();
    world.unverified("ada").await;
    let mut mail = None;
    until(async || {
        mail = world.journal.mails().pop();
        mail.is_some()
    })
    .await;
    worker.shutdown().await;
    let token = mail.unwrap().token;
    world.accounts.verify_email(&token).await.unwrap();
}
