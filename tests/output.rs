//! All that is logged at the most verbose level, of all that can happen to an account, shows no
//! secret.
//!
//! The log is printed too: `.ci/run` searches the output of all tests for what must not be there.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_auth::{
    Accounts, AuthUser, Hasher, Inserted, Password, PasswordPolicy, RequestAnswering, SessionKey,
    SqliteStore, User, UserAuthenticationFailed, UserEmailVerificationTokenGenerated, UserId,
    UserParts, UserPasswordCheckFailed, UserPasswordChecked, UserPasswordResetRequested,
    UserPasswordSet, UserPasswordSetFailed, Voucher,
};
use lback_signals::{Scope, background, receiver};
use tracing_subscriber::fmt::format::FmtSpan;

const PASSWORD: &str = "correct horse battery staple";
const WRONG: &str = "Tr0ub4dor&3 Tr0ub4dor&3";
const HOUR: Duration = Duration::from_hours(1);

/// A receiver whose error shows all that it can see.
#[receiver(signal = UserPasswordSet)]
fn fails(event: &UserPasswordSet<'_>) -> Result<(), String> {
    Err(format!("{event:#?}"))
}

#[receiver(signal = UserPasswordChecked)]
fn panics(event: &UserPasswordChecked<'_>) {
    panic!("{event:?}")
}

#[receiver(signal = UserEmailVerificationTokenGenerated, background)]
async fn fails_later(event: &UserEmailVerificationTokenGenerated<'_>) -> Result<(), String> {
    tracing::info!(?event.token, "it is mailed");
    Err(format!("{event:?}"))
}

#[receiver(signal = [UserPasswordSetFailed])]
fn repeats_a_refusal(event: &UserPasswordSetFailed<'_>) -> Result<(), String> {
    Err(format!("{} {:?}", event.error, event.user))
}

#[receiver(signal = UserPasswordCheckFailed)]
fn repeats_a_failure(event: &UserPasswordCheckFailed<'_>) -> Result<(), String> {
    Err(format!("{} {:?}", event.error, event.user))
}

#[receiver(signal = UserPasswordResetRequested, after_commit)]
fn fails_after_the_commit(event: &UserPasswordResetRequested<'_>) -> Result<(), String> {
    Err(format!("{event:?}"))
}

#[receiver(signal = UserAuthenticationFailed)]
fn repeats_a_denial(event: &UserAuthenticationFailed<'_>) -> Result<(), String> {
    Err(format!("{event:?}"))
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(written);
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that can happen to an account, and the secrets that it had.
async fn live() -> Vec<String> {
    let mut parts = UserParts::new("ada", "ada@example.org");
    parts.id = Some(UserId::new(7));
    parts.password = Password::from_stored(Some("in clear: qwertz1234567890".to_owned()));
    let mut user = User::from_parts(parts);
    let mut secrets = vec![PASSWORD, WRONG, user.password().stored().unwrap()];
    let mut secrets: Vec<String> = secrets.drain(..).map(str::to_owned).collect();

    let _ = user.check_password(PASSWORD);
    let _ = user.set_password("");
    let _ = user.set_password(&WRONG.repeat(1_000));
    user.set_password(WRONG).unwrap();
    user.set_password_async(PASSWORD).await.unwrap();
    assert!(user.check_password(PASSWORD).unwrap());
    assert!(!user.check_and_upgrade_async(WRONG).await.unwrap());
    let hash = user.password().stored().unwrap().rsplit('$').take(2);
    secrets.extend(hash.map(str::to_owned));

    let token = user.generate_email_verification_token(HOUR).unwrap();
    let digest = user.email_verification().pending().unwrap().digest();
    secrets.push(base16ct::lower::encode_string(digest));
    secrets.push(format!("{digest:?}"));
    let _ = user.verify_email(&token.expose()[1..]);
    user.verify_email(token.expose()).unwrap();
    let _ = user.verify_email(token.expose());
    user.verify_email_by(Voucher::Administrator);
    secrets.push(token.expose().to_owned());

    let rejected = PasswordPolicy::new().check(&PASSWORD[..10], &user);
    tracing::error!(error = %rejected.unwrap_err(), "refused");
    tracing::error!(?user, "deactivated");
    user.deactivate();
    secrets
}

/// The same in a database, whose file must not show them either. The text typed as a login is one of
/// them: people type passwords there.
async fn live_in_a_database() -> Vec<String> {
    let file = std::env::temp_dir().join(format!("lback-output-{}.db", std::process::id()));
    let store = SqliteStore::open(&file).await.unwrap();
    let accounts = Accounts::builder(store, SessionKey::new(WRONG.as_bytes()).unwrap())
        .request_answering(RequestAnswering::Manual)
        .build()
        .unwrap();
    let scope = Scope::new();
    let verifications = scope.capture::<UserEmailVerificationTokenGenerated<'_>, _>(|event| {
        event.token.expose().to_owned()
    });
    let resets =
        scope.capture::<UserPasswordResetRequested<'_>, _>(|event| event.token.expose().to_owned());
    scope.run_async(flows(&accounts)).await;
    let tokens = [verifications.take(), resets.take()].concat();
    assert_eq!(tokens.len(), 2);
    scope
        .run_async(accounts.verify_email(&tokens[0]))
        .await
        .unwrap();
    let reset = accounts
        .prepare_password_reset(&tokens[1], PASSWORD)
        .await
        .unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    tracing::info!(?reset, ?accounts, "a reset");
    accounts
        .reset_password_in(&mut transaction, reset)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    let mut secrets = [PASSWORD, WRONG, TYPED].map(str::to_owned).to_vec();
    secrets.extend(tokens);
    for suffix in ["", "-wal"] {
        let mut part = file.clone().into_os_string();
        part.push(suffix);
        let stored = std::fs::read(&part).unwrap_or_default();
        for secret in &secrets {
            for piece in secret.as_bytes().windows(8) {
                assert!(!stored.windows(8).any(|stored| stored == piece));
            }
        }
    }
    drop(accounts);
    let _ = std::fs::remove_file(file);
    secrets
}

