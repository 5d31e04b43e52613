//! The outbox of a database without its feature.

#[cfg(feature = "durable")]
use lback_signals::durable::SignalRow;

use super::{Dialect, SqlOutbox};

/// There is none.
#[derive(Clone, Debug)]
pub enum NoOutbox {}

impl<D: Dialect> SqlOutbox<D> for NoOutbox {
    #[cfg(feature = "durable")]
    async fn insert(&self, _: &mut D::Connection, _: &[SignalRow]) -> sqlx::Result<()> {
        match *self {}
    }

    #[cfg(feature = "durable")]
    async fn erase(&self, _: &mut D::Connection, _: &[&str]) -> sqlx::Result<()> {
        match *self {}
    }

    #[cfg(feature = "durable")]
    fn wake(&self) {
        match *self {}
    }
}
