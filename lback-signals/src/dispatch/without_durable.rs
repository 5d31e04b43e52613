//! The dispatch of durable signals without the feature `durable`. Such a signal is a compile error, and its program has
//! no further one.

use crate::call::{DeliverAsync, DeliverOwned};
use crate::registry::{Registered, Table};
use crate::report::{Mode, Report};

impl<Entry: Registered> Table<Entry> {
    pub fn dispatch_durable<S: DeliverOwned<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> Report {
        self.dispatch_owned(signal, mode)
    }

    pub fn dispatch_async_durable<S: DeliverAsync<Entry> + DeliverOwned<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> impl Future<Output = Report> {
        self.dispatch_async_owned(signal, mode)
    }
}
