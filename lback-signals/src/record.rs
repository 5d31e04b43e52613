//! The records of a program's wiring, which are read from its binary without running it.
//!
//! Each `#[signal]`, each signal of a `#[receiver]`, and each `retire!` also emits a static of plain bytes into
//! a section of the binary. Nothing reads it at run time. `RUSTFLAGS="--cfg lback_no_records"` leaves all of
//! them out.
//!
//! # The section
//!
//! | object format | section |
//! |---|---|
//! | ELF | `.note.lback`, of the type `SHT_NOTE` |
//! | Mach-O | `__lback` in the segment `__DATA` |
//! | PE | `.lback` |
//! | WebAssembly | the custom section `lback` |
//!
//! Its content is the same on each: a sequence of ELF notes. Linkers keep sections of that type, with
//! `--gc-sections` too, although nothing refers to them; so does `strip`. They may write zero bytes between two
//! notes, a multiple of four.
//!
//! | bytes of a note | content |
//! |---|---|
//! | 4 | 6, the length of the name |
//! | 4 | the length of the body, a multiple of four |
//! | 4 | the version of this format, 1 |
//! | 8 | the name `lback`, and three zero bytes |
//! | as many | the body |
//!
//! These integers have the byte order of the target, and a note begins at a multiple of four.
//!
//! # The body
//!
//! A *text* is UTF-8, of which readers accept at most 16 KiB, and then a zero byte, a *number* an unsigned LEB128 of at
//! most 64 bits, and a *list* its items, of which none begins with a zero byte, and then a zero byte. Each body begins
//! with:
//!
//! | value | content |
//! |---|---|
//! | byte | the kind: 1 a signal, 2 a receiver, 3 a retired receiver |
//! | text | the package; empty if it has the name of the crate, `-` if it has that name with `-` for each `_` |
//! | text | the version of the package; empty in builds without Cargo |
//! | text | the path of the module, whose first segment is the crate |
//! | text | the name of the signal's type, of the receiver's function, or of the retired deliveries |
//! | text | the line of the attribute or of `retire!`, in decimal digits |
//!
//! The module, `::` and the name are the `type_path` of a signal and the `id` of a receiver in the wiring.
//!
//! A signal continues with:
//!
//! | value | content |
//! |---|---|
//! | byte | flags: 1 async, 2 owned, 4 required, 8 with a reply, 16 durable, 32 named by `name = "…"` |
//! | text | the name of the signal |
//! | text | with flag 8 only: the type of the reply, as spelled |
//! | list | the fields, each a byte (2 for the sender, else 1), the text of its name and that of its type, as spelled |
//! | 8 bytes | the 64-bit FNV-1a hash of the bytes of that list, in little endian |
//!
//! and with flag 16, the text of the stored name, the numbers of the version and of the oldest version that is
//! read, the list of the earlier names, the text of the key's field (empty if there is none), and the number of
//! milliseconds of `keep` (0 if there is none).
//!
//! A receiver continues with:
//!
//! | value | content |
//! |---|---|
//! | byte | the phase: 0 now, 1 async, 2 background, 3 after the commit, 4 after the rollback, 5 durable |
//! | byte | flags: 1 `async fn`, 2 background, 4 first, 8 last, 16 fulfills, 32 of a program and not a library, 64 with `before` or `after` |
//! | list | the parameters except the signal, each a byte and the text of a type, as spelled |
//! | two lists | with flag 64 only: the texts of the paths in `before` and in `after`, as spelled |
//!
//! then, if it is durable, the text of the stored name, the list of the earlier names, the numbers of attempts, of
//! milliseconds of the first and of the longest backoff, of milliseconds of the timeout (0 if there is none) and
//! of the concurrency, and a byte of flags: 1 `order = key`, 2 `on_dead = block`; and last, at the next multiple of
//! four bytes, the text of the `type_path` of the signal.
//!
//! The byte of a parameter is 1 for `Res<'_, T>`, 2 for `Option<Res<'_, T>>` and 3 for `SentBy<'_, T>`, whose text is
//! `T`; and 4 for any other, whose text is the whole type.
//!
//! Zero bytes follow up to a multiple of four. Readers skip kinds and versions that they do not know. Other bytes at the
//! end of a body are an error: if the length is wrong, they are the next note.
//!
//! # Compile time
//!
//! The compiler interprets the code that makes a record, once per record. A call takes it longer than ten operations,
//! and a copy of a record byte by byte takes a third of the time of the whole receiver. The macros therefore write the
//! record of a usual receiver as one literal, and [`Text`] makes an array of it without a loop. [`Record`] writes the
//! other records: of signals, of durable receivers, and of receivers with a parameter that the compiler may leave out.

#[cfg(test)]
mod tests;
mod writer;

use self::writer::Writer;
use crate::info::{DurableReceiver, DurableSignal, ReceiverOptions, SignalInfo};

/// The version of the format.
const VERSION: u32 = 1;

/// A record as the bytes of a note: `T` of the text that a macro or [`Record`] has written, and `P` of the path of a
/// receiver's signal. Both are multiples of four.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Note<const T: usize, const P: usize> {
    name_length: u32,
    body_length: u32,
    version: u32,
    name: [u8; 8],
    text: [u8; T],
    path: [u8; P],
}

