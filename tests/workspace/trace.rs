//! The life of a user in the Python original, replayed step by step.
//!
//! `data/lback-trace.json` was recorded from `lback_framework` 1.0.3: what each call returned,
//! which signals it sent with which arguments, and the state after it. We do the same, except the
//! deviations that are marked as such below, each of which mends a defect of the original.

use std::cell::RefCell;
use std::time::Duration;

use lback_auth::{
    AuthUser, Clock, EmailVerification, Password, PasswordError, TokenError, User,
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    VerificationToken,
};
use lback_signals::{Signal, receiver};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

#[derive(Deserialize)]
struct Trace {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    op: String,
    args: Value,
    returned: Option<bool>,
    raised: Option<String>,
    signals: Vec<Sent>,
    after: State,
}

/// A signal as the original sent it.
#[derive(Deserialize)]
struct Sent {
    signal: String,
    sender_is_user: bool,
    kwargs: Vec<String>,
    success: Option<bool>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct State {
    is_email_verified: bool,
    token_pending: bool,
    password_set: bool,
}

/// A signal as we sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Received {
    signal: &'static str,
    success: Option<bool>,
    exception: Option<PasswordError>,
    reason: Option<TokenError>,
}

thread_local! {
    static RECEIVED: RefCell<Vec<Received>> = const { RefCell::new(Vec::new()) };
}

fn record<S: Signal>(_: &S, details: Received) {
    let signal = S::info().name();
    RECEIVED.with_borrow_mut(|received| received.push(Received { signal, ..details }));
}

#[receiver(signal = [
    UserPasswordSet,
    UserEmailVerificationTokenGenerated,
    UserEmailVerified,
])]
fn record_name<S: Signal>(event: &S) {
    record(event, Received::default());
}

#[receiver(signal = UserPasswordChecked)]
fn record_answer(event: &UserPasswordChecked<'_>) {
    let success = Some(event.success);
    record(
        event,
        Received {
            success,
            ..Received::default()
        },
    );
}

#[receiver(signal = UserPasswordSetFailed)]
fn record_set_error(event: &UserPasswordSetFailed<'_>) {
    let exception = Some(*event.error);
    record(
        event,
        Received {
            exception,
            ..Received::default()
        },
    );
}

#[receiver(signal = UserPasswordCheckFailed)]
fn record_check_error(event: &UserPasswordCheckFailed<'_>) {
    let exception = Some(*event.error);
    record(
        event,
        Received {
            exception,
            ..Received::default()
        },
    );
}

#[receiver(signal = UserEmailVerificationFailed)]
fn record_reason(event: &UserEmailVerificationFailed<'_>) {
    let reason = Some(event.error);
    record(
        event,
        Received {
            reason,
            ..Received::default()
        },
    );
}

/// The user, and the tokens that the steps speak of.
struct Replay {
    user: User,
    issued: Vec<VerificationToken>,
}

/// The result of a step, in the original's words.
#[derive(Debug, PartialEq)]
enum Returned {
    Nothing,
    Answer(bool),
    PasswordError(PasswordError),
}

impl Replay {
    fn step(&mut self, step: &Step) -> Returned {
        let text = |key: &str| step.args[key].as_str().unwrap_or_default();
        match step.op.as_str() {
            // Deviation: `None` cannot be written in Rust; the empty password stands for it.
            "set_password" => match self.user.set_password(text("password")) {
                Ok(()) => Returned::Nothing,
                Err(error) => Returned::PasswordError(error),
            },
            "check_password" => match self.user.check_password(text("password")) {
                Ok(answer) => Returned::Answer(answer),
                Err(error) => Returned::PasswordError(error),
            },
            "generate_email_verification_token" => {
                let minutes = step.args["minutes"].as_i64().expect("minutes");
                let now = OffsetDateTime::now_utc();
                // Deviation: a negative validity cannot be written in Rust, only a moment ago.
                let (valid_for, now) = match u64::try_from(minutes) {
                    Ok(minutes) => (Duration::from_secs(60 * minutes), now),
                    Err(_) => (Duration::ZERO, now + time::Duration::minutes(minutes)),
                };
                let token = Clock::fixed(now)
                    .generate_email_verification_token(&mut self.user, valid_for)
                    .expect("entropy");
                self.issued.push(token);
                Returned::Nothing
            }
            "verify_email" => {
                let issued = |from_last: usize| {
                    self.issued[self.issued.len() - 1 - from_last]
                        .expose()
                        .to_owned()
                };
                let token = match text("token") {
                    "current" | "already-used" | "expired" => issued(0),
                    "superseded" => issued(1),
                    literal => literal
                        .strip_prefix("literal:")
                        .expect("literal")
                        .to_owned(),
                };
                // Deviation: the original says that it failed, and we say why, too.
                Returned::Answer(self.user.verify_email(&token).is_ok())
            }
            "assign is_email_verified" => {
                assert_eq!(step.args["value"], false);
                let pending = self.user.email_verification().pending().cloned();
                let mut parts = self.user.clone().into_parts();
                parts.email_verification = EmailVerification::from_parts(None, pending);
                self.user = User::from_parts(parts);
                Returned::Nothing
            }
            "assign stored hash" => {
                let mut parts = self.user.clone().into_parts();
                parts.password = Password::from_stored(Some(text("value").to_owned()));
                self.user = User::from_parts(parts);
                Returned::Nothing
            }
            other => panic!("unknown step: {other}"),
        }
    }

    fn state(&self) -> State {
        State {
            is_email_verified: self.user.is_email_verified(),
            token_pending: self.user.email_verification().pending().is_some(),
            password_set: self.user.has_usable_password(),
        }
    }
}

