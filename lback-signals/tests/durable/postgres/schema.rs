//! The tables and their versions.

use std::thread;
use std::time::Duration;

use lback_signals::durable::{Ending, Outbox, OutboxError, PostgresOutbox};
use sqlx::{AssertSqlSafe, Row as _};

use super::{claim, connection, counts, execute, number, outbox, outbox_with, pool_with, row};
use crate::postgres_schema::{Schema, unique_name};
use crate::sqlite::schema::{blocks, page};

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn many_create_the_tables() {
    let schema = &block_on(Schema::new());
    // Each has its thread, runtime and pool, like a process.
    thread::scope(|scope| {
        let threads = (0..8).map(|_| scope.spawn(|| drop(block_on(outbox(schema)))));
        for thread in threads.collect::<Vec<_>>() {
            thread.join().unwrap();
        }
    });
    let versions = "SELECT count(*) FROM lback_outbox_schema WHERE version = 2";
    let versions = block_on(async { number(&mut connection(schema).await, versions).await });
    assert_eq!(versions, 1);
}

/// A role that may use the tables, and not create any.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn tables_that_are_up_to_date_are_only_read() {
    let schema = Schema::new().await;
    let before = outbox(&schema).await;
    before.insert(vec![row()]).await.unwrap();
    let mut owner = connection(&schema).await;
    let (role, name) = (unique_name(), &schema.name);
    let reader = format!(
        "CREATE ROLE {role}; GRANT USAGE ON SCHEMA {name} TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {role}"
    );
    sqlx::raw_sql(AssertSqlSafe(reader))
        .execute(&mut owner)
        .await
        .unwrap();
    let outbox = outbox_with(schema.options().options([("role", &*role)])).await;
    assert_eq!(counts(&outbox).await, [1, 0, 0]);
    let refused = outbox.insert(vec![row()]).await.unwrap_err();
    assert!(matches!(refused, OutboxError::ReadOnly(_)), "{refused:?}");
    assert!(!refused.is_transient());
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(AssertSqlSafe(drop))
        .execute(&mut owner)
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn newer_tables_are_left_alone() {
    let schema = Schema::new().await;
    drop(outbox(&schema).await);
    let newer = "INSERT INTO lback_outbox_schema (version) VALUES (7)";
    execute(&mut connection(&schema).await, newer).await;
    let refused = PostgresOutbox::new(pool_with(schema.options())).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, OutboxError::NewerSchema { found: 7, known: 2 }),
        "{refused:?}"
    );
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_application_may_create_the_tables() {
    let schema = Schema::new().await;
    let mut connection = connection(&schema).await;
    execute(&mut connection, PostgresOutbox::schema()).await;
    let outbox = outbox(&schema).await;
    outbox.insert(vec![row()]).await.unwrap();
    let claimed = claim(&outbox).await;
    let lost = outbox.finish(&[(claimed[0].claim, Ending::Done)]).await;
    assert_eq!(lost.unwrap(), []);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

/// The tables have the columns of those in SQLite, which `SCHEMA.md` describes.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_columns_are_those_in_sqlite() {
    let schema = Schema::new().await;
    drop(outbox(&schema).await);
    let sqlite = lback_signals::durable::SqliteOutbox::schema();
    let mut connection = connection(&schema).await;
    for table in [
        "lback_signal",
        "lback_delivery",
        "lback_landed",
        "lback_operation",
        "lback_outbox_schema",
    ] {
        let columns = "SELECT column_name::text FROM information_schema.columns \
            WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
        let columns = sqlx::query(columns).bind(table).fetch_all(&mut connection);
        let columns: Vec<String> = columns.await.unwrap().iter().map(|it| it.get(0)).collect();
        let (_, body) = sqlite
            .split_once(&format!("CREATE TABLE {table} (\n"))
            .unwrap();
        let (body, _) = body.split_once("\n)").unwrap();
        let lines = body
            .lines()
            .filter(|it| !it.contains("UNIQUE") && !it.contains("PRIMARY KEY ("));
        let expected: Vec<_> = lines
            .map(|it| it.split_whitespace().next().unwrap())
            .collect();
        assert_eq!(columns, expected, "{table}");
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn tables_of_version_1_become_those_of_this_version() {
    let (old, new) = (Schema::new().await, Schema::new().await);
    let mut migrated = connection(&old).await;
    execute(&mut migrated, include_str!("../data/postgres-schema-1.sql")).await;
    let insert = "INSERT INTO lback_signal (id, name, version, payload, sent_at) \
            VALUES ('0197e1a5-b0c0-7000-8000-00000000000a', 'order.paid', 1, '{}', 1); \
        INSERT INTO lback_delivery (signal, receiver, version, due_at) \
            VALUES ('0197e1a5-b0c0-7000-8000-00000000000a', 'ship', 1, 1)";
    execute(&mut migrated, insert).await;
    let outbox_of_old = outbox(&old).await;
    assert_eq!(claim(&outbox_of_old).await.len(), 1);
    drop(outbox(&new).await);
    let mut created = connection(&new).await;
    let objects = "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes \
        WHERE schemaname = current_schema() \
        UNION ALL SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable) \
        FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1";
    let migrated: Vec<String> = sqlx::query_scalar(objects)
        .fetch_all(&mut migrated)
        .await
        .unwrap();
    let created: Vec<String> = sqlx::query_scalar(objects)
        .fetch_all(&mut created)
        .await
        .unwrap();
    assert!(migrated.len() > 30);
    assert_eq!(migrated, created);
}

#[test]
fn the_page_has_the_sql_of_the_tables() {
    assert_eq!(blocks(&page())[1], PostgresOutbox::schema());
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_questions_on_the_page_have_answers() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
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
    let mut connection = connection(&schema).await;
    let page = page();
    let questions = &blocks(&page)[5..];
    assert_eq!(questions.len(), 3);
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
