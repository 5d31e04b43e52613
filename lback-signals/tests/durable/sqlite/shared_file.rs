//! Several pools and processes on one file.

use std::collections::HashSet;
use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use lback_signals::durable::{Ending, Outbox, SqliteOutbox};
use sqlx::sqlite::SqliteConnectOptions;
use tokio::time::timeout;

use super::{Folder, claim, counts, execute, outbox, request, row};

/// Names the file of a child process.
const FILE: &str = "LBACK_TEST_FILE";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_delivery_is_claimed_in_two_pools() {
    let folder = Folder::new();
    let first = outbox(&folder).await;
    first
        .insert((0..200).map(|_| row()).collect())
        .await
        .unwrap();
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let outbox = outbox(&folder).await;
        tasks.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            loop {
                let claimed = outbox.claim(&request(7)).await.unwrap();
                if claimed.is_empty() {
                    return numbers;
                }
                numbers.extend(claimed.iter().map(|it| it.claim.number));
                let done = claimed.iter().map(|it| (it.claim, Ending::Done));
                let lost = outbox.finish(&done.collect::<Vec<_>>()).await.unwrap();
                assert_eq!(lost, []);
            }
        }));
    }
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.extend(task.await.unwrap());
    }
    assert_eq!(numbers.len(), 200);
    assert_eq!(numbers.into_iter().collect::<HashSet<_>>().len(), 200);
    assert_eq!(counts(&first).await, [0, 0, 0]);
}

/// Waits until no change has been told for a while.
async fn settled(outbox: &SqliteOutbox) -> u64 {
    let mut seen = 0;
    while let Ok(changed) = timeout(Duration::from_millis(300), outbox.changed(seen)).await {
        seen = changed;
    }
    seen
}

#[tokio::test]
async fn a_commit_of_another_pool_is_noticed() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let other = self::outbox(&folder).await;
    let seen = settled(&outbox).await;
    other.insert(vec![row()]).await.unwrap();
    let changed = timeout(Duration::from_secs(10), outbox.changed(seen)).await;
    assert_ne!(changed.expect("the commit is noticed"), seen);
    assert_eq!(claim(&outbox).await.len(), 1);
}

#[test]
fn a_commit_of_another_process_is_noticed() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let Some(mut child) = test_support::child_process() else {
        let file = env::var_os(FILE).unwrap();
        let options = SqliteConnectOptions::new().filename(Path::new(&file));
        return runtime.block_on(async {
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            let outbox = SqliteOutbox::new(pool).await.unwrap();
            outbox.insert(vec![row()]).await.unwrap();
        });
    };
    let folder = Folder::new();
    let outbox = runtime.block_on(outbox(&folder));
    let seen = runtime.block_on(settled(&outbox));
    child.env(FILE, folder.file());
    drop(test_support::output_of(child));
    runtime.block_on(async {
        let changed = timeout(Duration::from_secs(10), outbox.changed(seen)).await;
        assert_ne!(changed.expect("the commit is noticed"), seen);
        assert_eq!(claim(&outbox).await.len(), 1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_others_are_told_ten_times_a_second_at_most() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let mut other = folder.connection().await;
    execute(&mut other, "CREATE TABLE note (text TEXT)").await;
    let writing = tokio::spawn(async move {
        loop {
            execute(&mut other, "INSERT INTO note VALUES ('x')").await;
        }
    });
    let mut seen = settled_once(&outbox).await;
    let start = Instant::now();
    for _ in 0..5 {
        // Each of two waiters is told of the same look.
        let (first, second) = tokio::join!(outbox.changed(seen), outbox.changed(seen));
        assert_eq!((first, second), (seen + 1, seen + 1));
        seen = first;
    }
    assert!(
        start.elapsed() >= Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
    writing.abort();
}

async fn settled_once(outbox: &SqliteOutbox) -> u64 {
    let first = timeout(Duration::from_secs(10), outbox.changed(0)).await;
    first.expect("the first look is a change")
}

#[tokio::test]
async fn a_waiter_that_leaves_lets_another_one_look() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let seen = settled(&outbox).await;
    let leaving = {
        let outbox = outbox.clone();
        tokio::spawn(async move { outbox.changed(seen).await })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    let staying = {
        let outbox = outbox.clone();
        tokio::spawn(async move { outbox.changed(seen).await })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    leaving.abort();
    let other = self::outbox(&folder).await;
    other.insert(vec![row()]).await.unwrap();
    let told = timeout(Duration::from_secs(10), staying).await;
    assert_ne!(told.expect("the commit is noticed").unwrap(), seen);
}

/// Time passes only while the program waits for nothing else.
#[tokio::test]
async fn the_file_may_be_gone_for_a_while() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let seen = settled(&outbox).await;
    let (file, away) = (folder.file(), folder.file().with_extension("away"));
    let elsewhere = self::outbox(&folder).await;
    std::fs::rename(&file, &away).unwrap();
    let _ = timeout(Duration::from_millis(300), outbox.changed(seen)).await;
    std::fs::rename(&away, &file).unwrap();
    let seen = settled(&outbox).await;
    elsewhere.insert(vec![row()]).await.unwrap();
    let changed = timeout(Duration::from_secs(10), outbox.changed(seen)).await;
    assert_ne!(changed.expect("the commit is noticed"), seen);
}
