//! Writes a record, or counts the bytes that it takes.

use std::time::Duration;

/// Writes the parts of a record into a slice, or counts their bytes.
///
/// The compiler interprets this code for each record, and takes longer for a call than for ten operations: it is not
/// generic, calls little, and calls `len` before a loop.
pub(super) struct Writer<'b> {
    bytes: &'b mut [u8],
    length: usize,
    counts: bool,
}

impl<'b> Writer<'b> {
    /// Returns a writer that fills the slice.
    pub(super) const fn new(bytes: &'b mut [u8]) -> Self {
        Self {
            bytes,
            length: 0,
            counts: false,
        }
    }

    /// Returns a writer that only counts.
    pub(super) const fn counting() -> Self {
        Self {
            bytes: &mut [],
            length: 0,
            counts: true,
        }
    }

    /// Returns the number of bytes so far.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    pub(super) const fn byte(&mut self, byte: u8) {
        if !self.counts {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    pub(super) const fn bytes(&mut self, bytes: &[u8]) {
        self.sized_bytes(bytes, bytes.len());
    }

    const fn sized_bytes(&mut self, bytes: &[u8], length: usize) {
        if !self.counts {
            let mut index = 0;
            while index < length {
                self.bytes[self.length + index] = bytes[index];
                index += 1;
            }
        }
        self.length += length;
    }

    /// Writes the length of the body into the head of its note.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the compiler refuses a record of 4 GiB before"
    )]
    pub(super) const fn set_body_length(&mut self, start: usize, length: usize) {
        if !self.counts {
            let bytes = (length as u32).to_ne_bytes();
            let mut index = 0;
            while index < 4 {
                self.bytes[start + index] = bytes[index];
                index += 1;
            }
        }
    }

    /// Writes an unsigned LEB128.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seven bits of the number at a time"
    )]
    pub(super) const fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.byte((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        if !self.counts {
            self.bytes[self.length] = number as u8;
        }
        self.length += 1;
    }

    pub(super) const fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let length = bytes.len();
        self.number(length as u64);
        self.sized_bytes(bytes, length);
    }

    pub(super) const fn texts(&mut self, texts: &[&str]) {
        let length = texts.len();
        self.number(length as u64);
        let mut index = 0;
        while index < length {
            self.text(texts[index]);
            index += 1;
        }
    }

    /// Writes a byte of flags, the first of which is the lowest bit.
    pub(super) const fn flags(&mut self, flags: &[bool]) {
        let mut byte = 0;
        let mut index = flags.len();
        while index > 0 {
            index -= 1;
            byte = byte << 1 | flags[index] as u8;
        }
        self.byte(byte);
    }

    /// Writes a number of milliseconds, 0 for `None`.
    pub(super) const fn millis(&mut self, duration: Option<Duration>) {
        self.number(match duration {
            Some(duration) => {
                let seconds = duration.as_secs().saturating_mul(1000);
                seconds.saturating_add(duration.subsec_millis() as u64)
            }
            None => 0,
        });
    }

    /// Writes the 64-bit FNV-1a hash of the bytes that were written from `start` on, in little endian.
    pub(super) const fn hash_since(&mut self, start: usize) {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut index = start;
        while !self.counts && index < self.length {
            hash = (hash ^ self.bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
            index += 1;
        }
        self.bytes(&hash.to_le_bytes());
    }
}
