//! Secrecy of passwords, tokens and hashes.

use time::OffsetDateTime;

use super::observe::{Observed, observe};
use super::secrets::Secrets;
use super::{Account, DAMAGED, HOUR, PASSWORD, STALE, WRONG};
use crate::auth_user::AuthUser;
use crate::clock::Clock;
use crate::email_verification::Voucher;
use crate::hasher::{Hasher, Pepper};
use crate::session::SessionKey;

/// Checks that no payload of a signal, `Debug`, `Display`, error, log line or serialized form shows eight characters
/// of a password, a token, a hash or a digest.
///
/// # Panics
///
/// Panics if one does.
pub fn nothing_shows_a_secret<T: Account>(new: impl Fn() -> T, serialize: impl Fn(&T) -> String) {
    let hasher = Hasher::insecure_for_tests();
    let now = OffsetDateTime::now_utc();
    let mut user = new().with_password(&hasher);
    let token = observe(&hasher, || {
        Clock::fixed(now).generate_email_verification_token(&mut user, HOUR)
    });
    let issued = token.returned.as_ref().expect("entropy");
    let mut secrets = Secrets::of(&user, issued);
    secrets.check_debug(issued);
    let shown = token.shown;
    for shown in shown {
        secrets.check(&shown);
    }

    let show = |secrets: &Secrets, user: &T| {
        secrets.check_debug(user);
        secrets.check_debug(&(user as &dyn AuthUser));
        secrets.check_debug(user.__fields().password);
        secrets.check_debug(user.__fields().email_verification);
        secrets.check(&serialize(user));
    };
    show(&secrets, &user);

    let calls: [&Call<'_, T>; 11] = [
        &|user| error(user.set_password(PASSWORD)),
        &|user| error(user.set_password(&PASSWORD.repeat(200))),
        &|user| error(user.set_password("")),
        &|user| error(user.check_password(WRONG)),
        &|user| error(user.check_and_upgrade(PASSWORD)),
        &|user| error(Clock::fixed(now).verify_email(user, &issued.expose()[1..])),
        &|user| error(Clock::fixed(now + HOUR).verify_email(user, issued.expose())),
        &|user| error(Clock::fixed(now).verify_email(user, issued.expose())),
        &|user| error(user.resend_email_verification_token(HOUR, HOUR)),
        &|user| error(user.generate_email_verification_token(HOUR)),
        &|user| {
            user.verify_email_by(Voucher::IdentityProvider);
            None
        },
    ];
    let stored = DAMAGED.into_iter().chain([STALE]).map(Some);
    for stored in stored.chain([None, user.clone().stored()]) {
        let mut user = user.clone();
        if user.stored() != stored {
            user.store(stored);
        }
        for call in calls {
            let Observed {
                returned,
                shown,
                tokens,
                ..
            } = observe(&hasher, || call(&mut user));
            secrets.add_texts(tokens);
            secrets.add_hash(&user);
            for shown in shown.iter().chain(&returned) {
                secrets.check(shown);
            }
            show(&secrets, &user);
        }
    }

    let secret = PASSWORD.as_bytes();
    secrets.check_debug(&SessionKey::new(secret));
    secrets.check_debug(&Pepper::new("2026", secret));
    let stored = user.session_auth_hash(&SessionKey::new(secret).expect("long enough"));
    assert!(!format!("{stored:?}").contains(char::is_numeric));
}

/// A call that returns its error as text.
type Call<'c, T> = dyn Fn(&mut T) -> Option<String> + 'c;

/// Returns the `Display` and `Debug` of an error.
fn error<T>(result: Result<T, impl std::error::Error>) -> Option<String> {
    result
        .err()
        .map(|error| format!("{error} {error:?} {error:#?}"))
}
