//! The moment at which a round's calls are killed.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::round::Started;
use crate::database::Database;
use crate::world::World;

#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// Not at all.
    Never,
    After(Duration),
    /// As soon as so many changes of the database are seen.
    Commit(usize),
    /// As soon as so many mails are seen.
    Mail(usize),
    /// As soon as so many of them have said something.
    Word(usize),
}

/// Looks out for a moment.
pub(super) struct Watch<'a> {
    moment: Moment,
    mails: &'a Path,
    start: Instant,
    /// Of a moment that is seen in the database, which is not opened for any other: closing it can
    /// put the file in order.
    database: Option<(Database, String)>,
    commits: usize,
}

impl<'a> Watch<'a> {
    pub(super) fn new(world: &World, moment: Moment, mails: &'a Path) -> Self {
        let database = matches!(moment, Moment::Commit(_)).then(|| {
            let mut database = Database::open(world);
            let version = database.version();
            (database, version)
        });
        Self {
            moment,
            mails,
            start: Instant::now(),
            database,
            commits: 0,
        }
    }

    /// Until it is the moment, or no process is left.
    pub(super) fn wait(&mut self, started: &mut [Started]) {
        while !self.is_now(started) && !started.iter_mut().all(Started::has_ended) {
            sleep(Duration::from_micros(50));
        }
    }

    fn is_now(&mut self, started: &[Started]) -> bool {
        match self.moment {
            Moment::Never => false,
            Moment::After(time) => self.start.elapsed() >= time,
            Moment::Commit(number) => self.commits() >= number,
            Moment::Mail(number) => count(self.mails) >= number,
            Moment::Word(number) => {
                let saying = started.iter().filter(|one| one.has_said_something());
                saying.count() >= number
            }
        }
    }

    fn commits(&mut self) -> usize {
        if let Some((database, version)) = &mut self.database {
            let now = database.version();
            if *version != now {
                *version = now;
                self.commits += 1;
            }
        }
        self.commits
    }
}

/// How many mails there are.
fn count(folder: &Path) -> usize {
    let files = fs::read_dir(folder).into_iter().flatten();
    files
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|end| end == "eml"))
        .count()
}
