//! The macros, with their documentation: its examples need this crate.

/// Declares a signal: a plain struct whose fields are its payload.
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
///     /// What was paid, in cents.
///     pub amount_cents: u64,
/// }
///
/// OrderPaid { order: &Order, amount_cents: 4_200 }.send();
/// ```
///
/// The struct stays as it is, with its documentation and attributes; beside it the macro implements
/// `Signal` and gives receivers a place to register. Fields may borrow, so sending
/// copies nothing; a signal has no type or const parameters. It may have one lifetime of any kind, or
/// several that are covariant, as those of references are.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `name = "order_paid"` | the name for people and logs; by default the type's in `snake_case` |
/// | `reply = T` | receivers return a `T`, or a `Result<T, E>`; the sender finds the answers in `report.replies()` |
/// | `async` | its receivers may be `async fn`s, and it is sent with `send_async().await`; see below |
/// | `owned` | it can be kept for receivers that run later; see below |
/// | `required` | a program that sends it has to have one receiver that `fulfills` it |
/// | `crate = path` | where `lback_signals` is, if it is renamed or re-exported |
///
/// # The sender
///
/// `#[sender]` marks the field that the signal is about: `Signal::sender` returns it and
/// `Signal::Sender` is its type. It may be a trait object, and must be as visible as the signal. A
/// signal without one has the sender `()`.
///
/// # Async signals
///
/// An `async` signal is sent with the methods of `AsyncSignal`, which call its receivers that are `fn`s
/// and then await those that are `async fn`s, all at the same time. It is shared between threads, so
/// that what it holds is `Sync`.
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
/// # Signals that can be kept
///
/// Receivers in the background, and those that wait for the end of a transaction, get a copy of an `owned` signal: of each `&'a T` the
/// `T::Owned` of `ToOwned` (a `String` for a `&'a str`), of each other field a `Clone`. It is made when
/// such a receiver has to wait, once for all of them, and at no other time. A field that borrows in
/// any other way, such as `Option<&'a str>`, does not compile; a `dyn Trait` works if `Trait: 'static`
/// and there is an `impl ToOwned for dyn Trait`. What is kept is `Send`, `Sync` and `'static`. Each receiver is lent a
/// signal that is made anew from it, by a `Clone` of the fields that it holds by value.
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
/// # Required signals
///
/// Some signals are requests: whoever sends `InvoiceDue` counts on somebody to write the invoice.
/// With `required`, a program that sends it does not link unless exactly one receiver is marked
/// `fulfills`; the linker names the symbol `signal_required__shop__InvoiceDue__has_no_receiver`.
/// A program that never sends it links without. The tests of the signal's own crate declare a
/// receiver of their own.
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
/// A required signal inside a function's body is not `pub`, since its macro would be. The symbol's
/// name goes on with the file and the line of the signal. The linker is asked on
/// x86-64 Linux, where this was tried; with `-C link-dead-code` it may also complain of a signal
/// that is never sent. A shared library (`cdylib`) links without the receiver, and does not load.
/// Everywhere else `wiring().check()` tells.
pub use lback_signals_macros::signal;

/// Makes a function a receiver: from then on it is called for every such signal that is sent in a
/// program that it is linked into.
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
/// The function stays an ordinary function. It may be private, a `const fn`, in a private module, in
/// another crate, in a function's body or in a test. It must be a free function: the macro cannot see
/// that it stands in an `impl` block, where what it generates does not compile.
///
/// # Parameters
///
/// One or more, in any order, each of a type that implements `FromSignal`:
///
/// | parameter | what it is |
/// |---|---|
/// | `&OrderPaid<'_>` | the signal |
/// | `SentBy<'_, T>` | its sender, where that is a `T`; for others the receiver is skipped |
/// | `Res<'_, T>` | a resource that a scope or the process provides; without one the receiver fails |
/// | `Option<Res<'_, T>>` | a resource, if there is one |
/// | a type of your own | whatever its `FromSignal` makes of the signal |
///
/// They get their values from left to right, but resources last: a receiver that is skipped does
/// not miss them.
///
/// # What it returns
///
/// Nothing, or `Result<(), E>` where `E` converts into a `Box<dyn Error + Send + Sync>`. For a
/// signal with `reply = T`, a `T` or a `Result<T, E>`.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `signal = OrderPaid` | the signal, by its path |
/// | `signal = [OrderPaid, OrderRefunded]` | several, for a function that is generic over its signal |
/// | `first`, `last` | it runs before, or after, all that do not say the same |
/// | `before(path, …)`, `after(path, …)` | it runs before, or after, these receivers of the same signal |
/// | `after_commit` | it runs when the transaction around the sender has committed; where there is none, at the end of `send` |
/// | `after_rollback` | it runs when the transaction around the sender has rolled back; where there is none, never |
/// | `background` | it runs off the sender's path, as soon as it would run otherwise (feature `tokio`) |
/// | `fulfills` | it is the one receiver that a `required` signal has to have |
/// | `crate = path` | where `lback_signals` is, if it is renamed or re-exported |
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
/// Receivers of one signal are called in the order of their ids, `module::path::function`, but for
/// what `first`, `last`, `before` and `after` ask for. The last two name functions by their paths,
/// also in other crates, so that a receiver that is renamed or removed is a compile error there,
/// and not a silent change of order. A generic function is named with what it is generic over:
/// `after(count::<OrderPaid>)`.
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
/// What cannot be had (a cycle, or an order after something that does not receive the signal, or in
/// another phase) is found by `wiring().check()`; those receivers then run in the order of their ids.
///
/// # Phases
///
/// With `after_commit` or `after_rollback` a receiver waits for the end of the `Transaction` that its
/// signal was sent in, which is `owned`. The order is that of each phase: all receivers that run now
/// come before those of the commit. A receiver that is to run in both cases is two receivers, as is a
/// function with two attributes.
///
/// With `background` it gets a copy of its signal, which is `owned`, too, and runs when its turn comes;
/// with one of the others, from the end of the transaction on. See `lback_signals::background`.
///
/// # `async fn`
///
/// A receiver may be an `async fn`, if its signal is `async`, where all of them are awaited at the same
/// time behind the others, or if it runs in the `background`. Its future is `Send`.
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

