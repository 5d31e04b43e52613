//! Reading the log on and on.

use std::collections::BTreeSet;

use lback_auth::{AccountStore, AuditEntry, AuditNumber, StoreError};

/// How many entries are read at a time.
const PAGE: u32 = 500;

/// How far to go back for entries that show late: in PostgreSQL one with a lower number may appear
/// after one with a higher.
const LATE: i64 = 100;

/// The log, as far as it was read.
pub(super) struct Log<'s, S> {
    store: &'s S,
    position: Option<AuditNumber>,
    last: Option<AuditNumber>,
    /// Those of the last `LATE` numbers that were read.
    read: BTreeSet<AuditNumber>,
}

impl<'s, S: AccountStore> Log<'s, S> {
    pub(super) fn new(store: &'s S) -> Self {
        Self {
            store,
            position: None,
            last: None,
            read: BTreeSet::new(),
        }
    }

    /// The entries that come next, or `None` at the end.
    pub(super) async fn next(
        &mut self,
    ) -> Result<Option<Vec<(AuditNumber, AuditEntry)>>, StoreError> {
        let mut page = self.store.audit(self.position, PAGE).await?;
        let Some((end, _)) = page.last() else {
            return Ok(None);
        };
        self.position = Some(*end);
        self.last = self.last.max(self.position);
        page.retain(|(number, _)| self.read.insert(*number));
        self.read = self.read.split_off(&self.late());
        Ok(Some(page))
    }

    /// Goes back a little, since entries may have appeared there.
    pub(super) fn go_back(&mut self) {
        self.position = self.last.map(|_| self.late());
    }

    /// The number after which entries may still appear.
    fn late(&self) -> AuditNumber {
        AuditNumber(
            self.last
                .map_or(i64::MIN, |last| last.0.saturating_sub(LATE)),
        )
    }
}
