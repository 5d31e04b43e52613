//! A hasher that is kept busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use lback_auth::Hasher;

/// A hash whose check takes a large part of a second.
const COSTLY: &str = "$argon2id$v=19$m=65536,t=9,p=1$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY";

/// A hasher that is busy most of the time until this is dropped.
pub(crate) struct Occupied {
    pub(crate) hasher: Hasher,
    is_over: Arc<AtomicBool>,
    occupant: Option<JoinHandle<()>>,
}

impl Occupied {
    pub(crate) fn new() -> Self {
        let hasher = Hasher::builder()
            .memory(8)
            .passes(1)
            .concurrency(1)
            .queue_capacity(0);
        let hasher = hasher.build().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let occupant = {
            let (hasher, is_over) = (hasher.clone(), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    // Returns `Busy` while another caller has the slot.
                    let _ = hasher.verify("guess", COSTLY);
                }
            })
        };
        Self {
            hasher,
            is_over,
            occupant: Some(occupant),
        }
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(occupant) = self.occupant.take() {
            // Its panic is irrelevant to the test.
            let _ = occupant.join();
        }
    }
}
