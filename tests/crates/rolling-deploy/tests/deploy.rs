//! Versions of a program run beside each other on one database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use test_support::service;
use tokio::runtime::Runtime;

const OLD: &str = env!("CARGO_BIN_EXE_old-version");
const NEW: &str = env!("CARGO_BIN_EXE_new-version");
const NEWEST: &str = env!("CARGO_BIN_EXE_newest-version");

/// A time that no successful test needs.
const DEADLINE: Duration = Duration::from_mins(1);

/// How often each order was booked and mailed.
#[derive(Debug, Default)]
struct Lines(Mutex<BTreeMap<String, u32>>);

impl Lines {
    /// Returns the orders after a word, each of which is there once.
    fn orders(&self, word: &str) -> BTreeSet<i64> {
        let lines = self.0.lock().unwrap();
        let of_word = lines.iter().filter_map(|(line, times)| {
            let order = line.strip_prefix(word)?.trim().parse().unwrap();
            assert_eq!(*times, 1, "{line}");
            Some(order)
        });
        of_word.collect()
    }

    fn has(&self, line: &str) -> bool {
        self.0.lock().unwrap().contains_key(line)
    }
}

/// A running version. Dropping it kills it.
struct Version {
    process: Child,
    lines: Arc<Lines>,
    reader: Option<JoinHandle<()>>,
}

