// Included by the crate of each edition.

use lback_auth::{AuthUser, EmailVerification, Password};
use lback_signals::{Model, ModelSignal, Res, SentBy, Signal, SyncSignal, receiver, signal};

/// Models with the names of keywords, of this edition or another.
macro_rules! models {
    ($($name:ident)*) => {$(
        #[derive(Clone, Model)]
        #[model(signals(pre_save, post_delete, owned), editable)]
        struct $name {
            #[model(id)]
            id: u32,
        }
    )*};
}

models! { Async Await Dyn Gen Try Match Crate Created }

#[signal(owned)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a u32,
    r#gen: u32,
    r#async: bool,
}

#[signal(reply = u32, crate = lback_signals)]
struct PriceAsked<'a> {
    r#try: &'a str,
}

#[receiver(signal = PriceAsked)]
fn price(event: &PriceAsked<'_>) -> u32 {
    u32::from(event.r#try.is_empty())
}

#[signal(required)]
struct InvoiceDue;

#[receiver(signal = OrderPaid, before(r#gen))]
fn ship(order: SentBy<'_, u32>, _: Option<Res<'_, u64>>) {
    assert_eq!(*order, 7);
}

#[receiver(signal = OrderPaid)]
fn r#gen(event: &OrderPaid<'_>) -> Result<(), String> {
    if event.r#async { Err(event.r#gen.to_string()) } else { Ok(()) }
}

#[receiver(signal = OrderPaid, after_commit)]
fn archive(_: &OrderPaid<'_>) {}

#[receiver(signal = [OrderPaid, GenPreSave, AsyncPreSave])]
fn any<S: SyncSignal>(_: &S) {}

#[receiver(signal = [GenPreSave, TryPostDelete], crate = lback_signals)]
fn models<S: ModelSignal>(event: &S) {
    assert_eq!(event.model().model_id(), Some(String::from("7")));
}

#[receiver(signal = GenPreSave)]
fn field(event: &GenPreSave<'_>) {
    assert_eq!(event.r#gen.id, 7);
}

#[receiver(signal = InvoiceDue, fulfills)]
fn write_invoice(_: &InvoiceDue) {}

#[derive(Clone, AuthUser)]
#[model(signals(pre_save))]
struct Customer {
    #[auth(id)]
    id: u32,
    #[auth(username, email)]
    r#await: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

/// Sends a signal of each kind.
///
/// # Panics
///
/// If a receiver is not called.
pub fn the_macros_work_in_this_edition() {
    let event = OrderPaid { order: &7, r#gen: 1, r#async: false };
    assert_eq!(event.send().delivered(), 4);
    assert!(Gen { id: 7 }.create_with(|_| Ok::<(), ()>(())).is_ok());
    assert!(Try { id: 7 }.delete_with(|_| Ok::<(), ()>(())).is_ok());
    assert_eq!(PriceAsked { r#try: "pen" }.send().replies().len(), 1);
    assert_eq!(InvoiceDue.send().delivered(), 1);
    let mut customer = Customer {
        id: 7,
        r#await: String::from("ada@example.org"),
        password: Password::unusable(),
        verification: EmailVerification::unverified(),
        active: true,
    };
    assert_eq!(customer.username(), "ada@example.org");
    assert!(customer.create_with(|_| Ok::<(), ()>(())).is_ok());
}
