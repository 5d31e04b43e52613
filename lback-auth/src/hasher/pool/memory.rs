//! The memory of Argon2. Its content makes guessing a password cheaper, so it is wiped.

use std::time::{Duration, Instant};

use argon2::Block;
use zeroize::Zeroize;

use crate::password::PasswordError;

/// The time after which an unused memory is wiped. A hash that follows within this time overwrites it, which
/// costs nothing.
pub(super) const WIPE_DELAY: Duration = Duration::from_millis(10);

/// Memory blocks that consecutive hashes reuse.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    /// The number of leading blocks that have content.
    used: usize,
    /// When the content has to be wiped, if it is not overwritten before.
    due: Option<Instant>,
}

impl Memory {
    /// Returns `count` blocks of unspecified content, for a hash that overwrites all of them.
    ///
    /// # Errors
    ///
    /// Returns [`PasswordError::OutOfMemory`] if the allocation fails.
    pub(crate) fn blocks(&mut self, count: usize) -> Result<&mut [Block], PasswordError> {
        if self.blocks.len() < count {
            // Growing the vector would copy the old content, and leave it in freed memory.
            self.wipe();
            self.blocks = Vec::new();
            let reserved = self.blocks.try_reserve_exact(count);
            reserved.map_err(|_| PasswordError::OutOfMemory)?;
            self.blocks.resize(count, Block::new());
        }
        wipe(&mut self.blocks[count..self.used.max(count)]);
        self.used = count;
        self.due = None;
        Ok(&mut self.blocks[..count])
    }

    /// Wipes the blocks before a job that allocates `memory` KiB itself, and frees them unless that is little.
    #[cfg(any(test, feature = "foreign-hashes"))]
    pub(crate) fn yield_to(&mut self, memory: u32) {
        /// In KiB; negligible beside the memory of a slot.
        const LITTLE: u32 = 64;

        self.wipe();
        if memory > LITTLE {
            self.blocks = Vec::new();
        }
    }

    /// Returns the number of allocated blocks.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Starts the delay after which the content is wiped, unless it runs already.
    pub(super) fn start_wipe_delay(&mut self, now: Instant) {
        if self.is_used() {
            self.due = self.due.or_else(|| now.checked_add(WIPE_DELAY));
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    pub(super) fn is_used(&self) -> bool {
        self.used > 0
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> &[Block] {
        &self.blocks
    }

    pub(super) fn wipe(&mut self) {
        wipe(&mut self.blocks[..self.used]);
        self.used = 0;
        self.due = None;
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.wipe();
    }
}

fn wipe(blocks: &mut [Block]) {
    blocks.iter_mut().for_each(Block::zeroize);
}