impl Version {
    fn start(program: &str, url: &str, orders: Range<i64>, arguments: &[&str]) -> Self {
        let mut process = Command::new(program)
            .arg(url)
            .arg(orders.start.to_string())
            .arg((orders.end - orders.start).to_string())
            .args(arguments)
            // Cargo's configuration of the workspace turns it off.
            .env("LBACK_STDERR", "on")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Lines::default());
        let stdout = process.stdout.take().unwrap();
        let reader = Some(thread::spawn({
            let lines = Arc::clone(&lines);
            move || read(stdout, &lines)
        }));
        Self {
            process,
            lines,
            reader,
        }
    }

    fn wait_until_sent(&self) {
        until(|| self.lines.has("ready"));
    }

    /// Closes its standard input, whereupon it ends. Returns what it has printed.
    fn end(self) -> Arc<Lines> {
        let (lines, errors) = self.end_with_errors();
        assert_eq!(errors, "", "failures are lines on standard error");
        lines
    }

    /// Closes its standard input, whereupon it ends. Returns what it has printed, and its standard error.
    fn end_with_errors(mut self) -> (Arc<Lines>, String) {
        drop(self.process.stdin.take());
        let status = self.process.wait().unwrap();
        let mut errors = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert!(status.success(), "{status}: {errors}");
        self.reader.take().unwrap().join().unwrap();
        (Arc::clone(&self.lines), errors)
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(stdout: ChildStdout, lines: &Lines) {
    for line in BufReader::new(stdout).lines() {
        let mut lines = lines.0.lock().unwrap();
        *lines.entry(line.unwrap()).or_default() += 1;
    }
}

fn until(mut is_met: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_met() {
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The database of a test.
struct Database {
    url: String,
    runtime: Runtime,
    _folder: TempDir,
}

impl Database {
    fn in_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!(
                "sqlite:{}?mode=rwc",
                folder.path().join("shop.db").display()
            ),
            runtime: Runtime::new().unwrap(),
            _folder: folder,
        }
    }

    /// A schema of this name.
    fn in_postgres(schema: &str) -> Self {
        let server = service("LBACK_POSTGRES_URL");
        let runtime = Runtime::new().unwrap();
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let create = sqlx::raw_sql(AssertSqlSafe(create));
            create.execute(&mut connection).await.unwrap();
        });
        Self {
            url: format!("{server}?options=-csearch_path%3D{schema}"),
            runtime,
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Returns the deliveries of each receiver.
    fn deliveries(&self) -> Vec<(String, i64)> {
        self.select(
            "SELECT receiver, count(*) FROM lback_delivery GROUP BY receiver ORDER BY receiver",
        )
    }

    /// Returns the stored signals of each name.
    fn signals(&self) -> Vec<(String, i64)> {
        self.select("SELECT name, count(*) FROM lback_signal GROUP BY name ORDER BY name")
    }

    /// Returns the highest attempt of each receiver.
    fn attempts(&self) -> Vec<(String, i64)> {
        self.select(
            "SELECT receiver, max(attempt) FROM lback_delivery GROUP BY receiver ORDER BY receiver",
        )
    }

    fn select(&self, query: &'static str) -> Vec<(String, i64)> {
        self.runtime.block_on(async {
            if self.url.starts_with("postgres:") {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_as(query)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            } else {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_as(query)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            }
        })
    }
}

/// Both send and work at once. The old version ends last.
fn both_run(database: &Database) {
    const ORDERS: i64 = 50;
    let old = Version::start(OLD, &database.url, 0..ORDERS, &[]);
    until(|| !old.lines.orders("mailed").is_empty());
    let new = Version::start(NEW, &database.url, ORDERS..2 * ORDERS, &[]);
    old.wait_until_sent();
    new.wait_until_sent();
    until(|| database.deliveries().is_empty());
    let (new, old) = (new.end(), old.end());

    assert_eq!(old.orders("booked"), (0..ORDERS).collect());
    assert_eq!(new.orders("booked"), (ORDERS..2 * ORDERS).collect());
    let (by_old, by_new) = (old.orders("mailed"), new.orders("mailed"));
    assert!(by_old.is_disjoint(&by_new), "{by_old:?} {by_new:?}");
    assert!(by_new.is_superset(&new.orders("booked")));
    let all: BTreeSet<_> = by_old.union(&by_new).copied().collect();
    assert_eq!(all, (0..2 * ORDERS).collect());
}

/// Deliveries wait for the version that knows their receiver and their payload.
fn each_waits_for_its_version(database: &Database) {
    Version::start(OLD, &database.url, 0..3, &["send"]).end();
    Version::start(NEW, &database.url, 3..6, &["send"]).end();
    let old = Version::start(OLD, &database.url, 6..6, &[]);
    let left = counts(&[("book-stock", 3), ("push-legacy", 3), ("send-receipt", 3)]);
    until(|| database.deliveries() == left);
    let old = old.end();
    assert_eq!(old.orders("booked"), (0..3).collect());
    assert_eq!(old.orders("mailed"), (0..3).collect());
    let untouched = counts(&[("book-stock", 0), ("push-legacy", 0), ("send-receipt", 0)]);
    assert_eq!(database.attempts(), untouched);

    Version::start(OLD, &database.url, 6..9, &["send"]).end();
    let new = Version::start(NEW, &database.url, 9..9, &[]);
    until(|| database.deliveries() == counts(&[("book-stock", 3), ("push-legacy", 3)]));
    let new = new.end();
    assert_eq!(new.orders("booked"), (3..6).collect());
    assert_eq!(new.orders("mailed"), (3..9).collect());
    let untouched = counts(&[("book-stock", 0), ("push-legacy", 0)]);
    assert_eq!(database.attempts(), untouched);
}

/// Returns how many deliveries a version says that it has discarded.
fn discarded(errors: &str) -> usize {
    let counts = errors.lines().map(|line| {
        let count = line.strip_prefix("lback-signals: discarded ");
        let count = count
            .and_then(|rest| rest.split_once(" deliveries of the retired receiver `push-legacy`"));
        let (count, _hint) = count.unwrap_or_else(|| panic!("{line}"));
        count.parse::<usize>().unwrap()
    });
    counts.sum()
}

fn counts(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    let expected = expected.iter();
    expected
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

/// Rows of three versions wait: the newest delivers all of them, and discards those of the receiver that it removed.
fn the_newest_delivers_the_rows_of_all(database: &Database) {
    Version::start(OLD, &database.url, 0..3, &["send"]).end();
    Version::start(NEW, &database.url, 3..6, &["send"]).end();
    Version::start(NEWEST, &database.url, 6..9, &["send"]).end();
    let newest = Version::start(NEWEST, &database.url, 9..9, &[]);
    until(|| database.deliveries().is_empty());
    let (newest, errors) = newest.end_with_errors();
    assert_eq!(newest.orders("booked"), (0..9).collect());
    assert_eq!(newest.orders("mailed"), (0..9).collect());
    assert_eq!(discarded(&errors), 6);
    assert_eq!(database.signals(), []);
}

/// The same on the way back: each version delivers what it knows, and leaves the rest as it was.
fn each_delivers_its_own_on_the_way_back(database: &Database) {
    Version::start(NEWEST, &database.url, 0..3, &["send"]).end();
    Version::start(NEW, &database.url, 3..6, &["send"]).end();
    Version::start(OLD, &database.url, 6..9, &["send"]).end();

    let old = Version::start(OLD, &database.url, 9..9, &[]);
    let left = counts(&[
        ("book-stock", 6),
        ("push-legacy", 3),
        ("send-bill", 3),
        ("send-receipt", 3),
    ]);
    until(|| database.deliveries() == left);
    let old = old.end();
    assert_eq!(old.orders("booked"), (6..9).collect());
    assert_eq!(old.orders("mailed"), (6..9).collect());
    assert_eq!(old.orders("pushed"), (6..9).collect());
    let untouched = counts(&[
        ("book-stock", 0),
        ("push-legacy", 0),
        ("send-bill", 0),
        ("send-receipt", 0),
    ]);
    assert_eq!(database.attempts(), untouched);

    let new = Version::start(NEW, &database.url, 9..9, &[]);
    let left = counts(&[("book-stock", 3), ("send-bill", 3)]);
    until(|| database.deliveries() == left);
    let new = new.end();
    assert_eq!(new.orders("booked"), (3..6).collect());
    assert_eq!(new.orders("mailed"), (3..6).collect());
    assert_eq!(new.orders("pushed"), (3..6).collect());
    let untouched = counts(&[("book-stock", 0), ("send-bill", 0)]);
    assert_eq!(database.attempts(), untouched);

    let newest = Version::start(NEWEST, &database.url, 9..9, &[]);
    until(|| database.deliveries().is_empty());
    let newest = newest.end();
    assert_eq!(newest.orders("booked"), (0..3).collect());
    assert_eq!(newest.orders("mailed"), (0..3).collect());
}

/// Before a version starts, its check and its lock say which rows it would leave.
fn the_check_names_the_rows_that_would_wait(database: &Database) {
    Version::start(OLD, &database.url, 0..2, &["send"]).end();
    Version::start(NEW, &database.url, 2..5, &["send"]).end();
    Version::start(NEWEST, &database.url, 5..6, &["send"]).end();
    let folder = tempfile::tempdir().unwrap();
    let stranded_of = |program: &str| {
        let lock = Command::new(program).arg("lock").output().unwrap();
        let file = folder.path().join("signals.lock");
        fs::write(&file, lock.stdout).unwrap();
        let by_lock = ["check", file.to_str().unwrap()];
        let [by_itself, by_lock] =
            [(program, &by_lock[..1]), (OLD, &by_lock)].map(|(by, check)| {
                let lines = Version::start(by, &database.url, 9..9, check).end();
                let lines = lines.0.lock().unwrap();
                let lines = lines.keys().filter(|line| *line != "ready");
                let starts = lines.map(|line| line.split([';', '(']).next().unwrap().to_owned());
                starts.collect::<Vec<_>>()
            });
        assert_eq!(by_itself, by_lock);
        by_lock
    };
    let of = |count: &str, form: &str, why: &str| format!("{count} of `order.{form}: {why}");
    let unknown = "no receiver has the name";
    let up_to = "the program reads versions up to 1";
    assert_eq!(
        stranded_of(OLD),
        [
            of("1 delivery", "placed` v3 for `book-stock`", up_to),
            of("1 delivery", "shipped` v1 for `send-bill`", unknown),
            of("3 deliveries", "placed` v2 for `book-stock`", up_to),
            of("3 deliveries", "placed` v2 for `push-legacy`", up_to),
            of("3 deliveries", "shipped` v1 for `send-receipt`", unknown),
        ]
    );
    let up_to = "the program reads versions up to 2";
    let from = "the program reads versions from 2";
    assert_eq!(
        stranded_of(NEW),
        [
            of("1 delivery", "placed` v3 for `book-stock`", up_to),
            of("1 delivery", "shipped` v1 for `send-bill`", unknown),
            of("2 deliveries", "placed` v1 for `book-stock`", from),
            of("2 deliveries", "placed` v1 for `push-legacy`", from),
        ]
    );
    assert_eq!(stranded_of(NEWEST), [] as [String; 0]);
}

#[test]
fn the_check_names_the_rows_that_would_wait_in_sqlite() {
    the_check_names_the_rows_that_would_wait(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn the_check_names_the_rows_that_would_wait_in_postgres() {
    the_check_names_the_rows_that_would_wait(&Database::in_postgres("rolling_deploy_check"));
}

#[test]
fn rows_of_three_versions_wait_for_the_newest_in_sqlite() {
    the_newest_delivers_the_rows_of_all(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn rows_of_three_versions_wait_for_the_newest_in_postgres() {
    the_newest_delivers_the_rows_of_all(&Database::in_postgres("rolling_deploy_newest"));
}

#[test]
fn three_versions_step_back_in_sqlite() {
    each_delivers_its_own_on_the_way_back(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn three_versions_step_back_in_postgres() {
    each_delivers_its_own_on_the_way_back(&Database::in_postgres("rolling_deploy_back"));
}

#[test]
fn both_versions_run_in_sqlite() {
    both_run(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn both_versions_run_in_postgres() {
    both_run(&Database::in_postgres("rolling_deploy_both"));
}

#[test]
fn deliveries_wait_for_their_version_in_sqlite() {
    each_waits_for_its_version(&Database::in_sqlite());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn deliveries_wait_for_their_version_in_postgres() {
    each_waits_for_its_version(&Database::in_postgres("rolling_deploy_waits"));
}
