//! Re-exports of the macros. Their documentation is here because its examples use this crate.

#[cfg(all(test, feature = "durable"))]
mod tests;

/// Declares a signal: a struct whose fields are the payload of an event.
///
/// ```
/// use lback_signals::{Signal, signal};
/// # pub struct Order;
///
/// /// An order has been paid.
/// #[signal]
/// pub struct OrderPaid<'a> {
///     /// The order, already in its new state.
///     #[sender]
///     pub order: &'a Order,
///     /// The amount that was paid, in cents.
///     pub amount_cents: u64,
/// }
///
/// OrderPaid { order: &Order, amount_cents: 4_200 }.send();
/// ```
///
/// The macro removes the `#[sender]` mark and leaves the rest of the struct unchanged. It implements
/// [`Signal`](trait@crate::Signal) for the struct and declares the registry that its receivers are
/// linked into.
///
/// Fields may borrow, so sending copies nothing. A signal may have lifetime parameters: one of any
/// variance, or several covariant ones, such as those of references. It has no type or const
/// parameters.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `name = "order_paid"` | name in logs, reports and renderings; the default is the type's name in `snake_case` |
/// | `reply = T` | receivers return `T` or `Result<T, E>`; the sender reads the values from [`Report::replies`] |
/// | `async` | receivers may be `async fn`s; see [Async signals](#async-signals) |
/// | `owned` | receivers may run later, with a copy of the signal; see [Owned signals](#owned-signals) |
/// | `durable(…)` | receivers may be durable: the signal is stored for them; see [Durable signals](#durable-signals) |
/// | `required` | a program that sends the signal must link a receiver that `fulfills` it; see [Required signals](#required-signals) |
/// | `crate = path` | path of `lback_signals`, if the crate is renamed or re-exported |
///
/// # The sender
///
/// `#[sender]` marks the field that the signal is about. [`Signal::sender`] returns its value, and
/// [`Signal::Sender`] is its type, without the reference. The type may be a trait object, and must be
/// as visible as the signal. The sender of a signal without a marked field is `()`.
///
/// # Shown fields
///
/// An [`Observer`](crate::Observer) gets the names of the fields, and the values of those that are marked
/// `#[field(show)]`. Their types implement `Display`; the types of secrets do not.
///
/// ```
/// use lback_signals::signal;
///
/// #[signal]
/// struct OrderPaid<'a> {
///     #[field(show)]
///     order: u64,
///     email: &'a str, // stays out of logs and views
/// }
/// ```
///
/// # Async signals
///
/// A signal with `async` is sent with the methods of [`AsyncSignal`](crate::AsyncSignal). A send first
/// calls the receivers that are plain functions, and then awaits all `async fn` receivers
/// concurrently. The signal is shared between threads, so all its fields must be `Sync`.
///
/// ```
/// use lback_signals::{AsyncSignal, receiver, signal};
///
/// #[signal(async)]
/// struct ArticlePublished<'a> {
///     slug: &'a str,
/// }
///
/// #[receiver(signal = ArticlePublished)]
/// async fn call_webhook(event: &ArticlePublished<'_>) {
///     println!("{} is out", event.slug);
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let report = ArticlePublished { slug: "on-signals" }.send_async().await;
/// assert_eq!(report.delivered(), 1);
/// # });
/// ```
///
/// # Owned signals
///
/// Receivers that run in the background or at the end of a transaction outlive the borrows of the
/// sender, so they get a copy of the signal. `owned` makes the signal copyable:
///
/// - A field of type `&'a T` is stored as the `T::Owned` of [`ToOwned`]: a `&'a str` as a `String`.
///   `&'a dyn Trait` works if `Trait: 'static` and `dyn Trait` implements `ToOwned`.
/// - Any other field is stored as a `Clone` of its value.
/// - A field that borrows in another way, such as `Option<&'a str>`, is a compile error.
///
/// Each stored value must be `Send`, `Sync` and `'static`. A send makes the copy only if a receiver
/// has to wait, and all waiting receivers share it. Each call of a receiver rebuilds the signal from
/// the copy, which borrows the reference fields and clones the others.
///
/// ```
/// use lback_signals::{Signal, Transaction, receiver, signal};
///
/// #[signal(owned)]
/// struct OrderPaid<'a> {
///     number: u32,
///     email: &'a str,
/// }
///
/// #[receiver(signal = OrderPaid, after_commit)]
/// fn send_receipt(event: &OrderPaid<'_>) {
///     println!("to {}: thank you for order {}", event.email, event.number);
/// }
///
/// let transaction = Transaction::new();
/// transaction.run(|| {
///     let email = String::from("ada@example.org");
///     assert_eq!(OrderPaid { number: 7, email: &email }.send().deferred(), 1);
/// });
/// assert_eq!(transaction.commit().delivered(), 1);
/// ```
///
/// # Durable signals
///
/// A durable receiver runs after the commit of the transaction in which its signal was sent, even if the
/// process ends before that (feature `durable`). The signal is stored as JSON until then:
///
/// ```
/// # #[cfg(feature = "durable")] {
/// use lback_signals::schemars::JsonSchema;
/// use lback_signals::serde::{Deserialize, Serialize};
/// use lback_signals::signal;
///
/// #[derive(Clone, Serialize, Deserialize, JsonSchema)]
/// #[serde(crate = "lback_signals::serde")]
/// #[schemars(crate = "lback_signals::schemars")]
/// pub struct Item {
///     name: String,
/// }
///
/// /// An order has been paid.
/// #[signal(durable(name = "order.paid", version = 2, was("order_paid")))]
/// pub struct OrderPaid<'a> {
///     pub order: u64,
///     pub email: &'a str,
///     pub items: &'a [Item],
///     /// Version 1 did not have it.
///     #[field(default)]
///     pub cents: Option<u64>,
/// }
/// # }
/// ```
///
/// | option | meaning |
/// |---|---|
/// | `name = "order.paid"` | name under which the signal is stored; mandatory |
/// | `version = 2` | version of the payload, from 1; mandatory |
/// | `was("order_paid", …)` | earlier names, whose payloads are still read |
/// | `publish` | a [`Relay`](crate::durable::Relay) publishes the signal to other services |
/// | `keep = "7d"` | time for which the signal is kept after its last delivery, so that it can be delivered once more |
/// | `upcast(1 = OrderPaidV1, …)` | types that read the payloads of earlier versions, up to the one before `version` |
///
/// Names consist of `a-z`, `0-9`, `_` and `-`, in one or more parts with a dot between them, and have at most
/// 100 bytes. They are written out, since a name that followed from a path would change with it. Two signals of
/// a program cannot have the same name.
///
/// `durable` implies [`owned`](#owned-signals). A field is `Clone` and implements `serde::Serialize`; its owned
/// form implements `Deserialize` and `JsonSchema`, as in the example. A trait object behind a `&` implements
/// `Serialize`, `JsonSchema` and `ToOwned`, and its `Box` implements `Deserialize`. A secret, such as a password
/// or a token, is not stored: send an id, and look the secret up or mint it at delivery.
///
/// The macro also declares the owned form: a struct `OrderPaidOwned` with the visibility of the signal, whose
/// public fields are a `String` for a `&str`, a `Vec<T>` for a `&[T]`, a `Box<dyn Trait>` for a `&dyn Trait`, a
/// `T` for another `&T`, and otherwise the type of the field.
///
/// A field that is missing in a stored payload is an error, even an `Option`; with `#[field(default)]` it has its
/// default value. Fields that the signal does not declare are ignored. A payload is refused if it contains a
/// float that is not finite, is nested deeper than 64, or is larger than the limit of the outbox.
///
/// After any other change of the fields, raise the `version`, and list a type with the earlier fields in `upcast`. The
/// type is `Deserialize`, and converts with `From` into the type of the next version, or the last one into the owned
/// form. Versions have no gap. Stored payloads of a version that is not listed wait for a program that reads them.
///
/// ```
/// # #[cfg(feature = "durable")] {
/// use lback_signals::serde::Deserialize;
/// use lback_signals::signal;
///
/// #[signal(durable(name = "parcel.sent", version = 2, upcast(1 = ParcelSentV1)))]
/// pub struct ParcelSent {
///     pub grams: u64,
/// }
///
/// #[derive(Deserialize)]
/// #[serde(crate = "lback_signals::serde")]
/// pub struct ParcelSentV1 {
///     kilograms: u32,
/// }
///
/// impl From<ParcelSentV1> for ParcelSentOwned {
///     fn from(earlier: ParcelSentV1) -> Self {
///         Self { grams: u64::from(earlier.kilograms) * 1000 }
///     }
/// }
/// # }
/// ```
///
/// `#[key]` marks the field by which [receivers with `order = key`](macro@crate::receiver#durable-receivers) are
/// ordered. It is stored as JSON of at most 1,000 bytes, and `None` is a key like any other. Equal values have to be
/// serialized alike, which those of a `HashMap` are not.
///
/// `#[sender]` and the other options work as for any signal, except that a durable signal has no `reply`.
///
/// # Required signals
///
/// Some signals are requests: the sender of `InvoiceDue` relies on a receiver that writes the invoice.
/// With `required`, a program that sends the signal links only if exactly one receiver is marked
/// `fulfills`. Otherwise the linker fails with a message about the symbol
/// `signal_required__shop__InvoiceDue__has_no_receiver`, whose name goes on with the file and the line
/// of the declaration. A program that never sends the signal links without the receiver. Tests in the
/// signal's own crate declare a receiver for themselves.
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal(required)]
/// struct InvoiceDue {
///     cents: u32,
/// }
///
/// #[receiver(signal = InvoiceDue, fulfills)]
/// fn write_invoice(event: &InvoiceDue) {
///     println!("{} cents, please", event.cents);
/// }
///
/// assert_eq!(InvoiceDue { cents: 900 }.send().delivered(), 1);
/// ```
///
/// The linker performs this check on x86-64 Linux. On other targets call
/// [`wiring().check()`](crate::Wiring::check) at start-up instead.
///
/// The check has three limits:
///
/// - With `-C link-dead-code`, the linker may also report a signal that is never sent.
/// - A shared library (`cdylib`) links without the receiver and then fails to load.
/// - A required signal that is declared inside a function body cannot be `pub`.
///
/// [`Report::replies`]: crate::Report::replies
/// [`Signal::sender`]: crate::Signal::sender
/// [`Signal::Sender`]: crate::Signal::Sender
pub use lback_signals_macros::signal;

