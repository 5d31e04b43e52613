//! Calls that are started at once, and killed at some moment.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::call::Call;
use super::database::Database;
use crate::world::World;

/// When all calls of a round are killed.
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

/// What has come of a call.
#[derive(Debug)]
pub(super) struct End {
    /// Its exit code, if it was not killed.
    pub(super) code: Option<i32>,
    pub(super) said: String,
    #[expect(dead_code, reason = "it is shown when a test fails")]
    pub(super) complained: String,
}

impl End {
    pub(super) fn is_killed(&self) -> bool {
        self.code.is_none()
    }

    /// That it is done, or that it is refused.
    pub(super) fn is_said(&self) -> bool {
        self.said.ends_with('\n')
    }

    pub(super) fn is_refusal(&self) -> bool {
        self.said.starts_with("denied")
    }
}

/// Where the mails of a round are whose first call is this one.
pub(super) fn mails(world: &World, first: usize) -> PathBuf {
    world.folder().join(format!("mails-{first}"))
}

/// Runs them, the first of which is the one with this number, and kills them so long after a moment.
pub(super) fn run(
    world: &World,
    first: usize,
    calls: &[Call],
    moment: Moment,
    lag: Duration,
) -> Vec<End> {
    let mails = mails(world, first);
    let mut watch = Watch::new(world, moment, &mails);
    let numbered = (first..).zip(calls);
    let mut started: Vec<_> = numbered
        .map(|(number, call)| Started::new(world, number, call, &mails))
        .collect();
    watch.wait(&mut started);
    if !matches!(moment, Moment::Never) {
        sleep(lag);
    }
    for one in &mut started {
        // SIGKILL, also known as 9. It may have ended.
        one.child.kill().unwrap();
    }
    started.into_iter().map(Started::end).collect()
}

struct Started {
    child: Child,
    said: PathBuf,
    complained: PathBuf,
}

impl Started {
    fn new(world: &World, number: usize, call: &Call, mails: &Path) -> Self {
        let file = |kind| world.folder().join(format!("{number}.{kind}"));
        let (said, complained) = (file("out"), file("err"));
        let mut child = world
            .call(&["--request-id", &number.to_string()])
            .arg("--mail")
            .arg(mails)
            .args(call.arguments())
            .stdin(Stdio::piped())
            .stdout(File::create(&said).unwrap())
            .stderr(File::create(&complained).unwrap())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for line in call.lines() {
            // One that needs none may have ended by now.
            let _ = writeln!(stdin, "{line}");
        }
        Self {
            child,
            said,
            complained,
        }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    fn has_said_something(&self) -> bool {
        fs::metadata(&self.said).unwrap().len() > 0
    }

    fn end(mut self) -> End {
        let status = self.child.wait().unwrap();
        if status.code().is_none() {
            assert_eq!(status.signal(), Some(9));
        }
        End {
            code: status.code(),
            said: fs::read_to_string(self.said).unwrap(),
            complained: fs::read_to_string(self.complained).unwrap(),
        }
    }
}

/// Looks out for a moment.
struct Watch<'a> {
    moment: Moment,
    mails: &'a Path,
    start: Instant,
    /// Of a moment that is seen in the database, which is not opened for any other: closing it can
    /// put the file in order.
    database: Option<(Database, String)>,
    commits: usize,
}

impl<'a> Watch<'a> {
    fn new(world: &World, moment: Moment, mails: &'a Path) -> Self {
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

    /// Until it is the moment, or there is nobody left.
    fn wait(&mut self, started: &mut [Started]) {
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
