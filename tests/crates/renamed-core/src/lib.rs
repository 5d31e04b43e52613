//! Knows the two crates as `events` and `accounts` alone.

use std::cell::Cell;

use accounts::{AuthUser, EmailVerification, Password, UserPasswordSetFailed};
use events::{Context, FromSignal, Model, Rejection, Res, SentBy, Signal, receiver, signal};

/// An order has been paid.
#[signal(crate = events)]
pub struct OrderPaid<'a> {
    /// The listener.
    #[sender]
    pub calls: &'a Cell<u32>,
}

/// An order has been kept for later.
#[signal(owned, crate = events)]
pub struct OrderKept<'a> {
    /// Whose it is.
    pub owner: &'a str,
}

#[receiver(signal = OrderKept, after_commit, crate = events)]
fn on_kept(event: &OrderKept<'_>) {
    assert_eq!(event.owner, "Ada");
}

/// An order has been shown.
#[signal(async, owned, crate = events)]
pub struct OrderShown<'a> {
    /// To whom.
    pub viewer: &'a str,
}

#[receiver(signal = OrderShown, crate = events)]
async fn on_shown(event: &OrderShown<'_>) {
    assert_eq!(std::future::ready(event.viewer).await, "Ada");
}

/// An order has been sent.
#[signal(name = "sent", crate = ::events)]
#[derive(Debug)]
pub struct OrderSent<'a> {
    /// The listener.
    #[sender]
    pub calls: &'a Cell<u32>,
}

#[derive(Clone, Copy)]
struct Step(u32);

impl<S: Signal> FromSignal<'_, S> for Step {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Step(1))
    }
}

#[receiver(signal = OrderPaid, crate = events)]
fn on_paid(event: &OrderPaid<'_>) {
    event.calls.set(event.calls.get() + 1);
}

#[receiver(signal = [OrderPaid, OrderSent], crate = ::events)]
fn on_any<S: Signal<Sender = Cell<u32>>>(event: &S, step: Step) {
    event.sender().set(event.sender().get() + step.0);
}

/// Passes the core on under another name still.
pub mod facade {
    pub use events as core;
}

macro_rules! facade_receiver {
    ($name:ident, $signal:ident) => {
        #[receiver(signal = $signal, crate = $crate::facade::core)]
        fn $name(event: &$signal<'_>) {
            event.calls.set(event.calls.get() + 1);
        }
    };
}

facade_receiver!(through_the_facade, OrderSent);

/// An article, with signals.
#[derive(Model)]
#[model(name = "post", signals(pre_save), crate = events)]
pub struct Article {
    #[model(id)]
    id: u32,
}

#[receiver(signal = ArticlePreSave, crate = events)]
fn moderate(event: &ArticlePreSave<'_>) -> Result<(), String> {
    Err(format!("no {} is wanted", event.article.model_name()))
}

/// An account of this crate's own.
#[derive(Clone, AuthUser)]
#[auth(crate = accounts)]
#[model(signals(post_delete))]
pub struct Customer {
    #[auth(id)]
    id: Option<u64>,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

#[receiver(signal = UserPasswordSetFailed, crate = events)]
fn on_failure(event: &UserPasswordSetFailed<'_>) -> Result<(), String> {
    Err(event.user.username().to_owned())
}

/// A price of an article.
#[derive(Debug)]
pub struct Tariff(u32);

/// A customer asks for a price.
#[signal(reply = u32, required, crate = events)]
pub struct PriceAsked<'a> {
    /// The article.
    #[sender]
    pub article: &'a str,
}

#[receiver(signal = PriceAsked, crate = crate::facade::core, fulfills, first, before(discount))]
fn price(_: &PriceAsked<'_>, tariff: Res<'_, Tariff>) -> u32 {
    tariff.0
}

#[receiver(signal = PriceAsked, after(price), last, crate = events)]
fn discount(article: SentBy<'_, str>, tariff: Option<Res<'_, Tariff>>) -> Result<u32, String> {
    match tariff {
        Some(tariff) => Ok(tariff.0 - 1),
        None => Err(article.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{AsyncSignal, provide};

    #[test]
    fn receivers_run() {
        let calls = Cell::new(0);
        assert_eq!(OrderPaid { calls: &calls }.send().delivered(), 2);
        assert_eq!(OrderSent { calls: &calls }.send().delivered(), 2);
        assert_eq!(calls.get(), 4);
    }

    #[test]
    fn receivers_are_awaited() {
        let event = OrderShown { viewer: "Ada" };
        assert_eq!(pollster::block_on(event.send_async()).delivered(), 1);
    }

    #[test]
    fn models_send() {
        let saved = Article { id: 7 }.create_with(|_| Ok::<_, std::fmt::Error>(()));
        let veto = saved.unwrap_err().to_string();
        assert!(veto.ends_with("`post_pre_save` (post 7) failed: no post is wanted"));
        assert_eq!(CustomerPostDelete::info().name(), "customer_post_delete");
    }

    #[test]
    fn resources_order_and_replies_work() {
        provide(Tariff(7)).unwrap();
        let report = PriceAsked { article: "pen" }.send();
        let replies: Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
        assert_eq!(replies, [7, 6]);
    }

    #[test]
    fn accounts_send() {
        let mut customer = Customer {
            id: Some(7),
            email: "ada@example.org".to_owned(),
            password: Password::unusable(),
            verification: EmailVerification::unverified(),
            active: true,
        };
        let error = customer.set_password("").unwrap_err();
        let report = UserPasswordSetFailed::new(&customer, &error).send();
        assert!(
            report.failures()[0]
                .to_string()
                .ends_with("ada@example.org")
        );
    }
}
