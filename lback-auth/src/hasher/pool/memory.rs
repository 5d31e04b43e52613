//! The memory that argon2 fills, and from which a password can be guessed faster.

use std::time::{Duration, Instant};

use argon2::Block;
use zeroize::Zeroize;

use crate::PasswordError;

/// How long what a hash has left may stay. The next hash overwrites it at no cost, and mostly comes
/// within this time if it comes soon.
pub(super) const LINGER: Duration = Duration::from_millis(10);

/// Blocks that are used for one hash after the other.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    /// How many of the first have something in them.
    used: usize,
    /// When that has to be gone, if nobody uses it.
    due: Option<Instant>,
}

impl Memory {
    /// So many blocks, all of which are about to be overwritten.
    ///
    /// # Errors
    ///
    /// [`PasswordError::OutOfMemory`].
    pub(crate) fn blocks(&mut self, count: usize) -> Result<&mut [Block], PasswordError> {
        if self.blocks.len() < count {
            // Growing would copy what is to be overwritten, and leave it in freed memory.
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

    /// Leaves nothing behind for a job that brings its own memory, of so many KiB, and frees what
    /// that is to take the place of.
    #[cfg(any(test, feature = "foreign-hashes"))]
    pub(crate) fn yield_to(&mut self, memory: u32) {
        /// What is beside the count anyway.
        const LITTLE: u32 = 64;

        self.wipe();
        if memory > LITTLE {
            self.blocks = Vec::new();
        }
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// From now on nobody uses it. What was there before its last use has lingered since then.
    pub(super) fn rest(&mut self, now: Instant) {
        if self.is_used() {
            self.due = self.due.or_else(|| now.checked_add(LINGER));
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
