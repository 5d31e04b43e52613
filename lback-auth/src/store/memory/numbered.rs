//! Rows in the order of insertion.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Rows, each with a number that no earlier row had.
#[derive(Clone)]
pub(super) struct Numbered<T> {
    rows: BTreeMap<i64, T>,
    last: i64,
}

impl<T> Numbered<T> {
    /// Adds a row and returns its number.
    pub(super) fn push(&mut self, row: T) -> i64 {
        self.last += 1;
        self.rows.insert(self.last, row);
        self.last
    }

    pub(super) fn get(&self, number: i64) -> Option<&T> {
        self.rows.get(&number)
    }

    pub(super) fn get_mut(&mut self, number: i64) -> Option<&mut T> {
        self.rows.get_mut(&number)
    }

    pub(super) fn remove(&mut self, number: i64) -> Option<T> {
        self.rows.remove(&number)
    }

    /// Returns the rows after this number, or all rows.
    pub(super) fn after(&self, number: Option<i64>) -> impl Iterator<Item = (i64, &T)> {
        let start = number.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows
            .range((start, Bound::Unbounded))
            .map(|(number, row)| (*number, row))
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            last: 0,
        }
    }
}