/// Registers a function as a receiver of a signal.
///
/// The function is called for each such signal that is sent in a program that links it.
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal]
/// struct OrderPaid {
///     amount_cents: u64,
/// }
///
/// #[receiver(signal = OrderPaid)]
/// fn write_audit_line(event: &OrderPaid) -> std::io::Result<()> {
///     use std::io::Write;
///     writeln!(std::io::stdout(), "paid: {}", event.amount_cents)
/// }
///
/// assert_eq!(OrderPaid { amount_cents: 4_200 }.send().delivered(), 1);
/// ```
///
/// The function remains an ordinary function that other code can call. It may be private or a
/// `const fn`, and may stand in a private module, in another crate, in a function body or in a test.
/// It must be a free function: inside an `impl` block the generated code does not compile.
///
/// # Parameters
///
/// A receiver has one or more parameters, in any order. The type of each implements
/// [`FromSignal`](crate::FromSignal):
///
/// | parameter | value |
/// |---|---|
/// | `&OrderPaid<'_>` | the signal |
/// | [`SentBy<'_, T>`](crate::SentBy) | the sender, if it is a `T`; otherwise the receiver is skipped |
/// | [`Res<'_, T>`](crate::Res) | a resource of the scope or of the process; without one the receiver fails |
/// | `Option<Res<'_, T>>` | the same resource, or `None` |
/// | your own type | the value that its `FromSignal` implementation returns |
///
/// Parameters are evaluated from left to right, and those of type `Res` after all others. So a receiver
/// that another parameter skips does not fail for a missing `Res`.
///
/// # Return values
///
/// A receiver returns `()` or `Result<(), E>`, where `E` converts into
/// `Box<dyn Error + Send + Sync>`. A receiver of a signal with `reply = T` returns `T` or
/// `Result<T, E>`. The error of a [durable receiver](#durable-receivers) may be a `durable::DeliveryError`.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `signal = OrderPaid` | path of the signal |
/// | `signal = [OrderPaid, OrderRefunded]` | several signals, for a function that is generic over its signal |
/// | `first`, `last` | runs before, or after, all receivers without the same option |
/// | `before(path, …)`, `after(path, …)` | runs before, or after, these receivers of the same signal |
/// | `after_commit` | runs when the surrounding transaction has committed; without a transaction, at the end of `send` |
/// | `after_rollback` | runs when the surrounding transaction has rolled back; without a transaction, never |
/// | `background` | runs in the background queue instead of on the sender's thread (feature `tokio`) |
/// | `durable(…)` | runs after the commit, and again until it succeeds (feature `durable`); see [Durable receivers](#durable-receivers) |
/// | `fulfills` | marks the one receiver of a `required` signal |
/// | `crate = path` | path of `lback_signals`, if the crate is renamed or re-exported |
///
/// ```
/// # use lback_signals::{Signal, receiver, signal};
/// # #[signal] struct OrderPaid;
/// # #[signal] struct OrderRefunded;
/// #[receiver(signal = [OrderPaid, OrderRefunded])]
/// fn count<S: Signal>(_: &S) {
///     println!("one more {}", S::info().name());
/// }
/// # assert_eq!(OrderPaid.send().delivered() + OrderRefunded.send().delivered(), 2);
/// ```
///
/// # Order
///
/// Receivers of one signal run in the order of their ids, `module::path::function`, unless `first`,
/// `last`, `before` or `after` changes it. `before` and `after` name functions by their paths, in any
/// crate, so renaming or removing a receiver is a compile error where it is named and not a silent
/// change of order. A generic receiver is named with its type argument: `after(count::<OrderPaid>)`.
///
/// ```
/// # use lback_signals::{Signal, receiver, signal};
/// # #[signal] struct OrderPaid;
/// #[receiver(signal = OrderPaid, last)]
/// fn archive(_: &OrderPaid) {}
///
/// #[receiver(signal = OrderPaid, after(write_audit_line))]
/// fn send_receipt(_: &OrderPaid) {}
///
/// #[receiver(signal = OrderPaid)]
/// fn write_audit_line(_: &OrderPaid) {}
///
/// let order: Vec<_> = OrderPaid::info().receivers().iter().map(|r| r.name()).collect();
/// assert_eq!(order, ["write_audit_line", "send_receipt", "archive"]);
/// ```
///
/// [`wiring().check()`](crate::Wiring::check) reports orders that cannot be satisfied: a cycle, or a
/// reference to a function that does not receive the signal or runs in another phase. The affected
/// receivers then run in the order of their ids.
///
/// # Phases
///
/// A receiver with `after_commit` or `after_rollback` waits for the end of the
/// [`Transaction`](crate::Transaction) in which its signal was sent. A receiver with `background` is
/// queued and runs on the background runtime; see `lback_signals::background`. Both get a copy of the
/// signal, which must be [`owned`](macro@crate::signal#owned-signals).
///
/// `background` can be combined with the other two: the receiver is queued when the transaction ends.
/// A function that handles both the commit and the rollback has two `#[receiver]` attributes, which
/// register two receivers.
///
/// `first`, `last`, `before` and `after` order the receivers of one phase. All receivers that run
/// during `send` come before those that wait for the commit.
///
/// # Durable receivers
///
/// The signal of a receiver with `durable(…)` is stored in the sender's transaction and delivered by a worker,
/// in this process or another one, until the receiver succeeds. It may run more than once. The signal is
/// [durable](macro@crate::signal#durable-signals), too.
///
/// ```
/// # #[cfg(feature = "durable")] {
/// # use lback_signals::signal;
/// # #[signal(durable(name = "order.paid", version = 1))] struct OrderPaid<'a> { email: &'a str }
/// # mod mail { pub async fn send(_: &str) -> std::io::Result<()> { Ok(()) } }
/// use std::time::Duration;
///
/// use lback_signals::durable::DeliveryError;
/// use lback_signals::receiver;
///
/// #[receiver(
///     signal = OrderPaid,
///     durable(name = "send-receipt", was("mail-receipt"), attempts = 10, backoff("5s", max = "1h"), timeout = "30s"),
/// )]
/// async fn send_receipt(event: &OrderPaid<'_>) -> Result<(), DeliveryError> {
///     if !event.email.contains('@') {
///         return Err(DeliveryError::permanent("not an address"));
///     }
///     mail::send(event.email).await?; // any other error is retried
///     Ok(())
/// }
/// # }
/// ```
///
/// | option | meaning | default |
/// |---|---|---|
/// | `name = "send-receipt"` | name under which its deliveries are stored, in the characters of a signal's | mandatory |
/// | `was("mail-receipt", …)` | earlier names, the latest one first, whose deliveries it takes, too | none |
/// | `attempts = 10` | attempts after which a delivery becomes a dead letter | 20 |
/// | `backoff("5s", max = "1h")` | bound of the first random delay between attempts, which doubles up to the longest one | `backoff("2s", max = "1h")` |
/// | `timeout = "30s"` | time after which an attempt of an `async fn` is cancelled | `"5min"` |
/// | `concurrency = 4` | deliveries that a worker runs at once | 4 |
/// | `order = key` | deliveries of signals with the same [`#[key]`](macro@crate::signal#durable-signals) run one after another, in the order of their commits | no order |
/// | `on_dead = block` | a dead letter holds up the later deliveries of its key; needs `order = key` | `skip` |
///
/// Durations are whole numbers with a unit: `"500ms"`, `"2s"`, `"5min"` or `"5m"`, `"1h"`, `"7d"`.
///
/// A durable receiver has one signal, is not generic, and is an `async fn` or a `fn`. A `fn` runs on a blocking
/// thread. It cannot be cancelled and has no `timeout`. The receiver returns `()` or `Result<(), E>`, where `E`
/// converts into a `DeliveryError`. After an error it runs again, unless that is
/// `DeliveryError::permanent(error)`. `DeliveryError::retry_after(error, delay)` replaces the delay of the
/// backoff.
///
/// To remove a durable receiver, declare the removal with [`retire!`](crate::retire).
///
/// Durable receivers of a signal run in any order, so `first`, `last`, `before` and `after` do not apply.
///
/// # `async fn`
///
/// A receiver may be an `async fn` if its signal is `async` or if it runs in the `background` or is durable. Its
/// future must be `Send`. The sender awaits the `async fn` receivers of an `async` signal concurrently,
/// after it has called the others.
///
/// ```
/// use lback_signals::{AsyncSignal, receiver, signal};
///
/// #[signal(async)]
/// struct SignedUp<'a> {
///     email: &'a str,
/// }
///
/// #[receiver(signal = SignedUp)]
/// async fn welcome(event: &SignedUp<'_>) {
///     println!("welcome, {}", event.email);
/// }
///
/// # pollster::block_on(async {
/// let report = SignedUp { email: "ada@example.org" }.send_async().await;
/// assert_eq!(report.delivered(), 1);
/// # });
/// ```
pub use lback_signals_macros::receiver;

