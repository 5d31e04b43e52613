//! The operations of an operator on what an outbox stores.

mod filter;
mod operation;
mod page;
mod replay;
mod stored;

pub use self::filter::{DeliveryFilter, DeliveryState};
pub use self::operation::{Erased, Operation, StoredOperation};
pub(super) use self::page::ReplayPage;
pub use self::replay::{Replay, ReplayPosition, ReplayStep, Replayable, Replayed};
pub use self::stored::{StoredDelivery, StoredForm, StoredSignal};
use super::error::OutboxError;
use super::outbox::Outbox;
use super::stranded::Stranded;
use crate::wiring::AcceptedForms;

/// An outbox that operators can inspect and change.
///
/// Each operation is atomic. An operation that changes deliveries takes an [`Operation`], and stores it in the same
/// transaction with the number of deliveries that it has changed. Deliveries that run are never changed.
///
/// # Examples
///
/// Retries all dead letters of a receiver, page by page:
///
/// ```
/// use lback_signals::durable::{DeliveryFilter, DeliveryState, Operation, OutboxAdmin, OutboxError, Uuid};
///
/// async fn retry_all(outbox: &impl OutboxAdmin, receiver: &str) -> Result<u64, OutboxError> {
///     let operation = Operation {
///         id: Uuid::now_v7(),
///         command: format!("retry {receiver}"),
///         operator: "ada".to_owned(),
///         because: Some("the mail server is back".to_owned()),
///     };
///     let mut filter = DeliveryFilter {
///         receiver: Some(receiver.to_owned()),
///         state: Some(DeliveryState::Dead),
///         limit: Some(500),
///         ..DeliveryFilter::default()
///     };
///     let mut retried = 0;
///     loop {
///         let page = outbox.deliveries(&filter).await?;
///         let Some(last) = page.last() else { return Ok(retried) };
///         filter.after = last.number;
///         let numbers: Vec<_> = page.iter().map(|it| it.number).collect();
///         retried += outbox.retry(&numbers, &operation).await?;
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), OutboxError> {
/// # use lback_signals::durable::{ClaimRequest, Ending, MemoryOutbox, Outbox, ReceiverClaim, SignalRow};
/// # let outbox = MemoryOutbox::new();
/// # outbox.insert(vec![SignalRow::__new("order.paid", 1, "{}", &["send-receipt"])]).await?;
/// # let receiver = ReceiverClaim {
/// #     names: vec!["send-receipt"],
/// #     oldest_version: 1,
/// #     newest_version: 1,
/// #     limit: 1,
/// # };
/// # let lease = std::time::Duration::from_secs(30);
/// # let request = ClaimRequest { receivers: vec![receiver], lease, worker: String::new() };
/// # let claimed = outbox.claim(&request).await?;
/// # let dead = Ending::Dead { error: "refused".to_owned(), was_run: true, blocks_key: false };
/// # outbox.finish(&[(claimed[0].claim, dead)]).await?;
/// # assert_eq!(retry_all(&outbox, "send-receipt").await?, 1);
/// # assert_eq!(retry_all(&outbox, "send-receipt").await?, 0);
/// # assert_eq!(outbox.operations(1).await?[0].deliveries, 1);
/// # Ok(())
/// # }
/// ```
pub trait OutboxAdmin: Outbox {
    /// Returns the matching deliveries, by number.
    ///
    /// It reads deliveries in the order of their numbers until it has found enough, except dead letters of one
    /// receiver, which it finds by an index.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> impl Future<Output = Result<Vec<StoredDelivery>, OutboxError>> + Send;

    /// Counts the matching deliveries. It ignores the limit of the filter, and reads all deliveries.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn count(
        &self,
        filter: &DeliveryFilter,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Returns the signal of a delivery, with its payload. `None` if there is no delivery of this number.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn signal_of(
        &self,
        number: i64,
    ) -> impl Future<Output = Result<Option<StoredSignal>, OutboxError>> + Send;

    /// Makes these dead letters due, with their attempts counted from zero. Returns the number of deliveries that it
    /// has changed: numbers of other deliveries are ignored.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn retry(
        &self,
        numbers: &[i64],
        operation: &Operation,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Deletes these deliveries, except those that run, and each signal whose last delivery is gone, unless it is kept.
    /// Returns the number of deleted deliveries.
    ///
    /// A delivery that a worker claims or ends at the same moment stays as it is.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn discard(
        &self,
        numbers: &[i64],
        operation: &Operation,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Delivers stored signals to a receiver once more, with attempts counted from zero: first those that are kept, by
    /// the time of sending, and then the dead letters of the receiver, by number.
    ///
    /// It delivers one page. Call it again from [`next`](Replayed::next) until that is `None`. [`Replay`] has an
    /// example.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn replay(
        &self,
        replay: &Replay,
        operation: &Operation,
    ) -> impl Future<Output = Result<Replayed, OutboxError>> + Send;

    /// Counts the signals that a replay would deliver, and returns since when signals are kept. It changes nothing.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn replayable(
        &self,
        replay: &Replay,
    ) -> impl Future<Output = Result<Replayable, OutboxError>> + Send;

    /// Erases the stored signals of a [subject](super::SnapshotSender::subject): deletes its deliveries that wait, are
    /// parked or are dead, and its kept signals. Returns the numbers of deleted signals and deliveries.
    ///
    /// A running delivery is left to finish. Its signal is deleted with its last delivery, even if it has `keep`. If
    /// the attempt fails, the delivery is retried or becomes a dead letter: erase it again.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn erase(
        &self,
        subject: &str,
        operation: &Operation,
    ) -> impl Future<Output = Result<Erased, OutboxError>> + Send;

    /// Returns the stored names and versions, with the number of deliveries of each. It reads all deliveries.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn stored_forms(&self) -> impl Future<Output = Result<Vec<StoredForm>, OutboxError>> + Send;

    /// Returns the stored deliveries that no receiver would take: those of this program with `&wiring()`, and those of
    /// another one with its [lock](AcceptedForms::from_lock).
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use lback_signals::durable::{MemoryOutbox, OutboxAdmin, OutboxError};
    /// use lback_signals::wiring;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), OutboxError> {
    /// # let outbox = MemoryOutbox::new();
    /// for stranded in outbox.check(&wiring()).await? {
    ///     eprintln!("{stranded}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn check(
        &self,
        accepted: impl Into<AcceptedForms>,
    ) -> impl Future<Output = Result<Vec<Stranded>, OutboxError>> + Send {
        let accepted = accepted.into();
        async move { Ok(accepted.stranded(&self.stored_forms().await?)) }
    }

    /// Returns all stored signals of a [subject](super::SnapshotSender::subject), by the time of sending.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn signals_of(
        &self,
        subject: &str,
    ) -> impl Future<Output = Result<Vec<StoredSignal>, OutboxError>> + Send;

    /// Returns the last operations, newest first.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn operations(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<StoredOperation>, OutboxError>> + Send;
}
