//! Account types of the application in tables of the application.

#[cfg(feature = "sqlite")]
mod sqlite {
    use lback_auth::{
        AccountColumns, AccountKeys, AccountTable, RowLock, SqliteStore, StoreError, User,
    };
    use sqlx::SqliteConnection;
    use time::OffsetDateTime;

    use crate::databases::sqlite::Folder;

    /// A table that the test never asks.
    #[derive(Clone, Debug)]
    struct NoTable;

    impl AccountTable for NoTable {
        type User = User;
        type Id = i64;
        type Connection = SqliteConnection;
        const NAME: &str = "none";

        async fn find(
            &self,
            _: &mut SqliteConnection,
            _: &i64,
            _: RowLock,
        ) -> Result<Option<User>, StoreError> {
            unreachable!()
        }

        async fn find_by_keys(
            &self,
            _: &mut SqliteConnection,
            _: AccountKeys<'_>,
            _: RowLock,
        ) -> Result<Vec<User>, StoreError> {
            unreachable!()
        }

        async fn page(
            &self,
            _: &mut SqliteConnection,
            _: Option<&i64>,
            _: u32,
        ) -> Result<Vec<User>, StoreError> {
            unreachable!()
        }

        async fn insert(
            &self,
            _: &mut SqliteConnection,
            _: &User,
            _: &AccountColumns,
            _: OffsetDateTime,
        ) -> Result<Option<User>, StoreError> {
            unreachable!()
        }

        async fn update(
            &self,
            _: &mut SqliteConnection,
            _: &i64,
            _: &AccountColumns,
        ) -> Result<User, StoreError> {
            unreachable!()
        }

        async fn delete(
            &self,
            _: &mut SqliteConnection,
            _: [Option<&i64>; 2],
        ) -> Result<(), StoreError> {
            unreachable!()
        }
    }

    /// Counts the tables of this name.
    async fn tables<T>(store: &SqliteStore<T>, name: &str) -> i64 {
        let count = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1";
        let count = sqlx::query_scalar(count).bind(name).fetch_one(store.pool());
        count.await.unwrap()
    }

    #[tokio::test]
    async fn the_table_of_users_is_created_for_users_only() {
        let folder = Folder::new();
        let own = SqliteStore::open_with_table(folder.file(), NoTable);
        let own = own.await.unwrap();
        assert_eq!(tables(&own, "lback_token").await, 1);
        assert_eq!(tables(&own, "lback_account").await, 0);
        let folder = Folder::new();
        let users = SqliteStore::open(folder.file()).await.unwrap();
        assert_eq!(tables(&users, "lback_account").await, 1);
    }

    /// The tokens of an account would be valid for the account of another table with the same id.
    #[tokio::test]
    async fn a_ledger_belongs_to_one_table_of_accounts() {
        let folder = Folder::new();
        SqliteStore::open(folder.file()).await.unwrap();
        let other = SqliteStore::open_with_table(folder.file(), NoTable).await;
        let Err(error @ StoreError::OtherAccounts { .. }) = other else {
            panic!("{other:?}");
        };
        assert_eq!(
            error.to_string(),
            "the tokens and attempts in this database belong to the accounts of `lback_account`, not of \
             `none`: use another file, or in PostgreSQL a `search_path` with another schema and without this one"
        );

        let folder = Folder::new();
        let own = SqliteStore::open_with_table(folder.file(), NoTable).await;
        own.unwrap();
        let users = SqliteStore::open(folder.file()).await;
        assert!(
            matches!(users, Err(StoreError::OtherAccounts { .. })),
            "{users:?}"
        );
        let own = SqliteStore::open_with_table(folder.file(), NoTable).await;
        own.unwrap();
    }

    #[tokio::test]
    async fn a_table_of_another_program_is_not_taken_over() {
        let folder = Folder::new();
        let own = SqliteStore::open_with_table(folder.file(), NoTable);
        let own = own.await.unwrap();
        let spoil = "CREATE TABLE lback_account (id); DELETE FROM lback_schema; \
            DROP TABLE lback_token; DROP TABLE lback_session; DROP TABLE lback_attempt; \
            DROP TABLE lback_audit";
        sqlx::raw_sql(spoil).execute(own.pool()).await.unwrap();
        let refused = SqliteStore::open(folder.file()).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
    }
}

/// In PostgreSQL, with ids that are texts and in another order than the accounts.
#[cfg(all(feature = "postgres", feature = "testing"))]
mod postgres {
    use lback_auth::{
        AccountColumns, AccountKeys, AccountTable, AuthUser, EmailVerification, Password,
        PostgresStore, RowLock, StoreError,
    };
    use sqlx::postgres::{PgPoolOptions, PgRow};
    use sqlx::{PgConnection, Row};
    use time::OffsetDateTime;

    use crate::databases::postgres::Schema;

    #[derive(Clone, Debug, Default, AuthUser)]
    struct Member {
        #[auth(id)]
        id: Option<String>,
        #[auth(username)]
        name: String,
        #[auth(email)]
        email: String,
        #[auth(password)]
        password: Password,
        #[auth(email_verification)]
        verification: EmailVerification,
        #[auth(active)]
        active: bool,
    }

