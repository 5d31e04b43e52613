//! All that is logged at the most verbose level, of all that can happen to an account, shows no
//! secret.
//!
//! The log is printed too: `.ci/run` searches the output of all tests for what must not be there.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_auth::{
    Accounts, AddressMailDue, AuthUser, Authentication, Hasher, Inserted, Password, PasswordPolicy,
    Remember, RequestContext, SessionDigest, SessionKey, SqliteStore, User,
    UserAuthenticationFailed, UserEmailVerificationTokenGenerated, UserId, UserParts,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserSessionStarted, Voucher,
};
use lback_signals::durable::{Outbox, SqliteOutbox, Worker};
use lback_signals::{Res, Scope, background, receiver};
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

/// The tokens of mails. The first mail fails, and its error is stored.
#[derive(Default)]
struct Mails(Mutex<Vec<String>>);

#[receiver(signal = AddressMailDue)]
async fn fails_at_first(event: &AddressMailDue<'_>, mails: Res<'_, Mails>) -> Result<(), String> {
    let mut mails = mails.0.lock().unwrap();
    mails.push(event.token.expose().to_owned());
    if mails.len() == 1 {
        return Err(format!("{event:?}"));
    }
    Ok(())
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
    let outbox = SqliteOutbox::new(store.pool().clone()).await.unwrap();
    let store = store.with_outbox(outbox.clone());
    let accounts = Accounts::new(store, SessionKey::new(WRONG.as_bytes()).unwrap());
    let mails = Arc::new(Mails::default());
    let scope = Scope::new()
        .provide_dyn(Arc::clone(&mails))
        .provide(accounts.token_issuer());
    scope.run_async(flows(&accounts)).await;
    let worker = scope.run(|| Worker::new(&outbox).spawn().unwrap());
    while !outbox.counts().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    worker.shutdown().await;
    let tokens = mails.0.lock().unwrap().clone();
    assert_eq!(tokens.len(), 3);
    let verified = async {
        let mut verified = 0;
        for token in &tokens {
            verified += u32::from(accounts.verify_email(token).await.is_ok());
        }
        assert_eq!(verified, 1);
    };
    scope.run_async(verified).await;
    let mut reset = None;
    for token in &tokens {
        let prepared = accounts.prepare_password_reset(token, PASSWORD).await;
        reset = reset.or(prepared.ok());
    }
    let reset = reset.unwrap();
    let mut transaction = accounts.begin().await.unwrap();
    tracing::info!(?reset, ?accounts, "a reset");
    accounts
        .reset_password_in(&mut transaction, reset)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    let mut secrets = [PASSWORD, WRONG, TYPED].map(str::to_owned).to_vec();
    secrets.extend(tokens);
    secrets.extend(scope.run_async(sessions(&accounts)).await);
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

/// The tokens of a session, which the log and the file must not show.
async fn sessions(accounts: &Accounts<SqliteStore>) -> Vec<String> {
    let signed_in = accounts
        .sign_in("eve", PASSWORD, Remember::Yes)
        .await
        .unwrap();
    let Authentication::Granted((started, _)) = signed_in else {
        panic!("{signed_in:?}");
    };
    let first = started.token.expose().to_owned();
    let context = RequestContext::new().with_session(&first);
    tracing::info!(?started, ?context, "a session");
    let rotated = accounts.rotate_session(&first).await.unwrap();
    let second = rotated.token.expose().to_owned();
    let refused = accounts.rotate_session(&first).await.unwrap_err();
    tracing::info!(?rotated, error = %refused, "refused");
    let found = accounts.find_session(&second).await.unwrap();
    tracing::info!(?found, digest = ?SessionDigest::of(&second), "found");
    accounts.sign_out(&second).await.unwrap();
    vec![first, second]
}

#[receiver(signal = UserSessionStarted)]
fn repeats_a_session(event: &UserSessionStarted<'_>) -> Result<(), String> {
    Err(format!("{event:?}"))
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
        "fails_at_first",
        "repeats_a_denial",
        "repeats_a_session",
        "SessionToken(..)",
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
