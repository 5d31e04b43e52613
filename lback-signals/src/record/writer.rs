//! Writes a record, or counts the bytes that it takes.

use std::time::Duration;

/// The bytes that were written so far.
///
/// A writer of no bytes (`N` is 0) counts those that it is given, by which the size of a record is known.
pub(super) struct Writer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Writer<N> {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }

    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// # Panics
    ///
    /// Panics if it was not given `N` bytes.
    pub(super) const fn into_bytes(self) -> [u8; N] {
        assert!(self.length == N, "a record of another size");
        self.bytes
    }

    pub(super) const fn bytes(&mut self, bytes: &[u8]) {
        self.set(self.length, bytes);
        self.length += bytes.len();
    }

    // `copy_from_slice` is one step of the compiler's interpreter, and a loop one for each byte.
    const fn set(&mut self, start: usize, bytes: &[u8]) {
        if N > 0 {
            let (_, rest) = self.bytes.split_at_mut(start);
            let (written, _) = rest.split_at_mut(bytes.len());
            written.copy_from_slice(bytes);
        }
    }

    pub(super) const fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    /// Writes an integer in the byte order of the target.
    pub(super) const fn u32(&mut self, number: u32) {
        self.bytes(&number.to_ne_bytes());
    }

    /// Writes an integer over one that was written.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the compiler refuses a record of 4 GiB before"
    )]
    pub(super) const fn set_u32(&mut self, start: usize, number: usize) {
        self.set(start, &(number as u32).to_ne_bytes());
    }

    /// Writes an unsigned LEB128.
    pub(super) const fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            let [low, ..] = number.to_le_bytes();
            self.byte(low | 0x80);
            number >>= 7;
        }
        let [low, ..] = number.to_le_bytes();
        self.byte(low);
    }

    /// Writes a byte of flags, the first of which is the lowest bit.
    pub(super) const fn flags(&mut self, flags: &[bool]) {
        let mut byte = 0;
        let mut index = 0;
        while index < flags.len() {
            byte |= (flags[index] as u8) << index;
            index += 1;
        }
        self.byte(byte);
    }

    /// Writes a number of milliseconds, 0 for `None`.
    pub(super) const fn millis(&mut self, duration: Option<Duration>) {
        self.number(match duration {
            Some(duration) => duration
                .as_secs()
                .saturating_mul(1000)
                .saturating_add(duration.subsec_millis() as u64),
            None => 0,
        });
    }

    pub(super) const fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    pub(super) const fn texts(&mut self, texts: &[&str]) {
        self.number(texts.len() as u64);
        let mut index = 0;
        while index < texts.len() {
            self.text(texts[index]);
            index += 1;
        }
    }

    /// Writes the 64-bit FNV-1a hash of the bytes that were written from `start` on, in little endian.
    pub(super) const fn hash_since(&mut self, start: usize) {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut index = start;
        while N > 0 && index < self.length {
            hash = (hash ^ self.bytes[index] as u64).wrapping_mul(0x100_0000_01b3);
            index += 1;
        }
        self.bytes(&hash.to_le_bytes());
    }
}
