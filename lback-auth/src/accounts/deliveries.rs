//! The deliveries of a transaction, which the outbox of its store writes before the commit.

use std::mem;

use lback_signals::durable::{DurableSignal, SignalRow};
use lback_signals::{DispatchId, Signal, Transaction};

use super::AccountsError;
use super::event::FlowEvent;
use super::signals::UserDeleted;
use crate::auth_user::AuthUser;
use crate::store::{AccountStore, Ledger, StoreError};

/// The signals of a transaction for durable receivers.
pub(super) struct Deliveries {
    rows: Vec<SignalRow>,
    /// For each event, the dispatch that [`send`](Self::send) continues, if any.
    dispatches: Vec<Option<DispatchId>>,
}

impl Deliveries {
    /// Enqueues the signals of the events, and takes all signals of the transaction. Without an outbox, there must
    /// be none.
    pub(super) fn take<S: AccountStore>(
        store: &S,
        signals: &Transaction,
        events: &[FlowEvent<S::User>],
    ) -> Result<Self, AccountsError> {
        let dispatches = signals.run(|| events.iter().map(FlowEvent::enqueue).collect());
        let taken = signals.take_deliveries();
        let mut rows = taken.map_err(|error| AccountsError::NotEnqueued(error.into()))?;
        if let Some(row) = rows.first().filter(|_| !store.ledger().has_outbox()) {
            let name = row.name();
            let error = format!(
                "`{name}` has durable receivers and the store has no outbox: set one with `with_outbox`"
            );
            return Err(AccountsError::NotEnqueued(error.into()));
        }
        erase(&mut rows, events);
        Ok(Self { rows, dispatches })
    }

    /// Writes the deliveries, as the last operation of the transaction.
    ///
    /// Returns whether there were any.
    pub(super) async fn write<S: AccountStore>(
        &mut self,
        store: &S,
        transaction: &mut S::Transaction,
    ) -> Result<bool, StoreError> {
        if self.rows.is_empty() {
            return Ok(false);
        }
        let ledger = store.ledger();
        let rows = ledger.start_operation(transaction).await?;
        let deliveries = mem::take(&mut self.rows);
        ledger.put_deliveries(rows, deliveries).await?;
        ledger.finish_operation(transaction);
        Ok(true)
    }

    /// Sends the signals of the events to their other receivers, after the commit.
    pub(super) fn send<U: AuthUser>(self, events: &[FlowEvent<U>]) {
        for (event, dispatch) in events.iter().zip(self.dispatches) {
            event.send(dispatch);
        }
    }
}

/// Removes the signals of accounts that the transaction has deleted, except those that say so.
fn erase<U: AuthUser>(rows: &mut Vec<SignalRow>, events: &[FlowEvent<U>]) {
    let deleted = events.iter().filter_map(FlowEvent::deleted);
    let deleted: Vec<_> = deleted
        .filter_map(AuthUser::id)
        .map(|id| id.subject())
        .collect();
    let kept = UserDeleted::info().durable().map(DurableSignal::name);
    rows.retain(|row| {
        let is_deleted = |subject| deleted.iter().any(|deleted| deleted == subject);
        Some(row.name()) == kept || !row.subject().is_some_and(is_deleted)
    });
}
