//! Senders that are stored as a snapshot.

/// Sender of durable signals that is stored as a snapshot: at delivery, a receiver gets a value of another type.
///
/// Implement it for your own `dyn Trait` whose owned form, read back, does not have the type that was sent. A
/// durable receiver that takes [`SentBy<'_, T>`](crate::SentBy) of another type than this `dyn Trait` is then a compile
/// error, since it would skip each delivery.
///
/// # Examples
///
/// ```
/// use lback_signals::durable::SnapshotSender;
/// use lback_signals::schemars::{JsonSchema, Schema, SchemaGenerator};
/// use lback_signals::serde::{Deserialize, Deserializer, Serialize, Serializer};
/// use lback_signals::{receiver, signal};
///
/// trait Customer: Send + Sync + 'static {
///     fn number(&self) -> u64;
/// }
///
/// /// A customer that is stored, and read back, by its number.
/// struct Number(u64);
///
/// impl Customer for Number {
///     fn number(&self) -> u64 {
///         self.0
///     }
/// }
///
/// impl SnapshotSender for dyn Customer {
///     fn subject(&self) -> Option<String> {
///         Some(format!("customer {}", self.number()))
///     }
/// }
///
/// impl ToOwned for dyn Customer {
///     type Owned = Box<dyn Customer>;
///
///     fn to_owned(&self) -> Self::Owned {
///         Box::new(Number(self.number()))
///     }
/// }
///
/// impl Serialize for dyn Customer {
///     fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
///         self.number().serialize(serializer)
///     }
/// }
///
/// impl<'de> Deserialize<'de> for Box<dyn Customer> {
///     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         Ok(Box::new(Number(u64::deserialize(deserializer)?)))
///     }
/// }
///
/// impl JsonSchema for dyn Customer {
///     fn schema_name() -> std::borrow::Cow<'static, str> {
///         "Customer".into()
///     }
///
///     fn json_schema(generator: &mut SchemaGenerator) -> Schema {
///         u64::json_schema(generator)
///     }
/// }
///
/// #[signal(durable(name = "customer.moved", version = 1))]
/// struct Moved<'a> {
///     #[sender]
///     customer: &'a dyn Customer,
/// }
///
/// #[receiver(signal = Moved, durable(name = "update-labels"))]
/// async fn update_labels(event: &Moved<'_>) {
///     println!("new labels for {}", event.customer.number());
/// }
/// ```
pub trait SnapshotSender {
    /// Returns the text by which an outbox erases the signals of this sender, such as `customer 7`, or `None` if they
    /// are never erased.
    ///
    /// Name the kind of the sender in it, since all senders of an outbox share these texts.
    fn subject(&self) -> Option<String>;
}
