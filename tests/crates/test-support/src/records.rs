//! A parser of the records in a binary, as the core's module `record` documents them.

#![expect(missing_docs, reason = "that documentation has them")]

use std::{env, fs};

/// A record of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub package: String,
    pub version: String,
    pub module: String,
    pub name: String,
    pub line: u64,
    pub content: Content,
}

/// The part of a record that depends on its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Signal(Signal),
    Receiver(Receiver),
    Retired,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    pub flags: u8,
    pub name: String,
    pub reply: Option<String>,
    pub fields: Vec<(u8, String, String)>,
    /// The bytes of the list of fields, and its hash.
    pub hashed: (Vec<u8>, u64),
    pub durable: Option<DurableSignal>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableSignal {
    pub name: String,
    pub version: u64,
    pub oldest_version: u64,
    pub was: Vec<String>,
    pub key: String,
    pub keep_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    pub signal: String,
    pub phase: u8,
    pub flags: u8,
    pub parameters: Vec<(u8, String)>,
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub durable: Option<DurableReceiver>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableReceiver {
    pub name: String,
    pub was: Vec<String>,
    pub attempts: u64,
    /// The bound of the first backoff and the longest one, and the timeout.
    pub millis: [u64; 3],
    pub concurrency: u64,
    pub flags: u8,
}

/// Returns the records in the file of this program.
///
/// # Panics
///
/// If it cannot be read, or has a record that ends early.
#[must_use]
pub fn records_of_this_program() -> Vec<Record> {
    let program = env::current_exe().expect("the path of this program");
    records(&fs::read(program).expect("the file of this program"))
}

/// Returns the records in the bytes of a binary, which follow each other. They begin with the first head of a note.
///
/// # Panics
///
/// If a record ends early.
#[must_use]
pub fn records(binary: &[u8]) -> Vec<Record> {
    let is_note = |at: &usize| body_length(&binary[*at..]).is_some();
    let Some(mut at) = (0..binary.len()).step_by(4).find(is_note) else {
        return Vec::new();
    };
    let mut records = Vec::new();
    while let Some(length) = binary.get(at..).and_then(body_length) {
        at += HEAD;
        records.push(Body(&binary[at..at + length]).record());
        at += length;
    }
    records
}

/// The length of the name, with which a note begins.
const NAME_LENGTH: [u8; 4] = 6_u32.to_le_bytes();

/// The length of a note's head.
const HEAD: usize = 20;

/// Returns the length of the body of the note with which the bytes begin.
fn body_length(note: &[u8]) -> Option<usize> {
    let rest = note.strip_prefix(&NAME_LENGTH)?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    rest.starts_with(b"\x01\0\0\0lback\0\0\0").then_some(length)
}

/// The rest of a body.
struct Body<'b>(&'b [u8]);

impl Body<'_> {
    fn record(&mut self) -> Record {
        let kind = self.byte();
        Record {
            package: self.text(),
            version: self.text(),
            module: self.text(),
            name: self.text(),
            line: self.text().parse().expect("a line"),
            content: match kind {
                1 => Content::Signal(self.signal()),
                2 => Content::Receiver(self.receiver()),
                3 => Content::Retired,
                other => panic!("the kind {other}"),
            },
        }
        .checked(self)
    }

    fn signal(&mut self) -> Signal {
        let flags = self.byte();
        let name = self.text();
        let reply = (flags & 8 != 0).then(|| self.text());
        let start = self.0;
        let fields = self.list(|body| (body.byte(), body.text(), body.text()));
        let hashed = start[..start.len() - self.0.len()].to_vec();
        let hash = self.bytes(8).try_into().expect("8 bytes");
        let durable = (flags & 16 != 0).then(|| DurableSignal {
            name: self.text(),
            version: self.number(),
            oldest_version: self.number(),
            was: self.list(Self::text),
            key: self.text(),
            keep_ms: self.number(),
        });
        Signal {
            flags,
            name,
            reply,
            fields,
            hashed: (hashed, u64::from_le_bytes(hash)),
            durable,
        }
    }

    fn receiver(&mut self) -> Receiver {
        let phase = self.byte();
        let flags = self.byte();
        let parameters = self.list(|body| (body.byte(), body.text()));
        let mut references = || {
            if flags & 64 == 0 {
                Vec::new()
            } else {
                self.list(Self::text)
            }
        };
        let (before, after) = (references(), references());
        let durable = (phase == 5).then(|| DurableReceiver {
            name: self.text(),
            was: self.list(Self::text),
            attempts: self.number(),
            millis: [self.number(), self.number(), self.number()],
            concurrency: self.number(),
            flags: self.byte(),
        });
        self.skip_padding();
        Receiver {
            signal: self.text(),
            phase,
            flags,
            parameters,
            before,
            after,
            durable,
        }
    }

    /// Skips the zero bytes up to a multiple of four, of which the length of each body is one.
    fn skip_padding(&mut self) {
        let padding = self.bytes(self.0.len() % 4);
        assert!(padding.iter().all(|byte| *byte == 0), "{padding:?}");
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes.to_vec()
    }

    fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }

    fn number(&mut self) -> u64 {
        let byte = self.byte();
        let low = u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            low
        } else {
            low | self.number() << 7
        }
    }

    fn text(&mut self) -> String {
        let length = self.0.iter().position(|byte| *byte == 0);
        let text = self.bytes(length.expect("the end of a text"));
        self.byte();
        String::from_utf8(text).expect("UTF-8")
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while self.0[0] != 0 {
            items.push(item(self));
        }
        self.byte();
        items
    }
}

impl Record {
    /// Panics if bytes of the body are left.
    fn checked(self, body: &mut Body<'_>) -> Self {
        body.skip_padding();
        assert!(body.0.is_empty(), "{self:?} has more bytes: {:?}", body.0);
        self
    }

    /// Returns the path of the type or of the function.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }
}
