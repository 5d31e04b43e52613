//! How often what was tried.

use std::collections::BTreeMap;

/// How many attempts to sign in are free, and how many mails; one more may be, and begins a wait.
const FREE_LOGINS: u32 = 10;
const FREE_MAILS: u32 = 3;

/// The keys by which attempts are counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Login(String),
    Account(u32),
    Mail(&'static str, String),
}

#[derive(Default)]
struct Count {
    attempts: u32,
    waits: bool,
}

#[derive(Default)]
pub(super) struct Attempts(BTreeMap<Key, Count>);

#[derive(PartialEq, Eq)]
pub(super) enum Reserved {
    Free,
    /// It may be, and the next may not.
    BeginsWait,
    Refused,
}

impl Attempts {
    pub(super) fn reserve(&mut self, key: Key) -> Reserved {
        let free = match key {
            Key::Login(_) | Key::Account(_) => FREE_LOGINS,
            Key::Mail(..) => FREE_MAILS,
        };
        let count = self.0.entry(key).or_default();
        if count.waits {
            return Reserved::Refused;
        }
        count.attempts += 1;
        if count.attempts <= free {
            return Reserved::Free;
        }
        count.waits = true;
        Reserved::BeginsWait
    }

    /// It does not count. A wait that it has begun stays.
    pub(super) fn give_back(&mut self, key: &Key) {
        if let Some(count) = self.0.get_mut(key) {
            count.attempts = count.attempts.saturating_sub(1);
        }
    }

    pub(super) fn clear(&mut self, key: &Key) {
        self.0.remove(key);
    }
}
