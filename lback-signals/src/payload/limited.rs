//! The buffer that a payload is written into, and what goes wrong there.

use std::cell::Cell;
use std::io;

use serde_json::ser::{CompactFormatter, Formatter};

use super::nesting::{self, MAX_DEPTH};

/// The first limit that a payload has exceeded. It is kept beside the buffer, since a user's `Serialize` may
/// discard the error.
#[derive(Debug, Default)]
pub(super) struct Faults(Cell<Option<Fault>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    TooLarge,
    TooDeep,
    NotFinite,
}

impl Faults {
    pub(super) fn note(&self, fault: Fault) {
        if self.0.get().is_none() {
            self.0.set(Some(fault));
        }
    }

    pub(super) fn first(&self) -> Option<Fault> {
        self.0.get()
    }
}

/// A buffer that refuses to grow beyond a limit, and never allocates more.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    limit: usize,
}

impl Buffer {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends the bytes, or returns `false` if they do not fit.
    pub(super) fn append(&mut self, added: &[u8]) -> bool {
        let free = self.limit - self.bytes.len();
        if added.len() > free {
            return false;
        }
        if added.len() > self.bytes.capacity() - self.bytes.len() {
            // Doubles, as `Vec` does, but not beyond the limit.
            let growth = self.bytes.len().max(added.len()).max(256);
            self.bytes.reserve_exact(growth.min(free));
        }
        self.bytes.extend_from_slice(added);
        true
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Writes to a [`Buffer`], and notes when it is full.
pub(super) struct Writer<'w> {
    pub(super) buffer: &'w mut Buffer,
    pub(super) faults: &'w Faults,
}

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.faults.first().is_none() && self.buffer.append(bytes) {
            return Ok(());
        }
        self.faults.note(Fault::TooLarge);
        Err(refused())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes compact JSON, and notes when it is nested too deep.
pub(super) struct Nesting<'w> {
    /// The number of arrays and objects that enclose the next value.
    pub(super) depth: usize,
    pub(super) faults: &'w Faults,
}

impl Nesting<'_> {
    fn enter(&mut self) -> io::Result<()> {
        self.depth += 1;
        self.check(self.depth)
    }

    fn check(&self, depth: usize) -> io::Result<()> {
        if depth > MAX_DEPTH {
            self.faults.note(Fault::TooDeep);
            return Err(refused());
        }
        Ok(())
    }
}

impl Formatter for Nesting<'_> {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_object(writer)
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.check(self.depth + nesting::depth(fragment))?;
        CompactFormatter.write_raw_fragment(writer, fragment)
    }
}

/// The error that ends the serializer. The caller reports the [`Fault`].
fn refused() -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    #[test]
    fn a_buffer_never_allocates_more_than_its_limit() {
        let mut buffer = Buffer::new(1_000);
        let mut length = 0;
        while buffer.append(&[b'x'; 7]) {
            length += 7;
            assert!(buffer.bytes.capacity() <= 1_000);
        }
        assert_eq!(length, 994);
        assert!(buffer.append(b"123456"));
        assert!(!buffer.append(b"7"));
        assert!(buffer.append(b""));
        assert_eq!(buffer.into_bytes().len(), 1_000);
    }

    #[test]
    fn the_buffer_grows_in_few_steps() {
        let mut buffer = Buffer::new(1 << 20);
        let mut capacities = 0;
        let mut capacity = 0;
        for _ in 0..1 << 20 {
            assert!(buffer.append(b"x"));
            if buffer.bytes.capacity() != capacity {
                capacity = buffer.bytes.capacity();
                capacities += 1;
            }
        }
        assert!(capacities < 20, "{capacities}");
    }
}
