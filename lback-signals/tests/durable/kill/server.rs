//! The server of PostgreSQL that is restarted.

use std::process::Command;

use test_support::service;

/// A server that is stopped when this is dropped.
pub(crate) struct Server {
    folder: String,
    url: String,
}

impl Server {
    /// Starts the server of the folder `LBACK_POSTGRES_RESTART_DIR`.
    pub(crate) fn start() -> Self {
        let folder = service("LBACK_POSTGRES_RESTART_DIR");
        let url = script("start", &folder);
        Self { folder, url }
    }

    /// Returns the URL, which stays the same.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server by a command of the script, `stop` or `crash`, and starts it again.
    pub(crate) fn restart(&self, command: &str) {
        script(command, &self.folder);
        script("start", &self.folder);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script("stop", &self.folder);
    }
}

fn script(command: &str, folder: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/postgres.sh");
    let output = Command::new(script).args([command, folder]).output();
    let output = output.expect("the script");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let url = String::from_utf8(output.stdout).expect("a URL");
    url.trim().to_owned()
}
