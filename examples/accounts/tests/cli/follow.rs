//! Following the audit log while others write.

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection as Sqlite;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::schema::runtime;
use crate::world::World;

/// More than are read at a time.
const MANY: i64 = 1200;

/// Long enough for what takes a moment.
const DEADLINE: Duration = Duration::from_mins(1);

/// `audit --follow`, which is killed at the end.
struct Follower {
    child: Child,
    numbers: Receiver<i64>,
}

impl Follower {
    fn new(world: &World) -> Self {
        let (child, lines) = follow(world);
        let (sender, numbers) = mpsc::channel();
        thread::spawn(move || {
            for line in lines {
                let entry: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(entry["number"].as_i64().unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { child, numbers }
    }

    /// The next numbers that it shows, in order.
    fn next(&self, count: i64) -> Vec<i64> {
        let shown = (0..count).map(|_| self.numbers.recv_timeout(DEADLINE).unwrap());
        let mut shown: Vec<_> = shown.collect();
        shown.sort_unstable();
        shown
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn follow(world: &World) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut call = world.call(&["audit", "--follow", "--json"]);
    let mut child = call.stdout(Stdio::piped()).spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    (child, BufReader::new(stdout).lines())
}

/// Adds entries of this outcome at the present, numbered as they come.
fn append(count: i64, now: &str) -> String {
    format!(
        "INSERT INTO lback_audit (at, signal, outcome) WITH RECURSIVE counted (n) AS \
         (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count}) \
         SELECT {now}, 'user_authenticated', 'granted' FROM counted"
    )
}

const NOW_IN_SQLITE: &str = "unixepoch() * 1000000";
const NOW_IN_POSTGRES: &str = "CAST(extract(epoch FROM now()) * 1000000 AS BIGINT)";

fn in_sqlite() -> (World, Sqlite) {
    let world = World::sqlite();
    assert!(world.run(&["purge"], &[]).status.success());
    let database = Sqlite::open(world.folder().join("accounts.db")).unwrap();
    (world, database)
}

#[test]
fn entries_that_appear_late_are_shown_however_many_they_are() {
    let (world, database) = in_sqlite();
    let append = append(MANY + 1, NOW_IN_SQLITE);
    let hide = format!(
        "{append}; CREATE TABLE hidden AS SELECT * FROM lback_audit WHERE number <= {MANY};
         DELETE FROM lback_audit WHERE number <= {MANY}"
    );
    database.execute_batch(&hide).unwrap();
    let follower = Follower::new(&world);
    assert_eq!(follower.next(1), [MANY + 1]);

    let appear = "INSERT INTO lback_audit SELECT * FROM hidden";
    database.execute(appear, ()).unwrap();
    assert_eq!(follower.next(MANY), (1..=MANY).collect::<Vec<_>>());
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn entries_of_a_long_transaction_are_shown_when_it_commits() {
    let world = World::postgres();
    assert!(world.run(&["purge"], &[]).status.success());
    let append = |count| AssertSqlSafe(append(count, NOW_IN_POSTGRES));
    runtime().block_on(async {
        let mut long = PgConnection::connect(&world.database).await.unwrap();
        let mut short = PgConnection::connect(&world.database).await.unwrap();
        let mut transaction = long.begin().await.unwrap();
        let appended = sqlx::raw_sql(append(MANY)).execute(&mut *transaction);
        appended.await.unwrap();
        // One that comes to nothing.
        let mut failed = short.begin().await.unwrap();
        let appended = sqlx::raw_sql(append(1)).execute(&mut *failed).await;
        appended.unwrap();
        failed.rollback().await.unwrap();
        let appended = sqlx::raw_sql(append(1)).execute(&mut short).await;
        appended.unwrap();

        let follower = Follower::new(&world);
        assert_eq!(follower.next(1), [MANY + 2]);
        transaction.commit().await.unwrap();
        assert_eq!(follower.next(MANY), (1..=MANY).collect::<Vec<_>>());
        let appended = sqlx::raw_sql(append(1)).execute(&mut short).await;
        appended.unwrap();
        assert_eq!(follower.next(1), [MANY + 3]);
    });
}

#[test]
fn an_interrupt_ends_it_even_without_a_reader() {
    let (world, database) = in_sqlite();
    // More than a pipe holds.
    database
        .execute_batch(&append(10_000, NOW_IN_SQLITE))
        .unwrap();
    let (mut child, mut lines) = follow(&world);
    lines.next().unwrap().unwrap();
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());

    let start = Instant::now();
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if start.elapsed() > DEADLINE {
            child.kill().unwrap();
            panic!("it goes on");
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(ended.signal(), Some(2), "SIGINT");
}
