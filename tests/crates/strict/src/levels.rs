//! Lints that an item expects, and a receiver that is a `const fn`.

use lback_auth::{AuthUser, EmailVerification, Password};
use lback_signals::{Model, Res, SentBy, receiver, signal};

/// A unit of payment, as it was before.
#[deprecated = "amounts are in cents"]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Coins;

/// A payment has been refunded.
#[expect(deprecated, reason = "old senders know coins only")]
#[signal(owned)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refunded<'a> {
    /// The refund.
    #[sender]
    pub coins: &'a Coins,
    /// When.
    pub year: u16,
}

/// A customer asks how many coins there are.
#[expect(deprecated, reason = "old senders know coins only")]
#[signal(reply = Coins)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CoinsAsked;

/// Is trivial, and so a `const fn`.
#[receiver(signal = Refunded)]
const fn ignore(_: &Refunded<'_>) {}

/// Takes what is deprecated.
#[expect(deprecated, reason = "it serves old senders")]
#[receiver(signal = Refunded)]
fn by_sender(coins: SentBy<'_, Coins>, limit: Option<Res<'_, Coins>>) {
    println!("{coins:?} of {limit:?}");
}

/// Is deprecated itself.
#[deprecated = "`by_sender` does it"]
#[receiver(signal = Refunded, after_commit)]
fn before_cents(event: &Refunded<'_>) {
    println!("{event:?}");
}

/// Names what is deprecated in its attribute alone.
#[expect(deprecated, reason = "it comes after the old receiver")]
#[receiver(signal = Refunded, after_commit, after(before_cents))]
fn after_cents(event: &Refunded<'_>) {
    println!("{event:?}");
}

/// Spells its types out.
#[expect(
    clippy::absolute_paths,
    unused_qualifications,
    reason = "as other macros write them"
)]
#[receiver(signal = crate::levels::Refunded, after(crate::levels::by_sender))]
fn spelled_out(
    event: &crate::levels::Refunded<'_>,
    limit: Option<Res<'_, core::num::NonZeroU8>>,
) -> Result<(), core::num::TryFromIntError> {
    println!("{limit:?}");
    u8::try_from(event.year).map(drop)
}

/// Returns what is deprecated.
#[expect(deprecated, reason = "old senders know coins only")]
#[receiver(signal = CoinsAsked)]
const fn coins(_: &CoinsAsked) -> Coins {
    Coins
}

/// A purse, known by its coins.
#[expect(clippy::absolute_paths, reason = "as other macros write them")]
#[derive(Clone, Debug, Model)]
#[model(signals(pre_save, post_delete, owned))]
#[non_exhaustive]
pub struct Purse {
    /// Its number.
    #[model(id)]
    pub number: core::num::NonZeroU32,
}

/// A customer who pays in coins.
#[expect(clippy::absolute_paths, reason = "as other macros write them")]
#[derive(Clone, Debug, AuthUser)]
#[non_exhaustive]
pub struct Payer {
    /// Their number.
    #[auth(id)]
    pub number: core::num::NonZeroU32,
    /// Their address.
    #[auth(username, email)]
    pub email: String,
    #[doc(hidden)]
    #[auth(password)]
    pub password: Password,
    #[doc(hidden)]
    #[auth(email_verification)]
    pub verification: EmailVerification,
    #[doc(hidden)]
    #[auth(active)]
    pub active: bool,
}

#[cfg(test)]
mod tests {
    use lback_signals::Signal;

    use super::{CoinsAsked, Refunded};

    #[test]
    fn the_receivers_run() {
        #[expect(deprecated, reason = "the sender is old")]
        let coins = &super::Coins;
        let refunded = Refunded { coins, year: 7 };
        assert_eq!(refunded.send().delivered(), 5);
        assert_eq!(CoinsAsked.send().replies().len(), 1);
    }
}
