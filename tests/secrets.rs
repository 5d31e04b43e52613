//! No `Debug` or `Display`, no error and no payload shows a secret, or eight characters of one.

use std::fmt::{Debug, Display};
use std::time::Duration;

use lback_auth::{
    AuthUser, EmailVerification, Password, User, UserEmailVerificationFailed,
    UserEmailVerificationTokenGenerated, UserEmailVerified, UserParts, UserPasswordCheckFailed,
    UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed, VerificationToken,
};

const PASSWORD: &str = "correct horse battery staple";
const STORED_PLAIN: &str = "Tr0ub4dor&3 kept in the clear, alas";

/// An application's own account, with the `Debug` that everybody derives.
#[derive(Clone, Debug, AuthUser)]
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
}

/// What must not be seen, for an account that has all of it.
struct Secrets(Vec<String>);

impl Secrets {
    fn of(
        password: &Password,
        verification: &EmailVerification,
        token: &VerificationToken,
    ) -> Self {
        let digest = verification.pending().unwrap().digest();
        let hex = base16ct::lower::encode_string(digest);
        // The list as `{digest:?}` would show it.
        let list = format!("{digest:?}");
        let hash = password
            .stored()
            .unwrap()
            .rsplit('$')
            .take(2)
            .map(str::to_owned);
        let mut secrets = vec![PASSWORD.to_owned(), STORED_PLAIN.to_owned()];
        secrets.extend(hash);
        secrets.extend([hex, list, token.expose().to_owned()]);
        Self(secrets)
    }

    fn check(&self, shown: &str) {
        for secret in &self.0 {
            let characters: Vec<char> = secret.chars().collect();
            for piece in characters.windows(8) {
                let piece: String = piece.iter().collect();
                assert!(
                    !shown.contains(&piece),
                    "{piece:?} of a secret is in {shown}"
                );
            }
        }
    }

    fn check_debug(&self, value: &dyn Debug) {
        self.check(&format!("{value:?}"));
        self.check(&format!("{value:#?}"));
    }

    fn check_error<E: Debug + Display>(&self, error: &E) {
        self.check_debug(error);
        self.check(&error.to_string());
    }
}

fn issue(user: &mut impl AuthUser) -> VerificationToken {
    user.set_password(PASSWORD).unwrap();
    user.generate_email_verification_token(Duration::from_hours(1))
        .unwrap()
}

#[test]
fn no_debug_shows_a_secret() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let token = issue(&mut user);
    let secrets = Secrets::of(user.password(), user.email_verification(), &token);

    secrets.check_debug(&user);
    secrets.check_debug(&user.clone().into_parts());
    secrets.check_debug(user.password());
    secrets.check_debug(user.email_verification());
    secrets.check_debug(user.email_verification().pending().unwrap());
    secrets.check_debug(&token);
    secrets.check_debug(&(&user as &dyn AuthUser));

    let mut customer = Customer {
        id: None,
        email: "ada@example.org".to_owned(),
        password: Password::unusable(),
        verification: EmailVerification::unverified(),
        active: true,
    };
    let token = issue(&mut customer);
    Secrets::of(&customer.password, &customer.verification, &token).check_debug(&customer);
}

#[test]
fn no_signal_and_no_error_shows_a_secret() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let token = issue(&mut user);
    let secrets = Secrets::of(user.password(), user.email_verification(), &token);

    let too_long = user
        .clone()
        .set_password(&PASSWORD.repeat(200))
        .unwrap_err();
    let mut parts = UserParts::new("bob", "bob@example.org");
    parts.password = Password::from_stored(Some(STORED_PLAIN.to_owned()));
    let mut plain = User::from_parts(parts);
    let corrupt = plain.check_password(PASSWORD).unwrap_err();
    let mismatch = user.verify_email(&token.expose()[1..]).unwrap_err();
    for error in [too_long, corrupt] {
        secrets.check_error(&error);
    }
    secrets.check_error(&mismatch);
    secrets.check_error(&plain.verify_email(token.expose()).unwrap_err());

    secrets.check_debug(&UserPasswordSet::new(&user));
    secrets.check_debug(&UserPasswordSetFailed::new(&user, &too_long));
    secrets.check_debug(&UserPasswordChecked::new(&user, true));
    secrets.check_debug(&UserPasswordCheckFailed::new(&plain, &corrupt));
    secrets.check_debug(&UserEmailVerificationTokenGenerated::new(&user, &token));
    secrets.check_debug(&UserEmailVerified::new(&user));
    secrets.check_debug(&UserEmailVerificationFailed::new(&user, mismatch));
}

#[test]
#[should_panic(expected = "of a secret is in")]
fn the_check_itself_can_fail() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let token = issue(&mut user);
    let secrets = Secrets::of(user.password(), user.email_verification(), &token);
    secrets.check(&format!("…{}…", &token.expose()[20..28]));
}
