//! The flows have mails sent.

use std::path::Path;

use lback_auth::{
    Accounts, AddressMailDue, AuthUser, Authentication, Hasher, MemoryStore, PasswordChange,
    SessionKey, TokenPurpose, User, UserEmailChanged, UserPasswordChanged,
};
use lback_signals::durable::{Outbox, Worker};
use lback_signals::{AsyncSignal, Scope, Signal, Transaction};
use tokio::time::sleep;

use super::super::take_unsent;
use super::{Mailer, mailer_into, mails_in, token, user};

const PASSWORD: &str = "correct horse battery staple";
const ANOTHER: &str = "staple battery horse correct";

const TOKEN_LENGTH: usize = 43;

/// The next mail, which is the only new one: its kind, to whom it is, and its token.
async fn next_mail(
    store: &MemoryStore,
    folder: &Path,
    seen: &mut usize,
) -> (String, String, Option<String>) {
    let outbox = store.outbox();
    let worker = Worker::new(outbox).spawn().unwrap();
    while !outbox.counts().await.unwrap().is_empty() {
        sleep(std::time::Duration::from_millis(1)).await;
    }
    worker.shutdown().await;
    let mails = mails_in(folder);
    assert_eq!(mails.len(), *seen + 1, "{mails:?}");
    let (name, text) = &mails[*seen];
    *seen += 1;
    let kind = name
        .split_once('-')
        .unwrap()
        .1
        .strip_suffix(".eml")
        .unwrap();
    let to = text.lines().find_map(|line| line.strip_prefix("To: "));
    let indented = text.lines().filter(|line| line.starts_with("  "));
    let mut last_words = indented.filter_map(|line| line.rsplit(' ').next());
    let token = last_words.find(|word| word.len() == TOKEN_LENGTH);
    (
        kind.to_owned(),
        to.unwrap().to_owned(),
        token.map(str::to_owned),
    )
}

#[tokio::test]
async fn each_flow_has_its_mail() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let key = SessionKey::new(&[7; 32]).unwrap();
    let accounts = Accounts::new(store.clone(), key);
    let scope = Scope::new()
        .provide(Hasher::insecure_for_tests())
        .provide(mailer_into(folder.path()))
        .provide(accounts.token_issuer());
    scope
        .run_async(walk(&accounts, &store, folder.path()))
        .await;
}

async fn walk(accounts: &Accounts<MemoryStore>, store: &MemoryStore, folder: &Path) {
    let mut seen = 0;
    let mut next = async || next_mail(store, folder, &mut seen).await;

    let ada = User::new("ada", "ada@example.org").unwrap();
    accounts.register(ada, PASSWORD).await.unwrap();
    let (kind, to, token) = next().await;
    assert_eq!((&*kind, &*to), ("verification", "ada@example.org"));
    accounts.verify_email(&token.unwrap()).await.unwrap();

    accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let (kind, to, token) = next().await;
    assert_eq!((&*kind, &*to), ("password-reset", "ada@example.org"));
    accounts
        .reset_password(&token.unwrap(), ANOTHER)
        .await
        .unwrap();
    let (kind, to, _) = next().await;
    assert_eq!((&*kind, &*to), ("password-changed", "ada@example.org"));

    let signed_in = accounts.authenticate("ada", ANOTHER).await.unwrap();
    let Authentication::Granted(ada) = signed_in else {
        panic!("{signed_in:?}");
    };
    let id = ada.id().unwrap();
    accounts.change_email(&id, "ada@example.com").await.unwrap();
    let (kind, to, token) = next().await;
    assert_eq!((&*kind, &*to), ("email-change", "ada@example.com"));
    accounts
        .confirm_email_change(&token.unwrap())
        .await
        .unwrap();
    let (kind, to, token) = next().await;
    assert_eq!((&*kind, &*to), ("email-changed", "ada@example.org"));
    assert_eq!(token, None);
}

#[test]
fn no_notice_is_sent_of_what_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let ada = user("ada");
    let send_all = || {
        let deferred = [
            UserPasswordChanged::new(&ada, PasswordChange::Reset).send(),
            UserEmailChanged::new(&ada, "ada@example.net").send(),
        ];
        assert!(deferred.iter().all(|report| report.deferred() == 1));
        assert!(mails_in(folder.path()).is_empty());
    };
    let scope = Scope::new().provide(mailer_into(folder.path()));
    scope.durable_inline().run(|| {
        let transaction = Transaction::new();
        transaction.run(send_all);
        transaction.rollback();
        assert!(mails_in(folder.path()).is_empty());

        let transaction = Transaction::new();
        transaction.run(send_all);
        transaction.commit();
        assert_eq!(mails_in(folder.path()).len(), 2);
    });
}

/// A mail that counted as sent would be lost.
#[tokio::test]
async fn without_a_mailer_a_mail_fails() {
    let (ada, token) = (user("ada"), token());
    let purpose = TokenPurpose::EmailVerification;
    let due = AddressMailDue::new(&ada, purpose, "ada@example.org", &token);
    assert!(due.try_send_async().await.is_err());
    let changed = UserPasswordChanged::new(&ada, PasswordChange::Change);
    let report = Scope::new().durable_inline().run(|| changed.send());
    assert_eq!(report.failures().len(), 1);
}

#[tokio::test]
async fn unsent_mails_are_named_once() {
    let (ada, token) = (user("ada"), token());
    let folder = tempfile::tempdir().unwrap();
    let mailer: Mailer = mailer_into(folder.path());
    let scope = Scope::new().provide(mailer);
    let sending = async {
        let purpose = TokenPurpose::PasswordReset;
        // No mail goes to this one.
        let due = AddressMailDue::new(&ada, purpose, "unknown", &token);
        // A worker may send it again before the command ends.
        for _ in 0..2 {
            assert!(due.try_send_async().await.is_err());
        }
        let expected = "the password reset mail to unknown was not sent: no mail goes to such an address: \
            Missing domain or user";
        assert_eq!(take_unsent(), [expected]);
        assert!(take_unsent().is_empty());
    };
    scope.run_async(sending).await;
}
