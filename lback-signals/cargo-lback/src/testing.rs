//! Hand-made records and files.

use crate::record::fnv1a;
use crate::sections::Section;

/// The bytes of a record, which is built value by value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body(pub(crate) Vec<u8>);

impl Body {
    /// Begins a record of a kind.
    pub(crate) fn new(kind: u8, module: &str, name: &str, line: u64) -> Self {
        let body = Self(vec![kind]).text("package").text("1.0.0");
        body.text(module).text(name).text(&line.to_string())
    }

    /// Adds the path of the signal of a receiver.
    pub(crate) fn of_signal(mut self, path: &str) -> Self {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self.text(path)
    }

    pub(crate) fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub(crate) fn integer(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self.byte(0)
    }

    pub(crate) fn texts(self, texts: &[&str]) -> Self {
        let body = texts.iter().fold(self, |body, text| body.text(text));
        body.byte(0)
    }

    /// Adds the fields of a signal, each with whether it is the sender, and their hash.
    pub(crate) fn fields(mut self, fields: &[(bool, &str, &str)]) -> Self {
        let fields = fields.iter();
        let list = fields.fold(Self::default(), |list, (is_sender, name, type_name)| {
            let kind = 1 + u8::from(*is_sender);
            list.byte(kind).text(name).text(type_name)
        });
        let list = list.byte(0);
        self.0.extend_from_slice(&list.0);
        self.0.extend_from_slice(&fnv1a(&list.0).to_le_bytes());
        self
    }

    pub(crate) fn parameters(self, parameters: &[(u8, &str)]) -> Self {
        let parameters = parameters.iter();
        let body = parameters.fold(self, |body, (kind, type_name)| {
            body.byte(*kind).text(type_name)
        });
        body.byte(0)
    }
}

/// Returns the record of a signal without options.
pub(crate) fn signal(module: &str, name: &str, line: u64) -> Body {
    Body::new(1, module, name, line)
        .byte(0)
        .text(name)
        .fields(&[])
}

/// Returns the record of a receiver without options, in a phase, with references.
pub(crate) fn receiver(
    [module, name]: [&str; 2],
    signal: &str,
    phase: u8,
    [before, after]: [&[&str]; 2],
) -> Body {
    let body = Body::new(2, module, name, 1).byte(phase);
    let background = if phase == 2 { 2 } else { 0 };
    let body = body.byte(64 | background).parameters(&[]);
    body.texts(before).texts(after).of_signal(signal)
}

/// Returns a record of each kind, with each option.
pub(crate) fn all_kinds() -> Vec<Body> {
    let paid = Body::new(1, "shop", "Paid", 12)
        .byte(2 | 8 | 16 | 32)
        .text("paid")
        .text("Veto");
    let paid = paid.fields(&[(true, "order", "&'a Order"), (false, "by", "Map<K, V>")]);
    let paid = paid
        .text("order.paid")
        .integer(3)
        .integer(1)
        .texts(&["paid"]);
    let keep = Body::new(2, "shop::mail", "keep", 7).byte(5).byte(1);
    let keep = keep.parameters(&[(1, "dyn Mailer"), (2, "Log"), (3, "Order"), (4, "Delivery")]);
    let keep = keep
        .text("keep-receipt")
        .texts(&["keep"])
        .integer(20)
        .integer(2000);
    let keep = keep.integer(3_600_000).integer(300_000).integer(4).byte(3);
    let send = Body::new(2, "shop::mail", "send", 9)
        .byte(3)
        .byte(2 | 4 | 32 | 64);
    vec![
        paid.text("order").integer(604_800_000),
        keep.of_signal("shop::Paid"),
        send.parameters(&[])
            .texts(&["audit"])
            .texts(&["super::never"])
            .of_signal("shop::Paid"),
        receiver(
            ["shop::mail", "audit"],
            "shop::Paid",
            3,
            [&[], &["crate::mail::send"]],
        ),
        receiver(["bank", "book"], "bank::Unknown", 1, [&[], &[]]),
        Body::new(3, "shop", "push-legacy", 3),
        Body::new(9, "shop", "later", 3),
    ]
}

/// Returns the notes of records, for a target of little-endian byte order.
pub(crate) fn notes(records: &[Body]) -> Vec<u8> {
    let mut notes = Vec::new();
    for record in records {
        notes.extend_from_slice(&note(&record.0, 1, u32::to_le_bytes));
    }
    notes
}

pub(crate) fn note(body: &[u8], version: u32, bytes: impl Fn(u32) -> [u8; 4]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap();
    let head = [bytes(6), bytes(size), bytes(version), *b"lbac", *b"k\0\0\0"];
    let mut note = head.concat();
    note.extend_from_slice(body);
    note.resize(note.len().next_multiple_of(4), 0);
    note
}

pub(crate) fn section(bytes: &[u8]) -> Section<'_> {
    Section {
        bytes,
        is_big_endian: false,
    }
}