const TYPED: &str = "Zx9;wQ2!pLm7@typed-as-a-login";

async fn flows(accounts: &Accounts<SqliteStore>) {
    let eve = User::new("eve", "eve@example.org").unwrap();
    let eve = accounts.prepare_registration(eve, PASSWORD).await.unwrap();
    tracing::info!(?eve, "a registration");
    let mut transaction = accounts.begin().await.unwrap();
    let inserted = accounts.register_in(&mut transaction, eve).await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    transaction.commit().await.unwrap();
    let _ = accounts.authenticate("eve", WRONG).await.unwrap();
    let _ = accounts.authenticate(TYPED, PASSWORD).await.unwrap();
    let checked = accounts
        .prepare_authentication("eve", PASSWORD)
        .await
        .unwrap();
    tracing::info!(?checked, "a sign-in");
    accounts
        .request_password_reset("eve@example.org")
        .await
        .unwrap();
    accounts.answer_requests().await.unwrap();
    let refused = accounts
        .reset_password(PASSWORD, PASSWORD)
        .await
        .unwrap_err();
    tracing::info!(?refused, error = %refused, "refused");
}

#[test]
fn the_most_verbose_log_shows_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    subscriber.init();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let secrets = runtime.block_on(async {
        let scope = Scope::new().provide(Hasher::insecure_for_tests());
        scope
            .run_async(async { [live().await, live_in_a_database().await].concat() })
            .await
    });
    assert!(background::flush(Duration::MAX));

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    println!("{log}");
    for expected in [
        "TRACE",
        "fails",
        "panics",
        "fails_later",
        "it is mailed",
        "VerificationToken(..)",
        "repeats_a_refusal",
        "repeats_a_failure",
        "deactivated",
        "sqlx::query",
        "a registration",
        "a sign-in",
        "a reset",
        "fails_after_the_commit",
        "repeats_a_denial",
    ] {
        assert!(log.contains(expected), "{expected} is not in the log");
    }
    let mut found = String::new();
    for (number, secret) in secrets.iter().enumerate() {
        let characters: Vec<char> = secret.chars().collect();
        for piece in characters.windows(8) {
            let piece: String = piece.iter().collect();
            if log.contains(&piece) {
                let _ = write!(found, " {number}");
            }
        }
    }
    assert_eq!(
        found, "",
        "parts of secrets, by their numbers, are in the log"
    );
}