/// The names of a signal's fields, as the original lists its keyword arguments.
fn arguments(signal: &str) -> Vec<&'static str> {
    let wiring = lback_signals::wiring();
    let info = wiring
        .signals()
        .iter()
        .find(|info| info.name() == signal)
        .unwrap_or_else(|| panic!("no signal is named {signal}"));
    let mut names: Vec<_> = info
        .fields()
        .iter()
        .map(lback_signals::FieldInfo::name)
        .collect();
    assert!(info.fields()[0].is_sender() && names[0] == "user");
    names.push("sender");
    names.sort_unstable();
    names
}

#[test]
fn every_step_of_the_original_is_ours() {
    let trace: Trace = serde_json::from_str(include_str!("../data/lback-trace.json")).unwrap();
    assert_eq!(trace.steps.len(), 20);
    let mut replay = Replay {
        user: User::new("ada", "ada@example.org").unwrap(),
        issued: Vec::new(),
    };
    for (number, step) in trace.steps.iter().enumerate() {
        let context = format!("step {number}, {} {}", step.op, step.args);
        let returned = replay.step(step);
        let received = RECEIVED.take();

        assert_eq!(replay.state(), step.after, "{context}");
        assert_eq!(received.len(), step.signals.len(), "{context}");
        if is_corrupt_hash(number) {
            // Deviation: there a hash that cannot be read is a wrong password.
            assert_eq!(
                (step.returned, step.signals[0].success),
                (Some(false), Some(false))
            );
            assert_eq!(
                returned,
                Returned::PasswordError(PasswordError::Corrupt),
                "{context}"
            );
            let expected = Received {
                signal: "user_password_check_failed",
                exception: Some(PasswordError::Corrupt),
                ..Received::default()
            };
            assert_eq!(received, [expected]);
            continue;
        }
        match (step.returned, &step.raised) {
            (Some(answer), None) => assert_eq!(returned, Returned::Answer(answer), "{context}"),
            (None, None) => assert_eq!(returned, Returned::Nothing, "{context}"),
            (_, Some(_)) => {
                assert_eq!(
                    returned,
                    Returned::PasswordError(PasswordError::Empty),
                    "{context}"
                );
            }
        }
        for (sent, received) in step.signals.iter().zip(&received) {
            assert_eq!(sent.signal, received.signal, "{context}");
            assert_eq!(sent.success, received.success, "{context}");
            assert!(sent.sender_is_user);
            let mut ours = arguments(received.signal);
            // Deviation: the token for the receiver that mails it, how an address was verified, and the
            // error of a verification are new. Every error is called `error`.
            ours.retain(|name| !matches!(*name, "token" | "how"));
            match received.signal {
                "user_email_verification_failed" => ours.retain(|name| *name != "error"),
                _ => ours
                    .iter_mut()
                    .filter(|name| **name == "error")
                    .for_each(|name| *name = "exception"),
            }
            ours.sort_unstable();
            assert_eq!(sent.kwargs, ours, "{context}");
            assert_eq!(
                received.reason,
                expected_reason(number),
                "{context}: there, failures have no reason",
            );
        }
    }
}

/// The step that checks a password against what is no hash.
fn is_corrupt_hash(step: usize) -> bool {
    step == 18
}

fn expected_reason(step: usize) -> Option<TokenError> {
    match step {
        7 | 13 => Some(TokenError::NoToken),
        9 | 11 => Some(TokenError::Mismatch),
        16 => Some(TokenError::Expired),
        _ => None,
    }
}

#[test]
fn generating_a_token_never_un_verifies() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let hour = Duration::from_hours(1);
    let token = user.generate_email_verification_token(hour).unwrap();
    user.verify_email(token.expose()).unwrap();
    user.generate_email_verification_token(hour).unwrap();
    assert!(user.is_email_verified());
}

/// Deviation: there a token survives a change of address, and then verifies the wrong one.
#[test]
fn a_token_for_an_earlier_address_verifies_nothing() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let token = user
        .generate_email_verification_token(Duration::from_hours(1))
        .unwrap();
    user.set_email("mallory@example.org").unwrap();
    assert_eq!(
        user.verify_email(token.expose()),
        Err(TokenError::EmailChanged),
    );
    assert!(!user.is_email_verified());
    user.set_email("ada@example.org").unwrap();
    assert_eq!(user.verify_email(token.expose()), Ok(()));
    user.set_email("mallory@example.org").unwrap();
    assert!(!user.is_email_verified());
}

/// Deviation: there a receiver that raises makes a right password fail.
#[test]
fn a_receiver_cannot_make_a_right_password_wrong() {
    #[receiver(signal = UserPasswordChecked)]
    fn objects(event: &UserPasswordChecked<'_>) -> Result<(), &'static str> {
        if event.user.username() == "grace" {
            Err("no")
        } else {
            Ok(())
        }
    }

    let mut user = User::new("grace", "grace@example.org").unwrap();
    user.set_password("correct horse battery staple").unwrap();
    assert_eq!(
        user.check_password("correct horse battery staple"),
        Ok(true)
    );
}

/// Deviation: there bcrypt cuts at 72 bytes.
#[test]
fn a_password_counts_to_its_end() {
    let long = "x".repeat(72);
    let mut user = User::new("ada", "ada@example.org").unwrap();
    user.set_password(&format!("{long}one")).unwrap();
    assert_eq!(user.check_password(&format!("{long}two")), Ok(false));
    assert_eq!(user.check_password(&format!("{long}one")), Ok(true));
}
