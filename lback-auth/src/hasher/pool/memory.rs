//! The memory that argon2 fills, and from which a password can be guessed faster.

use argon2::Block;
use zeroize::Zeroize;

use crate::PasswordError;

/// Blocks that are used for one hash after the other.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    /// How many of the first have something in them.
    used: usize,
}

impl Memory {
    /// So many blocks, which are about to be overwritten, all of them.
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
        self.used = self.used.max(count);
        Ok(&mut self.blocks[..count])
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// How many blocks a job has to fill for nothing to be left of those before it.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    pub(super) fn wipe(&mut self) {
        let used = self.blocks.iter_mut().take(self.used);
        used.for_each(Block::zeroize);
        self.used = 0;
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.wipe();
    }
}