/// Implements [`Model`](trait@crate::Model) for a struct, and declares signals about saving and
/// deleting it.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use lback_signals::{Model, OperationError, receiver};
///
/// #[derive(Model)]
/// #[model(signals(pre_save, post_save))]
/// struct Article {
///     #[model(id)]
///     id: u32,
///     title: String,
/// }
///
/// #[receiver(signal = ArticlePreSave)]
/// fn moderate(event: &ArticlePreSave<'_>) -> Result<(), String> {
///     if event.article.title.is_empty() { Err("an article has a title".to_owned()) } else { Ok(()) }
/// }
///
/// #[receiver(signal = ArticlePostSave)]
/// fn index(event: &ArticlePostSave<'_>) {
///     println!("found by {:?}: {}", event.article.title, event.article.id);
/// }
///
/// let mut table = BTreeMap::new(); // or any database
/// let mut save = |mut article: Article| {
///     article.create_with(|article| {
///         table.insert(article.id, article.title.clone());
///         Ok::<(), std::io::Error>(())
///     })
/// };
///
/// assert!(save(Article { id: 1, title: "On signals".to_owned() }).is_ok());
/// let vetoed = save(Article { id: 2, title: String::new() });
/// assert!(matches!(vetoed, Err(OperationError::Vetoed(_))));
/// assert_eq!(table.len(), 1);
/// ```
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `#[model(id)]` on one field | the id, of a type that implements `Display`, or an `Option` of one that is `None` until the model is stored |
/// | `name = "article"` | name in logs, reports and renderings; the default is the type's name in `snake_case` |
/// | `signals(pre_save, post_save, pre_delete, post_delete)` | one to four signals to declare; with `owned` in the list they are [owned signals](macro@crate::signal#owned-signals), and the type must be `Clone` |
/// | `editable` | receivers of `pre_save` may [edit the model](#receivers-that-edit-the-model), which must be `Clone` |
/// | `crate = path` | path of `lback_signals`, if the crate is renamed or re-exported |
///
/// # Signals
///
/// The signals of a `struct Article` are as visible as the type and named `article_pre_save` and so
/// on. Each implements [`ModelSignal`](crate::ModelSignal), for receivers that serve many models.
///
/// | signal | fields |
/// |---|---|
/// | `ArticlePreSave<'a>`, `ArticlePostSave<'a>` | `#[sender] article: &'a Article`, `created: bool` |
/// | `ArticlePreDelete<'a>`, `ArticlePostDelete<'a>` | `#[sender] article: &'a Article` |
///
/// The sender field has the type's name in `snake_case`. A `_` is appended if that name is `created`
/// or a keyword.
///
/// # Saving and deleting
///
/// The type gets a method per operation whose signals are declared. The caller passes the operation,
/// which does the work in any database, and gets back the value that it returns.
///
/// | method | operation |
/// |---|---|
/// | `article.create_with(operation)` | `FnOnce(&mut Article) -> Result<T, E>`, which can set the id that the database assigns; `created` is `true` |
/// | `article.update_with(operation)` | `FnOnce(&Article) -> Result<T, E>`; `created` is `false` |
/// | `article.delete_with(operation)` | `FnOnce(&Article) -> Result<T, E>` |
/// | `article.create_with_async(operation)` | `async \|article\| …`: an `AsyncFnOnce(&mut Article) -> Result<T, E>` |
/// | `article.update_with_async(operation)`, `article.delete_with_async(operation)` | `async \|article\| …`, `\|article\| save(&database, article)`: an `FnOnce(&Article)` whose future returns a `Result<T, E>` |
///
/// Each method does the following:
///
/// 1. It sends the `pre_…` signal with [`try_send`](crate::Signal::try_send). If a receiver fails, the
///    method returns [`OperationError::Vetoed`] without starting the operation.
/// 2. It runs the operation. If the operation fails, the method returns [`OperationError::Failed`].
/// 3. It sends the `post_…` signal. Receivers that fail do not change the result.
///
/// The async methods await the operation; their futures are `Send` if the operation's future is. The
/// signals are still sync signals, whose receivers are plain functions, or `async fn`s with
/// `background`.
///
/// A type with lifetime, type or const parameters can be a model, but cannot declare signals.
///
/// # Receivers that edit the model
///
/// With `editable`, the field of `ArticlePreSave<'a>` is a [`Draft<'a, Article>`](crate::Draft). A receiver changes the
/// model by `event.article.edit(|article| …)`, and reads it, with all edits so far, by `event.article.title`.
///
/// `create_with` and `update_with` then take the model as `&mut`. The operation and `post_save` get the edited model. If
/// a receiver fails, all edits are discarded. If the operation fails, or its future is dropped, the model keeps them.
///
/// `ArticlePreSave` is not `owned` then, even with `owned` in the list: its receivers are `fn`s without `after_commit`,
/// `after_rollback` and `background`.
///
/// [`OperationError::Vetoed`]: crate::OperationError::Vetoed
/// [`OperationError::Failed`]: crate::OperationError::Failed
pub use lback_signals_macros::Model;
