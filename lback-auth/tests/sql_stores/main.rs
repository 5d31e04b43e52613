//! Stores in SQL databases, as far as they are not as any other store.

#![cfg(any(feature = "postgres", feature = "sqlite"))]

#[path = "../support/databases.rs"]
mod databases;

/// Runs a test with a new store in each database.
macro_rules! in_each_database {
    ($($test:ident),+ $(,)?) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let (store, _folder) = crate::databases::sqlite().await;
                    super::$test(store).await;
                }
            )+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    if let Some((store, _schema)) = crate::databases::postgres().await {
                        super::$test(store).await;
                    }
                }
            )+
        }
    };
}

mod attempts;
mod operations;
