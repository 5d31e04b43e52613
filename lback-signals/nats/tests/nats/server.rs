//! A NATS server as a child process.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::{Client, ConnectOptions};
use tempfile::TempDir;
use tokio::time::sleep;

pub(crate) struct Server {
    folder: TempDir,
    pub(crate) port: u16,
    config: String,
    environment: Vec<(String, String)>,
    process: Option<Child>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with_max_payload(4 << 20).await
    }

    pub(crate) async fn with_max_payload(max_payload: usize) -> Self {
        let mut server = Self::stopped(format!("max_payload: {max_payload}\n"), &[]);
        server.restart().await;
        server
    }

    /// Starts it with accounts, whose passwords are variables of its environment.
    pub(crate) fn with_accounts(accounts: &str, passwords: &[(String, String)]) -> Self {
        let mut server = Self::stopped(accounts.to_owned(), passwords);
        server.spawn();
        server
    }

    fn stopped(config: String, environment: &[(String, String)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            port: listener.local_addr().unwrap().port(),
            config,
            environment: environment.to_vec(),
            process: None,
        }
    }

    fn spawn(&mut self) {
        let file = self.folder.path().join("server.conf");
        let text = format!(
            "listen: \"127.0.0.1:{}\"\njetstream {{ store_dir: \"{}\" }}\n{}\n",
            self.port,
            self.store().display(),
            self.config,
        );
        fs::write(&file, text).unwrap();
        let log = fs::File::create(self.folder.path().join("server.log")).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let process = Command::new("nats-server")
            .arg("-c")
            .arg(file)
            .envs(self.environment.iter().cloned())
            // Debian's folder of servers.
            .env("PATH", format!("{path}:/usr/sbin"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("`nats-server` is installed: `apt-get install nats-server`");
        self.process = Some(process);
    }

    /// Starts it again, on the same port and with the same store.
    pub(crate) async fn restart(&mut self) {
        self.stop();
        self.spawn();
        // Its JetStream answers.
        let client = self.client().await;
        while client.request("$JS.API.INFO", "".into()).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills it, as a crash does.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Ends it with a signal, so that it writes the state of its consumers.
    pub(crate) fn shut_down(&mut self) {
        if let Some(mut process) = self.process.take() {
            let pid = process.id().to_string();
            let ended = Command::new("kill").args(["-TERM", &pid]).status();
            assert!(ended.unwrap().success());
            process.wait().unwrap();
        }
    }

    /// Copies the store, of a server that is stopped.
    pub(crate) fn save(&self) -> PathBuf {
        let copy = self.folder.path().join("saved");
        copy_folder(&self.store(), &copy);
        copy
    }

    /// Puts an earlier copy of the store back.
    pub(crate) fn put_back(&self, saved: &Path) {
        fs::remove_dir_all(self.store()).unwrap();
        copy_folder(saved, &self.store());
    }

    /// Puts an earlier copy of the messages of a stream back, and keeps its consumers.
    pub(crate) fn put_back_messages(&self, saved: &Path, stream: &str) {
        let messages = Path::new("jetstream/$G/streams").join(stream).join("msgs");
        let stored = self.store().join(&messages);
        fs::remove_dir_all(&stored).unwrap();
        copy_folder(&saved.join(messages), &stored);
    }

    pub(crate) fn remove_store(&self) {
        fs::remove_dir_all(self.store()).unwrap();
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(crate) async fn client(&self) -> Client {
        client(self.port).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns a client that connects, and connects again, soon.
pub(crate) async fn client(port: u16) -> Client {
    loop {
        let options = ConnectOptions::new()
            .reconnect_delay_callback(|_| Duration::from_millis(50))
            .request_timeout(Some(Duration::from_secs(2)));
        match options.connect(format!("127.0.0.1:{port}")).await {
            Ok(client) => return client,
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
