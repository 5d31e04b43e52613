//! Writes a record, or counts the bytes that it takes.

use std::time::Duration;

/// Writes the parts of a record into a slice, or counts their bytes.
///
/// The compiler interprets this code, and takes longer for a call than for ten operations: it is not generic, and calls
/// little.
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
        let length = bytes.len();
        let mut index = 0;
        while index < length && !self.counts {
            self.bytes[self.length + index] = bytes[index];
            index += 1;
        }
        self.length += length;
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
        self.byte(number as u8);
    }

    pub(super) const fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.byte(0);
    }

    pub(super) const fn texts(&mut self, texts: &[&str]) {
        let mut index = 0;
        while index < texts.len() {
            self.text(texts[index]);
            index += 1;
        }
        self.byte(0);
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