    const CREATE: &str = "CREATE TABLE member (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT COLLATE \"C\" UNIQUE GENERATED ALWAYS AS (md5(CAST(number AS TEXT))) STORED,
        name TEXT NOT NULL, name_key TEXT COLLATE \"C\" NOT NULL UNIQUE,
        email TEXT NOT NULL, email_key TEXT COLLATE \"C\" NOT NULL UNIQUE,
        verified_email TEXT, password TEXT, epoch BYTEA NOT NULL, active BOOLEAN NOT NULL
    )";

    #[expect(
        clippy::needless_pass_by_value,
        reason = "sqlx passes the row by value"
    )]
    fn member(row: PgRow) -> sqlx::Result<Member> {
        Ok(Member {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            password: Password::from_columns(row.try_get("password")?, row.try_get("epoch")?)?,
            verification: EmailVerification::from_parts(row.try_get("verified_email")?, None),
            active: row.try_get("active")?,
        })
    }

    #[derive(Clone)]
    struct Members;

    impl AccountTable for Members {
        type User = Member;
        type Id = String;
        type Connection = PgConnection;
        const NAME: &str = "member";

        async fn find(
            &self,
            connection: &mut PgConnection,
            id: &String,
            lock: RowLock,
        ) -> Result<Option<Member>, StoreError> {
            let query = match lock {
                RowLock::None => sqlx::query("SELECT * FROM member WHERE id = $1"),
                RowLock::ForUpdate => {
                    sqlx::query("SELECT * FROM member WHERE id = $1 FOR NO KEY UPDATE")
                }
            };
            let query = query.bind(id).try_map(member);
            Ok(query.fetch_optional(connection).await?)
        }

        async fn find_by_keys(
            &self,
            connection: &mut PgConnection,
            keys: AccountKeys<'_>,
            lock: RowLock,
        ) -> Result<Vec<Member>, StoreError> {
            let query = match lock {
                RowLock::None => {
                    sqlx::query("SELECT * FROM member WHERE name_key = $1 OR email_key = $2")
                }
                RowLock::ForUpdate => sqlx::query(
                    "SELECT * FROM member WHERE name_key = $1 OR email_key = $2 FOR NO KEY UPDATE",
                ),
            };
            let query = query.bind(keys.username).bind(keys.email).try_map(member);
            Ok(query.fetch_all(connection).await?)
        }

        async fn page(
            &self,
            connection: &mut PgConnection,
            after: Option<&String>,
            limit: u32,
        ) -> Result<Vec<Member>, StoreError> {
            let query = sqlx::query(
                "SELECT * FROM member WHERE $1::text IS NULL
                     OR number > (SELECT number FROM member WHERE id = $1)
                 ORDER BY number LIMIT $2",
            );
            let query = query.bind(after).bind(i64::from(limit)).try_map(member);
            Ok(query.fetch_all(connection).await?)
        }

        /// Has no `ON CONFLICT`: a violation of a unique constraint is an error.
        async fn insert(
            &self,
            connection: &mut PgConnection,
            _: &Member,
            columns: &AccountColumns,
            _: OffsetDateTime,
        ) -> Result<Option<Member>, StoreError> {
            let query = sqlx::query(
                "INSERT INTO member (name, name_key, email, email_key, verified_email, password,
                     epoch, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *",
            );
            let query = columns.bind_to(query).try_map(member);
            Ok(Some(query.fetch_one(connection).await?))
        }

        async fn update(
            &self,
            connection: &mut PgConnection,
            id: &String,
            columns: &AccountColumns,
        ) -> Result<Member, StoreError> {
            let query = sqlx::query(
                "UPDATE member SET name = $1, name_key = $2, email = $3, email_key = $4,
                     verified_email = $5, password = $6, epoch = $7, active = $8
                 WHERE id = $9 RETURNING *",
            );
            let query = columns.bind_to(query).bind(id).try_map(member);
            Ok(query.fetch_one(connection).await?)
        }

        async fn delete(
            &self,
            connection: &mut PgConnection,
            [one, two]: [Option<&String>; 2],
        ) -> Result<(), StoreError> {
            let query = sqlx::query("DELETE FROM member WHERE id IN ($1, $2)");
            query.bind(one).bind(two).execute(connection).await?;
            Ok(())
        }
    }

    async fn new_store() -> (PostgresStore<Members>, Schema) {
        let schema = Schema::new().await;
        let store = PostgresStore::from_pool_with_table(schema.pool(), Members).await;
        let store = store.unwrap();
        sqlx::raw_sql(CREATE).execute(store.pool()).await.unwrap();
        (store, schema)
    }

    /// As the message of the error says, which the other tests cover.
    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn a_ledger_is_found_in_any_schema_of_the_search_path() {
        let (users, first) = crate::databases::postgres().await;
        let second = Schema::new().await;
        let name = sqlx::query_scalar("SELECT current_schema() || ''");
        let first_name: String = name.fetch_one(users.pool()).await.unwrap();
        let name = sqlx::query_scalar("SELECT current_schema() || ''");
        let second_name: String = name.fetch_one(&second.pool()).await.unwrap();
        let both = format!("{second_name},{first_name}");
        let both = first.options().options([("search_path", both)]);
        let both = PgPoolOptions::new().connect_lazy_with(both);
        let refused = PostgresStore::from_pool_with_table(both, Members).await;
        let refused = refused.map(drop);
        assert!(
            matches!(refused, Err(StoreError::OtherAccounts { .. })),
            "{refused:?}"
        );
        let alone = PostgresStore::from_pool_with_table(second.pool(), Members).await;
        alone.map(drop).unwrap();
    }

    lback_auth::account_store_conformance!(
        #[ignore = "needs LBACK_POSTGRES_URL"]
        members,
        new_store,
        |name, email| Member {
            name: name.to_owned(),
            email: email.to_owned(),
            active: true,
            ..Member::default()
        },
    );
}
