//! Splits a section into its notes.

use crate::error::Problem;
use crate::sections::Section;

/// The version of the format of records that is known, as the type of a note.
pub(crate) const VERSION: u32 = 1;

/// The name of the notes of lback, with its padding.
const NAME: [u8; 8] = *b"lback\0\0\0";
const NAME_SIZE: u32 = 6;
/// Three integers: the sizes of the name and of the body, and the type.
const HEAD: usize = 12;

/// A note of lback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note<'d> {
    /// The place of the note in its section.
    pub(crate) offset: usize,
    /// The version of its format.
    pub(crate) version: u32,
    /// The body.
    pub(crate) body: &'d [u8],
}

/// The notes of lback in a section. It ends after the first error.
pub(crate) struct Notes<'d> {
    section: Section<'d>,
    offset: usize,
}

impl<'d> Notes<'d> {
    /// Returns the notes of a section.
    pub(crate) fn new(section: Section<'d>) -> Self {
        Self { section, offset: 0 }
    }

    fn malformed(&mut self, what: &'static str) -> Result<Note<'d>, Problem> {
        let offset = self.offset;
        self.offset = usize::MAX;
        Err(Problem::Malformed { offset, what })
    }

    fn integer(&self, bytes: &[u8]) -> u32 {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.section.is_big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}

impl<'d> Iterator for Notes<'d> {
    type Item = Result<Note<'d>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let offset = self.offset;
            let rest = self.section.bytes.get(offset..)?;
            // Linkers may put zeros between notes, and behind the last one.
            if rest.iter().take(4).all(|byte| *byte == 0) {
                self.offset = offset.checked_add(4)?;
                if rest.is_empty() {
                    return None;
                }
                continue;
            }
            let Some((head, content)) = rest.split_at_checked(HEAD) else {
                return Some(self.malformed("its head is cut off"));
            };
            let sizes = [&head[..4], &head[4..8]].map(|it| self.integer(it));
            let version = self.integer(&head[8..]);
            let [name_size, body_size] = sizes;
            let parts = padded(content, name_size);
            let parts = parts.and_then(|(name, rest)| Some((name, padded(rest, body_size)?)));
            let Some((name, (body, rest))) = parts else {
                return Some(self.malformed("it ends behind its section"));
            };
            self.offset = self.section.bytes.len() - rest.len();
            if name_size == NAME_SIZE && name == NAME {
                let body = &body[..body_size as usize];
                return Some(Ok(Note {
                    offset,
                    version,
                    body,
                }));
            }
        }
    }
}

/// Splits off this number of bytes, and their padding to a multiple of 4. The last padding may be cut off.
fn padded(bytes: &[u8], size: u32) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(size).ok()?;
    let with_padding = size.checked_next_multiple_of(4)?;
    if size <= bytes.len() && bytes.len() < with_padding {
        return Some((bytes, &[]));
    }
    bytes.split_at_checked(with_padding)
}
