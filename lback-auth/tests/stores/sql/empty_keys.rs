//! A row with an empty normal form, which only another program can write, is found by no login.

use lback_auth::{AccountStore, NormalForm, User};

macro_rules! an_empty_login_finds_no_account {
    ($store:expr) => {{
        let store = $store;
        crate::sql::insert(&store, &User::new("ada", "ada@example.org").unwrap()).await;
        let mut transaction = store.begin().await.unwrap();
        let empty = "UPDATE lback_account SET username_key = '', email_key = ''";
        let done = sqlx::raw_sql(empty).execute(transaction.connection()).await;
        done.unwrap();
        crate::sql::commit(&store, transaction).await;
        for login in ["", " ", &"a".repeat(2000)].map(NormalForm::of) {
            assert!(store.find_by_login(&login).await.unwrap().is_none());
            assert!(store.find_by_email(&login).await.unwrap().is_none());
        }
    }};
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn in_sqlite() {
    let (store, _folder) = crate::databases::sqlite().await;
    an_empty_login_finds_no_account!(store);
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn in_postgres() {
    let (store, _schema) = crate::databases::postgres().await;
    an_empty_login_finds_no_account!(store);
}
