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
//! | 4 | the length of the body, without its padding |
//! | 4 | the version of this format, 1 |
//! | 8 | the name `lback`, and three zero bytes |
//! | as many | the body |
//! | 0 to 3 | zero bytes, up to a multiple of four |
//!
//! These integers have the byte order of the target, and a note begins at a multiple of four.
//!
//! # The body
//!
//! A *number* is an unsigned LEB128 of at most 64 bits, a *text* the number of its bytes and then UTF-8, and a
//! *list* the number of its items and then those. Each body begins with:
//!
//! | value | content |
//! |---|---|
//! | byte | the kind: 1 a signal, 2 a receiver, 3 a retired receiver |
//! | text | the package; empty if it has the name of the crate, `-` if it has that name with `-` for each `_` |
//! | text | the version of the package; empty in builds without Cargo |
//! | text | the path of the module, whose first segment is the crate |
//! | text | the name of the signal's type, of the receiver's function, or of the retired deliveries |
//! | number | the line of the attribute or of `retire!` |
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
//! | list | the fields, each a byte (1 for the sender, else 0), the text of its name and that of its type, as spelled |
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
//! | text | the `type_path` of the signal |
//! | byte | the phase: 0 now, 1 async, 2 background, 3 after the commit, 4 after the rollback, 5 durable |
//! | byte | flags: 1 `async fn`, 2 background, 4 first, 8 last, 16 fulfills, 32 of a program and not a library, 64 with `before` or `after`, 128 durable |
//! | list | the parameters except the signal, each a byte and the text of a type, as spelled |
//! | two lists | with flag 64 only: the texts of the paths in `before` and in `after`, as spelled |
//!
//! and with flag 128, the text of the stored name, the list of the earlier names, the numbers of attempts, of
//! milliseconds of the first and of the longest backoff, of milliseconds of the timeout (0 if there is none) and
//! of the concurrency, and a byte of flags: 1 `order = key`, 2 `on_dead = block`.
//!
//! The byte of a parameter is 1 for `Res<'_, T>`, 2 for `Option<Res<'_, T>>` and 3 for `SentBy<'_, T>`, whose text is
//! `T`; and 0 for any other, whose text is the whole type.
//!
//! Readers skip kinds and versions that they do not know, and bytes at the end of a body.

#[cfg(test)]
mod tests;
mod writer;

use self::writer::Writer;
use crate::info::{
    DurableReceiver, DurableSignal, Phase, Position, ReceiverOptions, Reference, SignalInfo,
};

/// The bytes of a note before its body, with a length of 0.
const HEAD: [u8; 20] = {
    let [a, b, c, d] = 6_u32.to_ne_bytes();
    let [e, f, g, h] = VERSION.to_ne_bytes();
    [
        a, b, c, d, 0, 0, 0, 0, e, f, g, h, b'l', b'b', b'a', b'c', b'k', 0, 0, 0,
    ]
};

/// The version of the format.
const VERSION: u32 = 1;

/// The content of a record.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Record {
    source: Source,
    content: Content,
}

/// The place of a declaration.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Source {
    /// As the format abbreviates it.
    pub package: &'static str,
    pub version: &'static str,
    pub module: &'static str,
    pub name: &'static str,
    pub line: u32,
}

/// The part of a record that depends on its kind.
#[derive(Debug)]
enum Content {
    Signal(&'static SignalInfo),
    Receiver(RecordedReceiver),
    Retired,
}

/// The content of a receiver's record.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct RecordedReceiver {
    pub signal: &'static str,
    pub options: &'static ReceiverOptions,
    pub is_async: bool,
    pub is_of_program: bool,
    pub parameters: &'static [RecordedParameter],
}

