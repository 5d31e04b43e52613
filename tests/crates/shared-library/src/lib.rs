//! A `dylib` exports each public function that is not generic, and links only if all of them are
//! compiled.

pub use lback_auth;
pub use lback_signals;

use lback_auth::{AuthUser, EmailVerification, Password};
use lback_signals::{Model, receiver, signal};

/// An order has been paid.
#[signal]
pub struct OrderPaid<'a> {
    /// Its number.
    #[sender]
    pub number: &'a u32,
}

/// An article is out.
#[signal(async)]
pub struct Published;

/// A file has been stored.
#[signal(owned)]
pub struct Stored<'a> {
    /// Its path.
    pub path: &'a str,
}

/// A page is to be indexed.
#[signal(async, owned)]
pub struct Indexing<'a> {
    /// Its path.
    pub path: &'a str,
}

/// A customer asks for a price.
#[signal(reply = u32)]
pub struct PriceAsked;

/// A customer asks for a price, from another service.
#[signal(async, reply = u32)]
pub struct RemotePriceAsked;

/// An invoice is to be written.
#[signal(required)]
pub struct InvoiceDue;

/// An article.
#[derive(Clone, Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete, owned))]
pub struct Article {
    /// Its number.
    #[model(id)]
    pub id: u32,
}

/// A customer.
#[derive(Clone, AuthUser)]
#[model(signals(pre_save, post_save))]
pub struct Customer {
    /// Their number.
    #[auth(id)]
    pub id: u32,
    /// Their address.
    #[auth(username, email)]
    pub email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

/// Ships an order.
#[receiver(signal = OrderPaid)]
pub fn ship(_: &OrderPaid<'_>) {}

/// Awaits what is published.
#[receiver(signal = Published)]
pub async fn publish(_: &Published) {}

/// Archives a file.
#[receiver(signal = Stored, after_commit)]
pub fn archive(_: &Stored<'_>) {}

/// Indexes a page.
#[receiver(signal = Indexing, background)]
pub async fn index(_: &Indexing<'_>) {}

/// Tells the price.
#[receiver(signal = PriceAsked)]
fn price(_: &PriceAsked) -> u32 {
    7
}

/// Writes the invoice.
#[receiver(signal = InvoiceDue, fulfills)]
pub fn write_invoice(_: &InvoiceDue) {}
