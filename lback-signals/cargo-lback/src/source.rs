//! The files that the tool reads: programs, libraries and locks.

use std::fs;
use std::path::{Path, PathBuf};

use lback_signals::__private::tool::{UnknownLine, View};
use object::{FileKind, ReadCache};

use crate::error::{Error, Problem};
use crate::sections::{MAX_BYTES, Section, sections};
use crate::wiring::{Records, Wiring};

/// An opened file. The texts of its wiring borrow from it.
pub(crate) struct Source {
    path: PathBuf,
    content: Content,
}

enum Content {
    Program(ReadCache<fs::File>),
    Lock(String),
}

impl Source {
    /// Opens a file, of which a program is not read as a whole.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let error = |error| Error::Io {
            file: path.to_owned(),
            error,
        };
        let metadata = fs::metadata(path).map_err(error)?;
        // A device or a pipe may have no end.
        if !metadata.is_file() {
            return Err(Error::File {
                file: path.to_owned(),
                problem: Problem::NoFile,
            });
        }
        let program = ReadCache::new(fs::File::open(path).map_err(error)?);
        let content = if FileKind::parse(&program).is_ok() {
            Content::Program(program)
        } else {
            let text = if metadata.len() > MAX_BYTES {
                None
            } else {
                String::from_utf8(fs::read(path).map_err(error)?)
                    .ok()
                    .filter(|text| !text.contains('\0'))
            };
            Content::Lock(text.ok_or_else(|| Error::File {
                file: path.to_owned(),
                problem: Problem::UnknownFormat,
            })?)
        };
        Ok(Self {
            path: path.to_owned(),
            content,
        })
    }

    /// Returns the name of the file, as it was given.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Returns the text of a lock.
    pub(crate) fn text(&self) -> Result<&str, Error> {
        match &self.content {
            Content::Lock(text) => Ok(text),
            Content::Program(_) => Err(self.error(Problem::NoLock)),
        }
    }

    /// Reads the records of a program. A lock has none.
    pub(crate) fn records(&self) -> Result<Option<Records<'_>>, Error> {
        match &self.content {
            Content::Program(program) => records(sections(program)).map(Some),
            Content::Lock(_) => Ok(None),
        }
        .map_err(|problem| self.error(problem))
    }

    /// Returns the wiring of the records, or of the lock.
    pub(crate) fn wiring<'r>(
        &'r self,
        records: Option<&'r Records<'_>>,
    ) -> Result<Wiring<'r>, Error> {
        match (&self.content, records) {
            (Content::Lock(text), _) => {
                let view = View::from_lock(text);
                let view = view.map_err(|UnknownLine { number, text }| {
                    let text = text.chars().take(200).collect();
                    self.error(Problem::UnknownLine { number, text })
                })?;
                Ok(Wiring {
                    view,
                    ..Wiring::default()
                })
            }
            (Content::Program(_), Some(records)) => Ok(records.wiring()),
            (Content::Program(_), None) => Err(self.error(Problem::NoRecords)),
        }
    }

    fn error(&self, problem: Problem) -> Error {
        Error::File {
            file: self.path.clone(),
            problem,
        }
    }
}

fn records(sections: Result<Vec<Section<'_>>, Problem>) -> Result<Records<'_>, Problem> {
    Records::read(&sections?)
}