/// A parameter of a receiver, with its type as spelled.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub enum RecordedParameter {
    Other(&'static str),
    Resource(&'static str),
    OptionalResource(&'static str),
    Sender(&'static str),
}

/// A record as the bytes of a note.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Note<const N: usize>([u8; N]);

impl Record {
    #[must_use]
    pub const fn signal(source: Source, signal: &'static SignalInfo) -> Self {
        let content = Content::Signal(signal);
        Self { source, content }
    }

    #[must_use]
    pub const fn receiver(source: Source, receiver: RecordedReceiver) -> Self {
        let content = Content::Receiver(receiver);
        Self { source, content }
    }

    #[must_use]
    pub const fn retired(source: Source) -> Self {
        let content = Content::Retired;
        Self { source, content }
    }

    /// Returns the size of the note.
    #[must_use]
    pub const fn size(&self) -> usize {
        let mut writer = Writer::counting();
        self.write(&mut writer);
        writer.length().next_multiple_of(4)
    }

    /// Returns the note. `N` is its [`size`](Self::size).
    ///
    /// # Panics
    ///
    /// Panics, which is an error of the compiler in a constant, if `N` is less.
    #[must_use]
    pub const fn note<const N: usize>(&self) -> Note<N> {
        let mut bytes = [0; N];
        self.write(&mut Writer::new(&mut bytes));
        Note(bytes)
    }

    const fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(&HEAD);
        self.write_body(writer);
        writer.set_body_length(4, writer.length() - HEAD.len());
    }

    const fn write_body(&self, writer: &mut Writer<'_>) {
        let kind = match self.content {
            Content::Signal(_) => 1,
            Content::Receiver(_) => 2,
            Content::Retired => 3,
        };
        writer.byte(kind);
        writer.text(self.source.package);
        writer.text(self.source.version);
        writer.text(self.source.module);
        writer.text(self.source.name);
        writer.number(self.source.line as u64);
        match &self.content {
            Content::Signal(signal) => write_signal(signal, writer),
            Content::Receiver(receiver) => write_receiver(receiver, writer),
            Content::Retired => {}
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
    let count = fields.len();
    writer.number(count as u64);
    let mut index = 0;
    while index < count {
        let field = &fields[index];
        writer.byte(field.is_sender() as u8);
        writer.text(field.name());
        writer.text(field.type_name());
        index += 1;
    }
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

const fn write_receiver(receiver: &RecordedReceiver, writer: &mut Writer<'_>) {
    let RecordedReceiver {
        options, is_async, ..
    } = receiver;
    let order = &options.order;
    let has_references = !order.before.is_empty() || !order.after.is_empty();
    writer.text(receiver.signal);
    writer.byte(match options.phase(*is_async) {
        Phase::Now => 0,
        Phase::Concurrent => 1,
        Phase::Background => 2,
        Phase::AfterCommit => 3,
        Phase::AfterRollback => 4,
        Phase::Durable => 5,
    });
    writer.flags(&[
        *is_async,
        options.is_background,
        matches!(order.position, Position::First),
        matches!(order.position, Position::Last),
        options.fulfills,
        receiver.is_of_program,
        has_references,
        options.durable.is_some(),
    ]);
    write_parameters(receiver.parameters, writer);
    if has_references {
        write_references(order.before, writer);
        write_references(order.after, writer);
    }
    if let Some(durable) = options.durable {
        write_durable_receiver(durable, writer);
    }
}

const fn write_parameters(parameters: &[RecordedParameter], writer: &mut Writer<'_>) {
    let count = parameters.len();
    writer.number(count as u64);
    let mut index = 0;
    while index < count {
        let (kind, type_name) = match parameters[index] {
            RecordedParameter::Other(type_name) => (0, type_name),
            RecordedParameter::Resource(type_name) => (1, type_name),
            RecordedParameter::OptionalResource(type_name) => (2, type_name),
            RecordedParameter::Sender(type_name) => (3, type_name),
        };
        writer.byte(kind);
        writer.text(type_name);
        index += 1;
    }
}

const fn write_references(references: &[Reference], writer: &mut Writer<'_>) {
    let count = references.len();
    writer.number(count as u64);
    let mut index = 0;
    while index < count {
        writer.text(references[index].path);
        index += 1;
    }
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

/// Selects the notes, unless the crates are compiled with `--cfg lback_no_records`, which only this crate knows.
#[cfg(not(lback_no_records))]
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    ($($note:item)*) => { $($note)* };
}

#[cfg(lback_no_records)]
#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    ($($note:tt)*) => {};
}
