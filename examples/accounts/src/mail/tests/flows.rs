//! The flows have mails sent.

use std::path::Path;

use lback_auth::{
    Accounts, AuthUser, Authentication, Hasher, MemoryStore, PasswordChange, RequestAnswering,
    SessionKey, User, UserEmailChangeRequested, UserEmailChanged,
    UserEmailVerificationTokenGenerated, UserPasswordChanged, UserPasswordResetRequested,
};
use lback_signals::{Scope, Signal, Transaction, background};

use super::{LONG, mailer_into, mails_in, token, user};

const PASSWORD: &str = "correct horse battery staple";
const ANOTHER: &str = "staple battery horse correct";

const TOKEN_LENGTH: usize = 43;

fn scope(folder: &Path) -> Scope {
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    scope.provide(mailer_into(folder))
}

/// The next mail, which is the only new one: its kind, to whom it is, and its token.
async fn next_mail(
    accounts: &Accounts<MemoryStore>,
    folder: &Path,
    seen: &mut usize,
) -> (String, String, Option<String>) {
    accounts.answer_requests().await.unwrap();
    assert!(background::flush(LONG));
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
    scope(folder.path()).run_async(walk(folder.path())).await;
}

async fn walk(folder: &Path) {
    let key = SessionKey::new(&[7; 32]).unwrap();
    let accounts = Accounts::builder(MemoryStore::new(), key)
        .request_answering(RequestAnswering::Manual)
        .build()
        .unwrap();
    let mut seen = 0;
    let mut next = async || next_mail(&accounts, folder, &mut seen).await;

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
fn no_mail_is_sent_of_what_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let (ada, token) = (user("ada"), token());
    let send_all = || {
        let deferred = [
            UserEmailVerificationTokenGenerated::new(&ada, &token).send(),
            UserPasswordResetRequested::new(&ada, &token).send(),
            UserEmailChangeRequested::new(&ada, "ada@example.com", &token).send(),
            UserPasswordChanged::new(&ada, PasswordChange::Reset).send(),
            UserEmailChanged::new(&ada, "ada@example.net").send(),
        ];
        assert!(deferred.iter().all(|report| report.deferred() == 1));
        assert!(background::flush(LONG));
        assert!(mails_in(folder.path()).is_empty());
    };
    scope(folder.path()).run(|| {
        let transaction = Transaction::new();
        transaction.run(send_all);
        transaction.rollback();
        assert!(background::flush(LONG));
        assert!(mails_in(folder.path()).is_empty());

        let transaction = Transaction::new();
        transaction.run(send_all);
        transaction.commit();
        assert!(background::flush(LONG));
        assert_eq!(mails_in(folder.path()).len(), 5);
    });
}