/// Returns a module of WebAssembly with the notes.
pub(crate) fn wasm(notes: &[u8]) -> Vec<u8> {
    let content = [5, b'l', b'b', b'a', b'c', b'k'];
    let size = Body::default()
        .byte(0)
        .integer((content.len() + notes.len()) as u64);
    [b"\0asm\x01\0\0\0", &*size.0, &content, notes].concat()
}

/// Returns a file of ELF, for 64 bits and little-endian byte order, with the notes in a section.
pub(crate) fn elf(notes: &[u8]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.note.lback\0.shstrtab\0";
    const HEADER: u64 = 64;
    let longs = |words: &[u64]| {
        words
            .iter()
            .flat_map(|it| it.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let names_at = HEADER + notes.len() as u64;
    let sections_at = (names_at + NAMES.len() as u64).next_multiple_of(8);
    let section = |name: u64, kind: u64, at: u64, size: u64| {
        longs(&[name | kind << 32, 0, 0, at, size, 0, 4, 0])
    };
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // A shared object for x86-64.
    file.extend(halves(&[3, 62, 1, 0]));
    file.extend(longs(&[0, 0, sections_at]));
    file.extend(halves(&[0, 0, 64, 56, 0, 64, 3, 2]));
    file.extend_from_slice(notes);
    file.extend_from_slice(NAMES);
    file.resize(usize::try_from(sections_at).unwrap(), 0);
    file.extend(section(0, 0, 0, 0));
    file.extend(section(1, 7, HEADER, notes.len() as u64));
    file.extend(section(13, 3, names_at, NAMES.len() as u64));
    file
}

/// Returns an archive with one member.
pub(crate) fn archive(member: &[u8]) -> Vec<u8> {
    let head = format!(
        "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
        "a.o/",
        0,
        0,
        0,
        644,
        member.len()
    );
    [b"!<arch>\n", head.as_bytes(), member].concat()
}

fn halves(halves: &[u16]) -> Vec<u8> {
    halves.iter().flat_map(|it| it.to_le_bytes()).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|it| it.to_le_bytes()).collect()
}

fn size_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

/// Returns a program of ELF, for 32 bits, with the notes in a segment of this alignment, and no table of sections.
pub(crate) fn elf_without_sections(notes: &[u8], align: u32) -> Vec<u8> {
    const HEADERS: u32 = 52 + 32;
    let size = size_of(notes);
    let segment = [4, HEADERS, 0, 0, size, size, 4, align];
    [
        b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
        // An executable for x86.
        halves(&[2, 3]),
        words(&[1, 0, 52, 0, 0]),
        halves(&[52, 32, 1, 0, 0, 0]),
        words(&segment),
        notes.to_vec(),
    ]
    .concat()
}

/// Returns an object of Mach-O, for 64 bits, with the notes in a section.
pub(crate) fn mach_o(notes: &[u8]) -> Vec<u8> {
    const COMMAND: u32 = 72 + 80;
    let (at, size) = (32 + COMMAND, size_of(notes));
    let name = |name: &str| format!("{name:\0<16}").into_bytes();
    [
        // An object for x86-64 with one command, a segment of 64 bits.
        words(&[
            0xfeed_facf,
            0x0100_0007,
            3,
            1,
            1,
            COMMAND,
            0,
            0,
            0x19,
            COMMAND,
        ]),
        name("__DATA"),
        words(&[0, 0, size, 0, at, 0, size, 0, 7, 7, 1, 0]),
        name("__lback"),
        name("__DATA"),
        words(&[0, 0, size, 0, at, 2, 0, 0, 0, 0, 0, 0]),
        notes.to_vec(),
    ]
    .concat()
}

fn coff_section(at: u32, notes: &[u8]) -> Vec<u8> {
    let size = size_of(notes);
    [
        b".lback\0\0".to_vec(),
        words(&[size, 0x1000, size, at, 0, 0, 0, 0x4000_0040]),
    ]
    .concat()
}

/// Returns an object of COFF with the notes in a section.
pub(crate) fn coff(notes: &[u8]) -> Vec<u8> {
    let header = [halves(&[0x8664, 1]), words(&[0, 0, 0]), halves(&[0, 0])].concat();
    [header, coff_section(60, notes), notes.to_vec()].concat()
}

/// Returns a program of PE, for 64 bits, with the notes in a section.
pub(crate) fn pe(notes: &[u8]) -> Vec<u8> {
    const HEADERS: u32 = 64 + 4 + 20 + 112 + 40;
    let mut dos = b"MZ".to_vec();
    dos.resize(60, 0);
    let mut optional = [halves(&[0x20b, 0]), words(&[0; 7])].concat();
    optional.extend(words(&[0x1000, 0x200, 6, 0, 6, 0, 0x2000, HEADERS, 0, 3]));
    optional.resize(112, 0);
    [
        dos,
        words(&[64]),
        b"PE\0\0".to_vec(),
        [
            halves(&[0x8664, 1]),
            words(&[0, 0, 0]),
            halves(&[112, 0x22]),
        ]
        .concat(),
        optional,
        coff_section(HEADERS, notes),
        notes.to_vec(),
    ]
    .concat()
}