/// Makes a struct a model: gives it a name and an id, and on request signals about saving and
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
/// let mut save = |article: &Article| {
///     article.save_with(true, |article| {
///         table.insert(article.id, article.title.clone());
///         Ok::<(), std::io::Error>(())
///     })
/// };
///
/// assert!(save(&Article { id: 1, title: "On signals".to_owned() }).is_ok());
/// let vetoed = save(&Article { id: 2, title: String::new() });
/// assert!(matches!(vetoed, Err(OperationError::Vetoed(_))));
/// assert_eq!(table.len(), 1);
/// ```
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `#[model(id)]` on one field | its id: anything that implements `Display`, or an `Option` of it, which is `None` until it is stored |
/// | `name = "article"` | the name for people and logs; by default the type's in `snake_case` |
/// | `signals(pre_save, post_save, pre_delete, post_delete)` | one to four signals, declared beside the type; with `owned` in the list they can be kept for receivers that run later, and the type is `Clone` |
/// | `crate = path` | where `lback_signals` is, if it is renamed or re-exported |
///
/// # Signals
///
/// For a `struct Article` they are these, as visible as the type, and named `article_pre_save` and
/// so on. Each implements `ModelSignal`, for receivers that serve many models.
///
/// | signal | fields |
/// |---|---|
/// | `ArticlePreSave<'a>`, `ArticlePostSave<'a>` | `#[sender] article: &'a Article`, `created: bool` |
/// | `ArticlePreDelete<'a>`, `ArticlePostDelete<'a>` | `#[sender] article: &'a Article` |
///
/// The field is the type's name in `snake_case`, with a `_` behind it where that would be `created`
/// or a word that cannot be a name.
///
/// # Saving and deleting
///
/// The type gets these methods, each for the signals that are declared. The operation is yours: it
/// does the work in whatever database there is, and what it returns is returned.
///
/// | method | operation |
/// |---|---|
/// | `article.save_with(created, operation)` | `FnOnce(&Article) -> Result<T, E>` |
/// | `article.create_with(operation)` | `FnOnce(&mut Article) -> Result<T, E>`, for an id that the database gives |
/// | `article.delete_with(operation)` | `FnOnce(&Article) -> Result<T, E>` |
/// | `article.save_with_async(created, operation)`, `article.delete_with_async(operation)` | `async \|article\| …`, `\|article\| save(&database, article)`: an `FnOnce(&Article)` whose future gives a `Result<T, E>` |
/// | `article.create_with_async(operation)` | `async \|article\| …`: an `AsyncFnOnce(&mut Article) -> Result<T, E>` |
///
/// The futures of the asynchronous ones are `Send` where the operation's is. The operation is awaited;
/// the signals are sync signals all the same, whose receivers are `fn`s, or `async fn`s in the
/// `background`.
///
/// The signal before is sent strictly: if a receiver fails, the operation is not begun, and the
/// result is `OperationError::Vetoed`. If the operation fails, the result is
/// `OperationError::Failed`, and the signal after is not sent. Otherwise it is, and receivers that
/// fail change nothing.
///
/// A type with type or const parameters or with lifetimes can be a model, but one without signals.
pub use lback_signals_macros::Model;
