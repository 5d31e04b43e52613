//! Calls that are started at once, and killed at some moment.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::call::Call;
use super::moment::{Moment, Watch};
use crate::world::World;

/// The outcome of a call.
#[derive(Debug)]
pub(super) struct End {
    /// Its exit code, if it was not killed.
    pub(super) code: Option<i32>,
    pub(super) said: String,
    pub(super) complained: String,
}

impl End {
    pub(super) fn is_killed(&self) -> bool {
        self.code.is_none()
    }

    /// Returns whether it has reported a success or a refusal.
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

/// Sets the folder of the mails of a command.
pub(super) fn mailing(mut call: Command, world: &World, first: usize) -> Command {
    call.arg("--mail").arg(mails(world, first));
    call
}

pub(super) struct Started {
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

    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(super) fn has_said_something(&self) -> bool {
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
