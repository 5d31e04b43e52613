//! An account type of the application's own: what receivers see of it, and what of it to store.
//!
//! ```text
//! cargo run --example custom_user
//! cargo test --example custom_user
//! ```

use std::io::Write;
use std::time::Duration;

use lback_auth::{AuthUser, EmailVerification, Password, PendingToken, SessionEpoch};
use time::OffsetDateTime;

/// A customer signs in with the email address, so that one field is both.
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
    plan: String,
}

/// Nothing calls these functions, and nothing registers them.
mod receivers {
    use lback_auth::{UserEmailVerified, UserPasswordChecked};
    use lback_signals::receiver;

    use super::{Customer, say};

    /// For customers only. The account in a signal may be of any type: `&dyn AuthUser`.
    #[receiver(signal = UserEmailVerified)]
    fn welcome(event: &UserEmailVerified<'_>) {
        if let Some(customer) = event.user.downcast_ref::<Customer>() {
            let Customer { email, plan, .. } = customer;
            say(&format!("  [welcome] {email} is on the {plan} plan"));
        }
    }

    /// For every account: a name and an address it has whatever its type.
    #[receiver(signal = UserPasswordChecked)]
    fn watch(event: &UserPasswordChecked<'_>) {
        let answer = if event.success { "right" } else { "wrong" };
        let name = event.user.username();
        say(&format!("  [watch] a {answer} password for {name}"));
    }
}

/// A row of the customers table: all that has to be stored, in columns that any database has.
struct Columns {
    id: Option<i64>,
    email: String,
    password_hash: Option<String>,
    session_epoch: [u8; 32],
    verified_email: Option<String>,
    // The token that is out, if one is: all four or none. The digest does not give it away.
    pending_digest: Option<[u8; 32]>,
    pending_email: Option<String>,
    pending_issued_at: Option<OffsetDateTime>,
    pending_expires_at: Option<OffsetDateTime>,
    active: bool,
    plan: String,
}

impl Customer {
    fn new(email: &str, plan: &str) -> Self {
        Self {
            id: None,
            email: email.to_owned(),
            password: Password::unusable(),
            verification: EmailVerification::unverified(),
            active: true,
            plan: plan.to_owned(),
        }
    }

    fn save(&self) -> Columns {
        let pending = self.verification.pending();
        Columns {
            id: self.id,
            email: self.email.clone(),
            password_hash: self.password.stored().map(str::to_owned),
            session_epoch: *self.password.epoch().as_bytes(),
            verified_email: self.verification.verified_email().map(str::to_owned),
            pending_digest: pending.map(|token| *token.digest()),
            pending_email: pending.map(|token| token.email().to_owned()),
            pending_issued_at: pending.map(PendingToken::issued_at),
            pending_expires_at: pending.map(PendingToken::expires_at),
            active: self.active,
            plan: self.plan.clone(),
        }
    }

    fn load(row: Columns) -> Self {
        let token = row.pending_digest.zip(row.pending_email);
        let validity = row.pending_issued_at.zip(row.pending_expires_at);
        let pending = token.zip(validity);
        let pending = pending.map(|((digest, email), (issued_at, expires_at))| {
            PendingToken::new(digest, email, issued_at, expires_at)
        });
        Self {
            id: row.id,
            email: row.email,
            password: Password::from_stored(row.password_hash)
                .with_epoch(SessionEpoch::from_bytes(row.session_epoch)),
            verification: EmailVerification::from_parts(row.verified_email, pending),
            active: row.active,
            plan: row.plan,
        }
    }
}

fn main() -> anyhow::Result<()> {
    say("A customer registers:");
    let mut customer = Customer::new("ada@example.org", "gold");
    customer.set_password("correct horse battery staple")?;
    let token = customer.generate_email_verification_token(Duration::from_hours(1))?;
    say(&format!("{customer:#?}"));

    say("She is stored, and loaded again when the token comes back from her mail:");
    customer.id = Some(7);
    let mut customer = Customer::load(customer.save());
    customer.verify_email(token.expose())?;

    say("She signs in, at the second attempt:");
    for typed in [
        "correct horse battery stable",
        "correct horse battery staple",
    ] {
        // That an inactive account may not is the application's rule, not the password's.
        if customer.check_password(typed)? && customer.is_active() {
            say("  signed in");
        }
    }

    say("She changes her address, and the new one is not verified:");
    customer.email = String::from("ada@elsewhere.example");
    say(&format!("  verified: {}", customer.is_email_verified()));
    Ok(())
}

// Tests the invariants of every account type for this one: `cargo test --example custom_user`.
lback_auth::auth_user_invariants!(customer, || Customer::new("ada@example.org", "gold"));

/// Prints a line. `println!` would panic when `| head` has read enough.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
