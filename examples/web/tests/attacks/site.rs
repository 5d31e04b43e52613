//! The application, served in this process.

use std::fs;
use std::future::pending;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use clap::Parser;
use lback_auth::{Hasher, User};
use lback_signals::durable::{DeliveryFilter, DeliveryState, OutboxAdmin, Worker};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;
use web::{App, Cli, routes, serve_connections};

use super::client::{Request, Response};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

const PUBLIC: &str = "https://accounts.example.org";

const DATA: &str = "data";

pub(crate) struct Site {
    pub(crate) app: App,
    /// Without `--url`.
    pub(crate) address: SocketAddr,
    /// Another listener on the same database, with `--url`.
    pub(crate) public: SocketAddr,
    folder: TempDir,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

static SITE: LazyLock<Mutex<Site>> = LazyLock::new(|| Mutex::new(RUNTIME.block_on(Site::start())));

/// The log of the process, which has each statement.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

static LOG: LazyLock<Log> = LazyLock::new(Log::default);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a test, and no other one at the same time, so that it can count hashes and statements.
pub(crate) fn with_site(test: impl AsyncFnOnce(&Site)) {
    let site = SITE.lock().unwrap_or_else(PoisonError::into_inner);
    RUNTIME.block_on(test(&site));
}

impl Site {
    async fn start() -> Self {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::DEBUG)
            .with_ansi(false)
            .with_writer(|| LOG.clone())
            .init();
        Hasher::insecure_for_tests().install().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join(DATA);
        let path = data.to_str().unwrap();
        let (app, address) = serve(&["web", "--data", path]).await;
        app.install().unwrap();
        let (_, public) = serve(&[
            "web",
            "--data",
            path,
            "--url",
            PUBLIC,
            "--trusted-proxies",
            "0",
        ])
        .await;
        Self {
            app,
            address,
            public,
            folder,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new(self.address, "GET", path)
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        Request::new(self.address, "POST", path).form(fields)
    }

    /// Returns the data folder. The program has created it, since it refuses a folder that other users can open.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(DATA)
    }

    /// Returns the path of the page of the mails, which has a secret.
    pub(crate) fn mails_page(&self) -> String {
        let url = self.app.mails_url().unwrap();
        let path = url.strip_prefix(&format!("http://{}", self.address));
        path.unwrap().to_owned()
    }

    /// Creates an account with a verified address, `NAME@example.org`.
    pub(crate) async fn register(&self, name: &str) {
        self.register_at(name, &format!("{name}@example.org")).await;
    }

    pub(crate) async fn register_at(&self, name: &str, email: &str) {
        let user = User::new(name, email).unwrap();
        self.app.accounts().register(user, PASSWORD).await.unwrap();
        self.sql(&format!(
            "UPDATE lback_account SET verified_email = email WHERE email = '{email}'"
        ))
        .await;
        self.deliver().await;
    }

    pub(crate) async fn register_operator(&self, name: &str) {
        self.register(name).await;
        self.sql(&format!(
            "INSERT INTO operator SELECT id FROM lback_account WHERE username = '{name}'"
        ))
        .await;
    }

    pub(crate) async fn sign_in(&self, login: &str) -> String {
        let response = self.try_sign_in(login, PASSWORD).send().await;
        assert_eq!(response.status, 303, "{}", response.body);
        response.cookie().unwrap()
    }

    pub(crate) fn try_sign_in(&self, login: &str, password: &str) -> Request {
        self.post(
            "/sign-in",
            &[("login", login), ("password", password), ("return_to", "/")],
        )
    }

    pub(crate) async fn sql(&self, statement: &str) {
        let pool = self.app.accounts().store().pool();
        sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(pool)
            .await
            .unwrap();
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        let pool = self.app.accounts().store().pool();
        sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned()))
            .fetch_one(pool)
            .await
            .unwrap()
    }

    /// Sends the mails that wait. No worker runs otherwise, so that a test can count the statements of a request.
    pub(crate) async fn deliver(&self) {
        let worker = Worker::new(self.app.outbox()).spawn().unwrap();
        while self.has_open_deliveries().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        worker.shutdown().await;
    }

    /// Returns whether a delivery is not a dead letter. Counts by state would miss a delivery that changes its state
    /// between two counts.
    async fn has_open_deliveries(&self) -> bool {
        let dead = DeliveryFilter {
            state: Some(DeliveryState::Dead),
            ..DeliveryFilter::default()
        };
        // Dead letters first: one that is added later makes the next count differ.
        let dead = self.app.outbox().count(&dead).await.unwrap();
        let all = DeliveryFilter::default();
        self.app.outbox().count(&all).await.unwrap() > dead
    }

    /// Sends the mails that wait, and returns those to an address, oldest first.
    pub(crate) async fn mails(&self, to: &str) -> Vec<String> {
        self.deliver().await;
        let files = fs::read_dir(self.data().join("mails")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        let mails = files.iter().map(|file| fs::read_to_string(file).unwrap());
        mails
            .filter(|mail| mail.contains(&format!("\r\nTo: {to}\r\n")))
            .collect()
    }

    /// Sends the mails that wait, and returns the links of those to an address, oldest first.
    pub(crate) async fn links(&self, to: &str) -> Vec<String> {
        let mails = self.mails(to).await;
        let links = mails.iter().filter_map(|mail| {
            let mut lines = mail.lines();
            lines.find(|line| line.starts_with("http"))
        });
        links.map(str::to_owned).collect()
    }

    /// Returns the path of the last link that was mailed to an address.
    pub(crate) async fn last_link(&self, to: &str) -> String {
        let link = self.links(to).await.pop().unwrap();
        link.strip_prefix(&format!("http://{}", self.address))
            .unwrap()
            .to_owned()
    }

    /// Sends a request, and returns its response with the hashes that it computed and its statements.
    pub(crate) async fn measure(&self, request: &Request) -> (Response, u64, Vec<String>) {
        let hashes = Hasher::current().stats().hashes();
        LOG.0.lock().unwrap().clear();
        let response = request.send().await;
        let log = String::from_utf8(LOG.0.lock().unwrap().clone()).unwrap();
        let statements = log.lines().filter_map(|line| {
            let (_, statement) = line.split_once("sqlx::query: summary=")?;
            Some(statement.split(" db.statement").next()?.to_owned())
        });
        (
            response,
            Hasher::current().stats().hashes() - hashes,
            statements.collect(),
        )
    }
}

async fn serve(arguments: &[&str]) -> (App, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = App::open(Cli::parse_from(arguments).settings(), address)
        .await
        .unwrap();
    RUNTIME.spawn(serve_connections(listener, routes(&app), pending()));
    (app, address)
}
