//! The errors of the tool.

use std::io;
use std::path::PathBuf;

/// Error returned when a file cannot be read as a program or a lock.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be opened or read.
    #[error("{} cannot be read: {error}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The file is not a program, library or lock, or is damaged.
    #[error("{} {problem}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The problem of its content.
        problem: Problem,
    },
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
}

/// A problem of the content of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// A folder, a device or a pipe.
    #[error("is not a regular file")]
    NoFile,
    /// The format is not known.
    #[error("is neither a program or library of ELF, Mach-O, PE or WebAssembly nor a signals.lock")]
    UnknownFormat,
    /// A program where a lock is expected.
    #[error("is not a signals.lock")]
    NoLock,
    /// A file for several architectures.
    #[error("is a universal file: extract one architecture with `lipo -thin`")]
    Universal,
    /// The headers of the file are damaged.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// No section has records.
    #[error(
        "has no records of lback: it contains no signals, or was built with `--cfg lback_no_records` or by a \
         release of lback-signals without records"
    )]
    NoRecords,
    /// The records are larger than the limit.
    #[error("has more than 64 MiB of records, which no program of lback has")]
    TooLarge,
    /// There are more records, or items in them, than the limit.
    #[error("has more than {0}, which no program of lback has")]
    TooMany(&'static str),
    /// A record is malformed.
    #[error("has a damaged record at byte {offset} of its records: {what}")]
    Malformed {
        /// The offset of the record.
        offset: usize,
        /// The problem, as a clause.
        what: &'static str,
    },
    /// A line of a lock is not known.
    #[error(
        "has an unknown line {number}: `{text}`; remove it, or install the cargo-lback of the release that has \
         written the file"
    )]
    UnknownLine {
        /// The number of the line, starting at 1.
        number: usize,
        /// The line.
        text: String,
    },
}
