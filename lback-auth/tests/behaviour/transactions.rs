//! Signals of accounts in a transaction, and the receivers that run at its end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_auth::{
    AuthUser, EmailVerification, Password, User, UserEmailVerificationFailed,
    UserEmailVerificationTokenGenerated, UserEmailVerified, UserPasswordCheckFailed,
    UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
};
use lback_signals::{Res, Scope, SentBy, Signal, Transaction, receiver};

/// The mails and notes of one test. In the scopes of other tests, the receivers write none.
#[derive(Default)]
struct Mails(Mutex<Vec<String>>);

impl Mails {
    fn write(&self, mail: String) {
        self.0.lock().unwrap().push(mail);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: Option<i64>,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
    plan: String,
}

fn customer() -> Customer {
    Customer {
        id: None,
        email: "ada@example.org".to_owned(),
        password: Password::unusable(),
        verification: EmailVerification::unverified(),
        active: true,
        plan: "gold".to_owned(),
    }
}

#[receiver(signal = UserEmailVerificationTokenGenerated, after_commit)]
fn mail_token(event: &UserEmailVerificationTokenGenerated<'_>, mails: Option<Res<'_, Mails>>) {
    if let Some(mails) = mails {
        mails.write(format!("{}: {}", event.user.email(), event.token.expose()));
    }
}

#[receiver(signal = UserPasswordSet, after_commit)]
fn thank_customers(customer: SentBy<'_, Customer>, mails: Option<Res<'_, Mails>>) {
    assert!(customer.has_usable_password());
    if let Some(mails) = mails {
        mails.write(customer.plan.clone());
    }
}

#[receiver(signal = [
    UserPasswordSet,
    UserPasswordSetFailed,
    UserPasswordChecked,
    UserPasswordCheckFailed,
    UserEmailVerificationTokenGenerated,
    UserEmailVerified,
    UserEmailVerificationFailed,
], after_rollback)]
fn note_rollback<S: Signal<Sender = dyn AuthUser>>(event: &S, mails: Option<Res<'_, Mails>>) {
    if let Some(mails) = mails {
        mails.write(format!(
            "{} of {}",
            S::info().name(),
            event.sender().username()
        ));
    }
}

fn in_scope(test: impl FnOnce(&Mails)) {
    let mails = Arc::new(Mails::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&mails));
    scope.run(|| test(&mails));
}

#[test]
fn the_token_is_mailed_when_the_account_is_stored() {
    in_scope(|mails| {
        let mut user = User::new("ada", "ada@example.org").unwrap();
        let transaction = Transaction::new();
        let token = transaction.run(|| {
            let token = user.generate_email_verification_token(Duration::from_mins(1));
            token.unwrap()
        });
        assert!(mails.take().is_empty());
        transaction.commit();
        assert_eq!(
            mails.take(),
            [format!("ada@example.org: {}", token.expose())]
        );
    });
}

#[test]
fn receivers_get_a_copy_of_the_applications_own_type() {
    in_scope(|mails| {
        let transaction = Transaction::new();
        let mut customer = customer();
        let set = transaction.run(|| customer.set_password("correct horse battery staple"));
        assert!(set.is_ok());
        "none".clone_into(&mut customer.plan);
        customer.set_unusable_password();
        let report = transaction.commit();
        assert!(report.is_ok(), "{report:?}");
        assert_eq!(mails.take(), ["gold"]);
    });
}

#[test]
fn all_seven_signals_are_kept() {
    in_scope(|mails| {
        let transaction = Transaction::new();
        transaction.run(|| {
            let mut user = User::new("ada", "ada@example.org").unwrap();
            let hour = Duration::from_hours(1);
            user.set_password("correct horse battery staple").unwrap();
            user.set_password("").unwrap_err();
            user.check_password("guess").unwrap();
            let token = user.generate_email_verification_token(hour).unwrap();
            user.verify_email("guess").unwrap_err();
            user.verify_email(token.expose()).unwrap();
            UserPasswordCheckFailed::new(&user, &lback_auth::PasswordError::Empty).send();
        });
        transaction.rollback();
        let expected = [
            "user_password_set",
            "user_password_set_failed",
            "user_password_checked",
            "user_email_verification_token_generated",
            "user_email_verification_failed",
            "user_email_verified",
            "user_password_check_failed",
        ];
        assert_eq!(mails.take(), expected.map(|name| format!("{name} of ada")));
    });
}

#[test]
fn an_abandoned_receiver_shows_no_secret() {
    in_scope(|_| {
        let transaction = Transaction::new();
        let token = transaction.run(|| {
            let token = customer().generate_email_verification_token(Duration::from_mins(1));
            token.unwrap()
        });
        let shown = format!("{transaction:?}");
        let abandoned = format!("{shown} {:?}", transaction.abandon());
        assert!(abandoned.contains("mail_token"), "{abandoned}");
        for piece in token.expose().as_bytes().windows(8) {
            assert!(!abandoned.contains(std::str::from_utf8(piece).unwrap()));
        }
    });
}
