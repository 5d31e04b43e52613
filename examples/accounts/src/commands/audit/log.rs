//! Reading the log on and on.

use std::time::Instant;

use lback_auth::{AccountStore, AuditEntry, AuditNumber, StoreError};
use time::OffsetDateTime;

use super::gaps::{Gaps, KEPT};

/// How many entries are read at a time.
const PAGE: u32 = 500;

type Page = Vec<(AuditNumber, AuditEntry)>;

/// The log, as far as it was read.
///
/// In PostgreSQL an entry has its number before it can be seen, which is when its transaction commits:
/// where numbers are missing, entries may appear.
pub(super) struct Log<'s, S> {
    store: &'s S,
    last: Option<AuditNumber>,
    gaps: Gaps,
}

impl<'s, S: AccountStore> Log<'s, S> {
    pub(super) fn new(store: &'s S) -> Self {
        Self {
            store,
            last: None,
            gaps: Gaps::default(),
        }
    }

    /// The entries that come next, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        let page = self.store.audit(self.last, PAGE).await?;
        for (number, entry) in &page {
            let next = self.last.map_or(1, |last| last.0.saturating_add(1));
            // A number that is missing before an old entry was rolled back, or deleted.
            if OffsetDateTime::now_utc() - entry.at < KEPT {
                self.gaps.add(next..number.0, Instant::now());
            }
            self.last = Some(*number);
        }
        Ok(Some(page).filter(|page| !page.is_empty()))
    }

    /// Entries that have appeared before those that were read, or `None` if it is not yet time to look.
    pub(super) async fn late(&mut self) -> Result<Option<Page>, StoreError> {
        let Some(first) = self.gaps.due(Instant::now()) else {
            return Ok(None);
        };
        let before = AuditNumber(first - 1);
        let mut page = self.store.audit(Some(before), PAGE).await?;
        let last = page.last().map_or(i64::MAX, |(number, _)| number.0);
        page.retain(|(number, _)| self.gaps.take(number.0));
        self.gaps.looked_into(first..=last, Instant::now());
        Ok(Some(page))
    }
}
