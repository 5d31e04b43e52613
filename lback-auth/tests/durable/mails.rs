//! Requests for mails are delivered until the mail is sent, and each attempt looks at the account again.

use lback_auth::{AccountsError, RequestContext, TokenPurpose};
use lback_signals::Scope;
use lback_signals::durable::{Outbox, Worker};
use serde_json::Value;

use crate::mailbox::{Mail, mail};
use crate::on_each_store;
use crate::world::{ISSUE_TOKEN, OTHER, PASSWORD, Store, World, unique, until};

on_each_store!(
    each_purpose_has_its_mail,
    a_failed_mail_is_sent_again_with_a_new_token,
    each_attempt_looks_at_the_account_again,
    a_mail_that_keeps_failing_is_a_dead_letter_without_a_token,
    a_request_is_not_completed_without_a_receiver,
    a_request_about_an_unknown_address_is_stored_alike,
);

fn shown(mail: &Mail) -> (&str, TokenPurpose, &str) {
    (&mail.user, mail.purpose, &mail.to)
}

async fn each_purpose_has_its_mail<S: Store, O: Outbox>(world: World<S, O>) {
    let accounts = &world.accounts;
    let ada = unique("ada");
    let (old, new) = (format!("{ada}@example.org"), format!("{ada}@example.net"));
    let context = RequestContext::new().with_request_id("01J9ZQ");
    let scope = Scope::new().provide(context);
    let mut mails = Vec::new();

    let id = scope.run_async(world.register(&ada)).await.unwrap();
    world.deliver_requests().await;
    mails.extend(world.mailbox.take());
    accounts.verify_email(&mails[0].token).await.unwrap();
    let reset = accounts.request_password_reset(&old);
    scope.run_async(reset).await.unwrap();
    world.deliver_requests().await;
    mails.extend(world.mailbox.take());
    accounts
        .reset_password(&mails[1].token, OTHER)
        .await
        .unwrap();
    let change = accounts.change_email(&id, &new);
    scope.run_async(change).await.unwrap();
    world.deliver_requests().await;
    mails.extend(world.mailbox.take());
    accounts
        .confirm_email_change(&mails[2].token)
        .await
        .unwrap();

    let shown: Vec<_> = mails.iter().map(shown).collect();
    let expected = [
        (&*ada, TokenPurpose::EmailVerification, &*old),
        (&*ada, TokenPurpose::PasswordReset, &*old),
        (&*ada, TokenPurpose::EmailChange, &*new),
    ];
    assert_eq!(shown, expected);
    for mail in &mails {
        assert_eq!(mail.request_id.as_deref(), Some("01J9ZQ"));
    }
}

async fn a_failed_mail_is_sent_again_with_a_new_token<S: Store, O: Outbox>(world: World<S, O>) {
    let accounts = &world.accounts;
    let ada = unique("ada");
    world.verified(&ada).await;
    let address = format!("{ada}@example.org");
    accounts.request_password_reset(&address).await.unwrap();
    world.mailbox.fail(2);
    let token = world.token().await;
    let unsent = world.mailbox.unsent();
    assert_eq!(unsent.len(), 2);
    for (_, unsent) in unsent {
        let peeked = accounts.peek(TokenPurpose::PasswordReset, &unsent).await;
        assert!(matches!(peeked, Err(AccountsError::InvalidToken)));
    }
    accounts.reset_password(&token, OTHER).await.unwrap();
    let entries = world.store.audit(None, 100).await.unwrap();
    let issued = entries.iter().filter(|(_, entry)| {
        entry.signal == "address_mail_due" && entry.outcome == "password-reset"
    });
    assert_eq!(issued.count(), 3, "each token has an entry");
}

