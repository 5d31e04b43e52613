//! The end of the program, of which a process has one: the test runs in a child process.

use std::env;
use std::process::Command;
use std::time::Duration;

use lback_auth::{
    PasswordChange, UserEmailChanged, UserEmailVerificationTokenGenerated, UserPasswordChanged,
};
use lback_signals::{Scope, Signal, background};

use super::super::{Mailer, deliver, deliver_within};
use super::server::listen;
use super::{LONG, token, user};

const IS_CHILD: &str = "ACCOUNTS_MAIL_TESTS_CHILD";

/// Whether this is the process for one test alone; otherwise runs it there.
fn is_alone(test: &str) -> bool {
    if env::var_os(IS_CHILD).is_some() {
        return true;
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{test}")])
        .env(IS_CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    false
}

#[test]
fn unsent_mails_are_named() {
    if is_alone("unsent_mails_are_named") {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(leave_two_behind());
    }
}

async fn leave_two_behind() {
    let (ada, secret) = (user("ada"), token());
    let (listener, url) = listen().await;
    let mailer = Mailer::with_patience(&url, "accounts@example.org", LONG).unwrap();
    Scope::new().provide(mailer).run_async(async {
        // No mail goes to this one.
        UserEmailChanged::new(&ada, "unknown").send();
        assert!(background::flush(LONG));

        UserEmailVerificationTokenGenerated::new(&ada, &secret).send();
        let _connection = listener.accept().await.unwrap();
        let unsent = deliver_within(Duration::ZERO).await;
        assert_eq!(unsent, [
            "the notice of a new address to unknown was not sent: no mail goes to such an address: \
             Missing domain or user; the address is changed all the same",
            "the verification mail to ada@example.org was not sent: it was not done in time; the \
             account is there: `accounts verify --again ada@example.org` sends another",
        ]);
    }).await;
}

#[test]
fn without_a_mailer_nothing_happens() {
    if is_alone("without_a_mailer_nothing_happens") {
        let report = UserPasswordChanged::new(&user("ada"), PasswordChange::Change).send();
        assert_eq!(report.deferred(), 1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        assert!(runtime.block_on(deliver()).is_empty());
        assert_eq!(
            (background::stats().done(), background::stats().failed()),
            (1, 0)
        );
    }
}
