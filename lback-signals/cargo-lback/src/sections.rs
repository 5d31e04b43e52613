//! Finds the sections of a file that have records.

use object::elf::{FileHeader32, FileHeader64, PT_NOTE};
use object::read::archive::ArchiveFile;
use object::read::elf::{FileHeader, ProgramHeader};
use object::{
    BinaryFormat, Endianness, File, FileKind, Object, ObjectSection, ReadCache, ReadCacheOps,
    ReadRef,
};

use crate::error::Problem;

/// The most bytes of records that are read.
pub(crate) const MAX_BYTES: u64 = 64 << 20;

/// The bytes of one section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<'d> {
    /// The notes.
    pub(crate) bytes: &'d [u8],
    /// The byte order of the target.
    pub(crate) is_big_endian: bool,
}

/// Returns the sections of a program, a library or an archive.
///
/// # Errors
///
/// Returns a [`Problem`] if the format is not known, the headers are damaged, or the sections are too large.
pub(crate) fn sections<R: ReadCacheOps>(file: &ReadCache<R>) -> Result<Vec<Section<'_>>, Problem> {
    let mut sections = Sections::default();
    match FileKind::parse(file).map_err(|_| Problem::UnknownFormat)? {
        FileKind::Archive => {
            let archive = ArchiveFile::parse(file).map_err(damaged)?;
            for member in archive.members() {
                let member = member.map_err(damaged)?;
                // A thin archive only names its members.
                if member.is_thin() {
                    return Err(Problem::Damaged(
                        "a thin archive has no members in it".to_owned(),
                    ));
                }
                let (offset, size) = member.file_range();
                let member = file.range(offset, size);
                // Other members are lists of symbols and metadata.
                if FileKind::parse(member).is_ok() {
                    sections.add(member)?;
                }
            }
        }
        FileKind::MachOFat32 | FileKind::MachOFat64 => return Err(Problem::Universal),
        _ => sections.add(file)?,
    }
    Ok(sections.found)
}

fn damaged(error: object::Error) -> Problem {
    Problem::Damaged(error.to_string().to_lowercase())
}

#[derive(Default)]
struct Sections<'d> {
    found: Vec<Section<'d>>,
    size: u64,
}

impl<'d> Sections<'d> {
    fn add<R: ReadRef<'d>>(&mut self, data: R) -> Result<(), Problem> {
        let file = File::parse(data).map_err(damaged)?;
        let name = match file.format() {
            BinaryFormat::Elf => ".note.lback",
            BinaryFormat::MachO => "__lback",
            BinaryFormat::Wasm => "lback",
            BinaryFormat::Pe | BinaryFormat::Coff => ".lback",
            _ => return Err(Problem::UnknownFormat),
        };
        let is_big_endian = !file.is_little_endian();
        let mut has_sections = false;
        for section in file.sections() {
            has_sections = true;
            if section.name_bytes().is_ok_and(|it| it == name.as_bytes()) {
                self.allow(section.size())?;
                // Never decompressed: a compressed section has no notes.
                let bytes = section.data().map_err(damaged)?;
                self.push(bytes, is_big_endian);
            }
        }
        // A program whose table of sections was stripped, too.
        if !has_sections {
            match FileKind::parse(data) {
                Ok(FileKind::Elf32) => {
                    self.add_segments::<FileHeader32<Endianness>, R>(data, is_big_endian)?;
                }
                Ok(FileKind::Elf64) => {
                    self.add_segments::<FileHeader64<Endianness>, R>(data, is_big_endian)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_segments<H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(
        &mut self,
        data: R,
        is_big_endian: bool,
    ) -> Result<(), Problem> {
        let header = H::parse(data).map_err(damaged)?;
        let endian = header.endian().map_err(damaged)?;
        for segment in header.program_headers(endian, data).map_err(damaged)? {
            // Notes that are aligned to 8 bytes are of others.
            if segment.p_type(endian) == PT_NOTE && segment.p_align(endian).into() <= 4 {
                self.allow(segment.p_filesz(endian).into())?;
                let bytes = segment
                    .data(endian, data)
                    .map_err(|()| Problem::Damaged("a segment ends behind the file".to_owned()))?;
                self.push(bytes, is_big_endian);
            }
        }
        Ok(())
    }

    /// Counts the bytes before they are read.
    fn allow(&mut self, size: u64) -> Result<(), Problem> {
        self.size = self.size.saturating_add(size);
        if self.size > MAX_BYTES {
            return Err(Problem::TooLarge);
        }
        Ok(())
    }

    fn push(&mut self, bytes: &'d [u8], is_big_endian: bool) {
        self.found.push(Section {
            bytes,
            is_big_endian,
        });
    }
}
