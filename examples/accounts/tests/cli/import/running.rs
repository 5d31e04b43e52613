//! An import that runs, and is watched by what it says is left behind.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use rusqlite::Connection;

use crate::database::Database;
use crate::world::World;

/// Makes these rows of a file unusable, each of which has a warning when its batch is committed.
pub(super) fn break_rows(file: &Path, which: &str) -> usize {
    let update = format!("UPDATE users SET password = 'broken' WHERE {which}");
    Connection::open(file)
        .unwrap()
        .execute(&update, ())
        .unwrap()
}

pub(super) struct Running {
    process: Child,
    warnings: BufReader<ChildStderr>,
}

impl Running {
    pub(super) fn start(world: &World, file: &Path) -> Self {
        let mut process = world
            .call(&["import", "lback", file.to_str().unwrap(), "--keep-tokens"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let warnings = BufReader::new(process.stderr.take().unwrap());
        Self { process, warnings }
    }

    /// Waits until so many more rows are said to be skipped, or it has ended.
    pub(super) fn wait_for_skipped(&mut self, rows: usize) {
        let mut line = String::new();
        for _ in 0..rows {
            line.clear();
            if self.warnings.read_line(&mut line).unwrap() == 0 {
                return;
            }
        }
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Kills it by `kill -9`, unless it has ended, and says whether it was killed.
    pub(super) fn kill(mut self, world: &World) -> bool {
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        assert!(status.success() || status.signal() == Some(9), "{status}");
        Database::wait_for_the_killed(world);
        !status.success()
    }

    /// Reads what it says, until it ends as it should.
    pub(super) fn end(mut self) -> String {
        self.warnings.read_to_end(&mut Vec::new()).unwrap();
        let output = self.process.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }
}