impl<const T: usize, const P: usize> Note<T, P> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the compiler refuses a record of 4 GiB before"
    )]
    const fn new(text: [u8; T], path: [u8; P]) -> Self {
        Self {
            name_length: 6,
            body_length: (T + P) as u32,
            version: VERSION,
            name: *b"lback\0\0\0",
            text,
            path,
        }
    }
}

/// A text that ends with three zero bytes, of which a note leaves out those behind a multiple of four: a record that a
/// macro has written, or the path of a receiver's signal.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Text<'t>(pub &'t str);

impl Text<'_> {
    /// Returns the size of the text in a note.
    #[must_use]
    pub const fn size(self) -> usize {
        self.0.len() & !3
    }

    /// Returns the note of a record and a path. `T` and `P` are their [sizes](Self::size).
    ///
    /// # Panics
    ///
    /// Panics, which is an error of the compiler in a constant, if one is shorter.
    #[must_use]
    pub const fn note<const T: usize, const P: usize>(self, path: Text<'_>) -> Note<T, P> {
        Note::new(self.bytes(), path.bytes())
    }

    const fn bytes<const N: usize>(self) -> [u8; N] {
        match self.0.as_bytes().first_chunk() {
            Some(bytes) => *bytes,
            None => panic!("a text is as long as its size"),
        }
    }
}

/// A record that is written byte by byte, without the path of a receiver's signal.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Record<'r> {
    /// The first part, which the macros have written.
    texts: &'r [&'r str],
    rest: Rest<'r>,
}

/// The part of a record that the core writes.
#[derive(Debug)]
enum Rest<'r> {
    Signal(&'r SignalInfo),
    Receiver(Option<&'r DurableReceiver>),
}

impl<'r> Record<'r> {
    #[must_use]
    pub const fn signal(texts: &'r [&'r str], signal: &'r SignalInfo) -> Self {
        let rest = Rest::Signal(signal);
        Self { texts, rest }
    }

    #[must_use]
    pub const fn receiver(texts: &'r [&'r str], options: &ReceiverOptions) -> Self {
        let rest = Rest::Receiver(options.durable);
        Self { texts, rest }
    }

    /// Returns the size of the record in a note.
    #[must_use]
    pub const fn size(&self) -> usize {
        let mut writer = Writer::counting();
        self.write(&mut writer);
        writer.length().next_multiple_of(4)
    }

    /// Returns the note. `T` is the [`size`](Self::size) of the record, and `P` that of the path.
    ///
    /// # Panics
    ///
    /// Panics, which is an error of the compiler in a constant, if one is less.
    #[must_use]
    pub const fn note<const T: usize, const P: usize>(&self, path: Text<'_>) -> Note<T, P> {
        let mut text = [0; T];
        self.write(&mut Writer::new(&mut text));
        Note::new(text, path.bytes())
    }

    const fn write(&self, writer: &mut Writer<'_>) {
        let mut index = 0;
        while index < self.texts.len() {
            writer.bytes(self.texts[index].as_bytes());
            index += 1;
        }
        match self.rest {
            Rest::Signal(signal) => write_signal(signal, writer),
            Rest::Receiver(Some(durable)) => write_durable_receiver(durable, writer),
            Rest::Receiver(None) => {}
        }
    }
}

const fn write_signal(signal: &SignalInfo, writer: &mut Writer<'_>) {
    let durable = signal.durable();
    writer.flags(&[
        signal.is_async(),
        signal.is_owned(),
        signal.is_required(),
        signal.reply().is_some(),
        durable.is_some(),
        signal.is_named(),
    ]);
    writer.text(signal.name());
    if let Some(reply) = signal.reply() {
        writer.text(reply);
    }
    let start = writer.length();
    let fields = signal.fields();
    let mut index = 0;
    while index < fields.len() {
        let field = &fields[index];
        writer.byte(1 + field.is_sender() as u8);
        writer.text(field.name());
        writer.text(field.type_name());
        index += 1;
    }
    writer.byte(0);
    writer.hash_since(start);
    if let Some(durable) = durable {
        write_durable_signal(durable, writer);
    }
}

const fn write_durable_signal(durable: &DurableSignal, writer: &mut Writer<'_>) {
    writer.text(durable.name());
    writer.number(durable.version() as u64);
    writer.number(durable.oldest_version() as u64);
    writer.texts(durable.was());
    writer.text(match durable.key() {
        Some(field) => field,
        None => "",
    });
    writer.millis(durable.keep());
}

const fn write_durable_receiver(durable: &DurableReceiver, writer: &mut Writer<'_>) {
    writer.text(durable.name());
    writer.texts(durable.was());
    writer.number(durable.attempts() as u64);
    writer.millis(Some(durable.backoff().first()));
    writer.millis(Some(durable.backoff().max()));
    writer.millis(durable.timeout());
    writer.number(durable.concurrency() as u64);
    writer.flags(&[durable.is_ordered(), durable.blocks_on_dead()]);
}

/// Emits a note, unless the crates are compiled with `--cfg lback_no_records`, which only this crate knows.
///
/// Procedural macros write the record and the path once, since each of their tokens costs compile time. They also write
/// the attributes: of this crate, they would not compile here, where `unsafe_code` is forbidden.
#[cfg(not(lback_no_records))]
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    ({ $($static:tt)* } $record:tt $path:tt $end:tt) => {
        $($static)*: $crate::__private::Note<
            { $record.size() },
            { $crate::__private::Text($path).size() },
        > = $record.note($crate::__private::Text($path)) $end
    };
}

#[cfg(lback_no_records)]
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    ($($note:tt)*) => {};
}
