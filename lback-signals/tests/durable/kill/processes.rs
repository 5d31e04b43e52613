//! Child processes that are killed and paused.

use std::process::{Child, Command, Stdio};

use test_support::child_process;

use super::database::{Database, Kind};
use super::programs::Role;

/// A child process. Dropping it kills it.
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(role: Role, database: &Database<'_>) -> Self {
        let mut command = child_process().expect("this is not a child process");
        if let Kind::Postgres(server) = database.kind {
            command.env(Database::URL, server.url());
        }
        let child = command
            .env(Role::VARIABLE, role.to_string())
            .env(Database::FOLDER, &database.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a child process");
        Self(child)
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Kills it, also while it is paused.
    pub(super) fn kill(&mut self) {
        self.0.kill().expect("the process has not been waited for");
        self.0.wait().expect("the process ends");
    }

    pub(super) fn pause(&self) {
        self.signal("STOP");
    }

    pub(super) fn resume(&self) {
        self.signal("CONT");
    }

    /// Closes its standard input, whereupon it ends, and waits for it.
    pub(super) fn end(&mut self) {
        drop(self.0.stdin.take());
        let status = self.0.wait().expect("the process ends");
        assert!(status.success(), "a worker failed: {status}");
    }

    fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.expect("the command `kill`").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
