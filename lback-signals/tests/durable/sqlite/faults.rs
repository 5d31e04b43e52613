//! A database that does not work: each error is typed, and nothing is lost.

use lback_signals::durable::{Ending, Outbox, OutboxError, SqliteOutbox};
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

use super::{Folder, claim, claimed, counts, execute, outbox, request, row, row_of};

/// Calls each operation that writes, and returns their errors.
async fn errors(outbox: &SqliteOutbox, claimed: lback_signals::durable::Claim) -> [OutboxError; 4] {
    [
        outbox.insert(vec![row()]).await.unwrap_err(),
        outbox.claim(&request(10)).await.unwrap_err(),
        outbox
            .renew(&[claimed], std::time::Duration::from_secs(30))
            .await
            .unwrap_err(),
        outbox.finish(&[(claimed, Ending::Done)]).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn a_locked_database_is_told_and_left_as_it_was() {
    let folder = Folder::new();
    let outbox = SqliteOutbox::new(folder.impatient_pool().await)
        .await
        .unwrap();
    let held = claimed(&outbox).await;
    let mut other = folder.connection().await;
    execute(&mut other, "BEGIN IMMEDIATE").await;
    for error in errors(&outbox, held).await {
        assert!(matches!(error, OutboxError::Locked(_)), "{error:?}");
        assert!(error.is_transient());
    }
    let refused = outbox.begin().await.map(drop).map_err(OutboxError::from);
    assert!(
        matches!(refused, Err(OutboxError::Locked(_))),
        "{refused:?}"
    );
    assert_eq!(counts(&outbox).await, [0, 1, 0], "reads do not wait");
    execute(&mut other, "COMMIT").await;
    outbox.insert(vec![row()]).await.unwrap();
    let lost = outbox.finish(&[(held, Ending::Done)]).await;
    assert_eq!(lost.unwrap(), []);
    assert_eq!(claim(&outbox).await.len(), 1);
}

#[tokio::test]
async fn a_read_only_database_is_told() {
    let folder = Folder::new();
    let held = claimed(&outbox(&folder).await).await;
    let pool = SqlitePool::connect_with(folder.options().read_only(true)).await;
    let outbox = SqliteOutbox::new(pool.unwrap()).await.unwrap();
    for error in errors(&outbox, held).await {
        assert!(matches!(error, OutboxError::ReadOnly(_)), "{error:?}");
        assert!(!error.is_transient());
    }
    assert_eq!(counts(&outbox).await, [0, 1, 0]);
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let folder = Folder::new();
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(folder.options()).await.unwrap();
    let outbox = SqliteOutbox::new(pool.clone()).await.unwrap();
    let held = claimed(&outbox).await;
    let limit = async |sql| execute(&mut pool.acquire().await.unwrap(), sql).await;
    limit("PRAGMA max_page_count = 1").await;
    let large = row_of(&format!("\"{}\"", "x".repeat(1 << 20)));
    let refused = outbox.insert(vec![row(), large.clone()]).await.unwrap_err();
    assert!(matches!(refused, OutboxError::DiskFull(_)), "{refused:?}");
    assert!(refused.is_transient());
    assert_eq!(
        counts(&outbox).await,
        [0, 1, 0],
        "neither of the two is stored"
    );

    let mut transaction = outbox.begin().await.unwrap();
    let rows = transaction.rows().await.unwrap();
    let written = sqlx::query(
        "INSERT INTO lback_signal SELECT randomblob(16), 'x', 1, NULL, ?1, NULL, 0, 0, 0",
    )
    .bind("x".repeat(1 << 20))
    .execute(rows);
    assert!(written.await.is_err());
    drop(transaction.commit().await);

    limit("PRAGMA max_page_count = 1000000").await;
    outbox.insert(vec![large]).await.unwrap();
    let lost = outbox.finish(&[(held, Ending::Done)]).await;
    assert_eq!(lost.unwrap(), []);
    assert_eq!(counts(&outbox).await, [1, 0, 0]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::new();
    let text = "Dear diary, today I wrote more than a header has. ".repeat(20);
    std::fs::write(folder.file(), text).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.file());
    let pool = SqlitePool::connect_lazy_with(options);
    let refused = SqliteOutbox::new(pool).await.unwrap_err();
    assert!(matches!(refused, OutboxError::Database(_)), "{refused:?}");
    assert!(!refused.is_transient());
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_unavailable() {
    let folder = Folder::new();
    let file = folder.file().join("nowhere");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let refused = SqliteOutbox::new(SqlitePool::connect_lazy_with(options)).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, OutboxError::Unavailable(_)),
        "{refused:?}"
    );
    assert!(refused.is_transient());
}

#[tokio::test]
async fn a_closed_pool_is_unavailable() {
    let folder = Folder::new();
    let pool = folder.pool().await;
    let outbox = SqliteOutbox::new(pool.clone()).await.unwrap();
    let held = claimed(&outbox).await;
    pool.close().await;
    for error in errors(&outbox, held).await {
        assert!(matches!(error, OutboxError::Unavailable(_)), "{error:?}");
    }
}

/// The system refuses to write more than half a mebibyte to a file.
#[cfg(unix)]
#[test]
fn an_error_of_the_disk_loses_nothing() {
    use std::process::Command;

    if let Some(child) = test_support::child_process() {
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\""]);
        limited.arg(child.get_program()).args(child.get_args());
        for (variable, value) in child.get_envs() {
            limited.env(variable, value.unwrap());
        }
        drop(test_support::output_of(limited));
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = Folder::new();
        let outbox = outbox(&folder).await;
        let held = claimed(&outbox).await;
        let large = format!("\"{}\"", "x".repeat(50_000));
        let mut stored = 0;
        let error = loop {
            match outbox.insert(vec![row(), row_of(&large)]).await {
                Ok(()) => stored += 2,
                Err(error) => break error,
            }
        };
        assert!(stored > 0 && stored < 100, "{stored}");
        let is_told = matches!(
            error,
            OutboxError::Unavailable(_) | OutboxError::DiskFull(_)
        );
        assert!(is_told && error.is_transient(), "{error:?}");
        assert_eq!(counts(&outbox).await, [stored, 1, 0]);
        // A checkpoint makes place in the log.
        execute(
            &mut folder.connection().await,
            "PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .await;
        assert_eq!(
            outbox
                .renew(&[held], std::time::Duration::from_secs(30))
                .await
                .unwrap(),
            []
        );
    });
}
