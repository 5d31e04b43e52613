//! A hasher without a free slot.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::hasher::Hasher;

/// A hasher without a queue, whose one slot is occupied until this is dropped.
pub(super) struct Occupied {
    pub(super) hasher: Hasher,
    _until_dropped: Sender<()>,
}

impl Occupied {
    pub(super) fn new() -> Self {
        let builder = Hasher::builder()
            .memory(8)
            .passes(1)
            .concurrency(1)
            .queue_capacity(0);
        let hasher = builder.build().expect("argon2 takes these parameters");
        let (begun, has_begun) = channel();
        let (until_dropped, ends) = channel();
        let occupied = hasher.clone();
        thread::spawn(move || {
            occupied.occupy(move || {
                let _ = begun.send(());
                let _ = ends.recv();
            });
        });
        has_begun.recv().expect("the job begins");
        Self {
            hasher,
            _until_dropped: until_dropped,
        }
    }
}
