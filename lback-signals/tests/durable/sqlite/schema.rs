//! The tables, their versions, and the page about them.

use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use lback_signals::durable::{Ending, Outbox, OutboxError, SqliteOutbox};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

use super::{Folder, claim, counts, execute, number, outbox, row};

const VERSIONS: &str = "SELECT group_concat(version) = '2' FROM lback_outbox_schema";

#[test]
fn many_create_the_tables() {
    let folder = &Folder::new();
    // Each has its thread, runtime and pool, like a process.
    thread::scope(|scope| {
        let threads = (0..8).map(|_| scope.spawn(|| drop(block_on(outbox(folder)))));
        for thread in threads.collect::<Vec<_>>() {
            thread.join().unwrap();
        }
    });
    let versions = block_on(async { number(&mut folder.connection().await, VERSIONS).await });
    assert_eq!(versions, 1);
}

#[tokio::test]
async fn deliveries_are_there_when_the_file_is_opened_again() {
    let folder = Folder::new();
    let pool = folder.pool().await;
    let before = SqliteOutbox::new(pool.clone()).await.unwrap();
    before.insert(vec![row()]).await.unwrap();
    pool.close().await;
    let after = outbox(&folder).await;
    assert_eq!(claim(&after).await.len(), 1);
}

#[tokio::test]
async fn tables_that_are_up_to_date_are_not_written() {
    let folder = Folder::new();
    drop(outbox(&folder).await);
    let mut writer = folder.connection().await;
    execute(&mut writer, "BEGIN IMMEDIATE").await;
    SqliteOutbox::new(folder.impatient_pool().await)
        .await
        .unwrap();
    let reader = SqlitePool::connect_with(folder.options().read_only(true)).await;
    let reader = SqliteOutbox::new(reader.unwrap()).await.unwrap();
    assert_eq!(reader.counts().await.unwrap(), []);
}

#[tokio::test]
async fn newer_tables_are_left_alone() {
    let folder = Folder::new();
    drop(outbox(&folder).await);
    let mut connection = folder.connection().await;
    execute(
        &mut connection,
        "INSERT INTO lback_outbox_schema (version) VALUES (7)",
    )
    .await;
    let refused = SqliteOutbox::new(folder.pool().await).await.unwrap_err();
    assert!(
        matches!(refused, OutboxError::NewerSchema { found: 7, known: 2 }),
        "{refused:?}"
    );
    assert!(!refused.is_transient());
    assert_eq!(
        refused.to_string(),
        "the tables of the outbox are of version 7, and this program reads up to 2: update `lback-signals` in it"
    );
}

#[tokio::test]
async fn an_application_may_create_the_tables() {
    let folder = Folder::new();
    let mut connection = folder.connection().await;
    execute(
        &mut connection,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY)",
    )
    .await;
    execute(&mut connection, SqliteOutbox::schema()).await;
    let outbox = outbox(&folder).await;
    outbox.insert(vec![row()]).await.unwrap();
    let claimed = claim(&outbox).await;
    let lost = outbox.finish(&[(claimed[0].claim, Ending::Done)]).await;
    assert_eq!(lost.unwrap(), []);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    assert_eq!(number(&mut connection, VERSIONS).await, 1);
}

#[tokio::test]
async fn tables_of_version_1_become_those_of_this_version() {
    let (old, new) = (Folder::new(), Folder::new());
    let mut connection = old.connection().await;
    execute(&mut connection, include_str!("../data/sqlite-schema-1.sql")).await;
    let insert = "INSERT INTO lback_signal (id, name, version, payload, sent_at) \
            VALUES (x'0197e1a5b0c07000800000000000000a', 'order.paid', 1, '{}', 1); \
        INSERT INTO lback_delivery (signal, receiver, version, due_at) \
            VALUES (x'0197e1a5b0c07000800000000000000a', 'ship', 1, 1)";
    execute(&mut connection, insert).await;
    let migrated = outbox(&old).await;
    assert_eq!(claim(&migrated).await.len(), 1);
    drop(outbox(&new).await);
    let objects =
        "SELECT name || ' ' || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let migrated: Vec<String> = sqlx::query_scalar(objects)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut connection = new.connection().await;
    let created: Vec<String> = sqlx::query_scalar(objects)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(migrated, created);
}

pub(crate) fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../SCHEMA.md");
    fs::read_to_string(page).unwrap()
}

/// Returns the blocks of SQL in the page.
pub(crate) fn blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("```sql\n").skip(1);
    blocks.map(|it| it.split_once("```").unwrap().0).collect()
}

#[test]
fn the_page_has_the_sql_of_the_tables() {
    assert_eq!(blocks(&page())[0], SqliteOutbox::schema());
}

#[tokio::test]
async fn the_page_describes_each_column() {
    let folder = Folder::new();
    drop(outbox(&folder).await);
    let mut connection = folder.connection().await;
    let page = page();
    for table in ["lback_signal", "lback_delivery", "lback_operation"] {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns = sqlx::query_scalar(AssertSqlSafe(columns));
        let columns: Vec<String> = columns.fetch_all(&mut connection).await.unwrap();
        let section = page.split_once(&format!("\n## `{table}`\n")).unwrap().1;
        let described = section
            .split("\n\n")
            .find(|it| it.starts_with("| Column |"));
        let rows = described.unwrap().lines().skip(2);
        let described: Vec<_> = rows.map(|it| it.split('`').nth(1).unwrap()).collect();
        assert_eq!(described, columns, "{table}");
    }
}

#[tokio::test]
async fn the_questions_on_the_page_have_answers() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    outbox.insert(vec![row(), row(), row()]).await.unwrap();
    let claimed = claim(&outbox).await;
    let dead = Ending::Dead {
        error: "refused".to_owned(),
        was_run: true,
        blocks_key: false,
    };
    let endings = [
        (claimed[0].claim, dead),
        (
            claimed[1].claim,
            Ending::Released {
                after: Duration::ZERO,
            },
        ),
    ];
    outbox.finish(&endings).await.unwrap();
    let mut connection = folder.connection().await;
    let page = page();
    let questions = &blocks(&page)[2..5];
    for question in questions {
        let rows = sqlx::raw_sql(AssertSqlSafe(*question)).fetch_all(&mut connection);
        let rows = rows.await.unwrap();
        assert_eq!(rows.len(), 1, "{question}");
        let receiver: String = rows[0].get("receiver");
        assert_eq!(receiver, "ship", "{question}");
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}