async fn each_attempt_looks_at_the_account_again<S: Store, O: Outbox>(world: World<S, O>) {
    let accounts = &world.accounts;
    let names = ["ada", "bob", "cyd", "dan", "eve"].map(unique);
    let [ada, bob, cyd, dan, eve] = &names;
    let address = |name: &str| format!("{name}@example.org");
    let mut ids = Vec::new();
    for name in [ada, cyd, dan, eve] {
        ids.push(world.verified(name).await);
    }
    let [ada_id, cyd_id, dan_id, eve_id] = &ids[..] else {
        unreachable!("four accounts");
    };
    world.mailbox.fail(5);
    accounts
        .request_password_reset(&address(ada))
        .await
        .unwrap();
    world.register(bob).await.unwrap();
    let new = unique("cyd");
    accounts.change_email(cyd_id, &address(&new)).await.unwrap();
    accounts
        .request_password_reset(&address(dan))
        .await
        .unwrap();
    let taken = unique("taken");
    accounts
        .change_email(eve_id, &address(&taken))
        .await
        .unwrap();
    // The first attempt of each, whose retries are delayed.
    let worker = Worker::new(&world.outbox);
    let worker = worker.__with_random(|| u64::MAX).spawn().unwrap();
    let mut unsent = Vec::new();
    until(async || {
        unsent.extend(world.mailbox.unsent());
        unsent.len() == 5
    })
    .await;
    worker.shutdown().await;

    accounts.deactivate(ada_id).await.unwrap();
    let of_bob = unsent.iter().find(|(user, _)| user == bob).unwrap();
    accounts.verify_email(&of_bob.1).await.unwrap();
    accounts
        .change_password(cyd_id, PASSWORD, OTHER)
        .await
        .unwrap();
    accounts.delete(dan_id).await.unwrap();
    let id = world.register(&taken).await.unwrap();
    world.deliver_requests().await;
    let mails = world.mailbox.take();
    // Nothing is sent except to the account that has the address by now, which may be replaced.
    let to: Vec<_> = mails.iter().map(|mail| mail.user.clone()).collect();
    assert!(to.contains(&taken) && to.len() <= 2, "{to:?}");
    let of_taken = mails.iter().find(|mail| mail.user == taken).unwrap();
    accounts.verify_email(&of_taken.token).await.unwrap();
    accounts
        .change_email(eve_id, &address(&taken))
        .await
        .unwrap();
    world.deliver_requests().await;
    assert!(world.mailbox.take().is_empty(), "{id} has verified it");
    let stored = world.stored().await;
    let is_request = |(receiver, _): &(String, [u64; 3])| receiver == ISSUE_TOKEN;
    assert!(
        !stored.iter().any(is_request),
        "none has failed: {stored:?}"
    );
}

async fn a_mail_that_keeps_failing_is_a_dead_letter_without_a_token<S: Store, O: Outbox>(
    world: World<S, O>,
) {
    let ada = unique("ada");
    world.verified(&ada).await;
    let reset = format!("{ada}@example.org");
    world.accounts.request_password_reset(&reset).await.unwrap();
    world.mailbox.fail(u32::MAX);
    let (sender, letters) = std::sync::mpsc::channel();
    let worker = world.worker().on_dead(move |letter| {
        let _ = sender.send(letter.clone());
    });
    let worker = worker.spawn().unwrap();
    until(async || world.requests().await == 0).await;
    worker.shutdown().await;
    let letter = letters.try_recv().expect("a dead letter");
    assert_eq!(letter.error(), "failed: no answer of the mail server");
    assert_eq!(letter.attempts(), 20);
    let unsent = world.mailbox.unsent();
    assert_eq!(unsent.len(), 20);
    let shown = format!("{letter:?}");
    assert!(unsent.iter().all(|(_, token)| !shown.contains(token)));
    assert_eq!(world.stored().await, [(ISSUE_TOKEN.to_owned(), [0, 0, 1])]);
}

async fn a_request_is_not_completed_without_a_receiver<S: Store, O: Outbox>(world: World<S, O>) {
    let ada = unique("ada");
    world.verified(&ada).await;
    let reset = format!("{ada}@example.org");
    world.accounts.request_password_reset(&reset).await.unwrap();
    let worker = Worker::new(&world.outbox);
    let muted = Scope::new().mute(mail);
    let worker = muted.run(|| worker.spawn().unwrap());
    until(async || worker.health().failed() > 0).await;
    worker.shutdown().await;
    assert_eq!(world.requests().await, 1);
    assert_eq!(world.token().await.len(), 43);
}

async fn a_request_about_an_unknown_address_is_stored_alike<S: Store, O: Outbox>(
    world: World<S, O>,
) {
    let ada = unique("ada");
    world.verified(&ada).await;
    let known = format!("{ada}@example.org");
    let unknown = format!("{}@example.org", unique("eve"));
    let client = "192.0.2.7".parse().unwrap();
    let context = RequestContext::new().with_client(client);
    let scope = Scope::new().provide(context);
    for address in [&known, &unknown] {
        let accounts = &world.accounts;
        let reset = accounts.request_password_reset(address);
        scope.run_async(reset).await.unwrap();
        let verification = accounts.request_email_verification(address);
        scope.run_async(verification).await.unwrap();
    }
    let requests = world.claim(ISSUE_TOKEN, 10).await;
    let mut stored: Vec<_> = requests
        .iter()
        .map(|it| {
            let mut fields: Value = serde_json::from_str(&it.payload).unwrap();
            let email = fields["email"].take();
            fields["requested_at"].take();
            (email, it.signal.clone(), it.version, fields)
        })
        .collect();
    assert_eq!(stored.len(), 4);
    let of_unknown = stored.split_off(2);
    for (known, unknown) in stored.iter().zip(&of_unknown) {
        assert_ne!(known.0, unknown.0);
        assert_eq!(
            (&known.1, known.2, &known.3),
            (&unknown.1, unknown.2, &unknown.3)
        );
    }
}
