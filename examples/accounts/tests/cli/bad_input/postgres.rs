//! A PostgreSQL that refuses.

use std::net::TcpListener;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::{PASSWORD, SECRET, is_empty, is_refused, printed, register};
use crate::schema::runtime;
use crate::world::World;

#[test]
fn a_server_that_is_not_there_is_named() {
    let mut world = World::sqlite();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    world.database = format!("postgres://ada:{SECRET}@127.0.0.1:{port}/shop");
    let named = format!("postgres://ada@127.0.0.1:{port}/shop");
    each_command_is_refused(&world, &[&named, "is PostgreSQL running there?"]);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_database_that_is_not_there_is_named() {
    let mut world = World::postgres();
    world.database = changed(&world, |options| options.database("lback_no_such_database"));
    let words = ["\"lback_no_such_database\" does not exist", "createdb"];
    each_command_is_refused(&world, &words);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_user_who_is_not_there_is_named() {
    let mut world = World::postgres();
    let user = "lback_no_such_user";
    world.database = changed(&world, |options| options.username(user).password(SECRET));
    each_command_is_refused(&world, &[user, "look at the user and the password"]);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_schema_that_is_not_there_is_told_of() {
    let mut world = World::postgres();
    world.database = with_setting(&world, "search_path", "lback_no_such_schema");
    each_command_is_refused(&world, &["create the schema of the `search_path`"]);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_server_that_takes_no_writes_is_told_of() {
    let mut world = World::postgres();
    let database = world.database.clone();
    world.database = with_setting(&world, "default_transaction_read_only", "on");
    each_command_is_refused(&world, &["connect to the primary server"]);

    // Neither does one that has accounts already.
    let read_only = std::mem::replace(&mut world.database, database);
    assert_eq!(tables(&world), 0);
    assert!(register(&world, "ada").status.success());
    let audit = printed(&world, &["audit"]);
    let database = std::mem::replace(&mut world.database, read_only);
    is_refused(
        &register(&world, "grace"),
        &["connect to the primary server"],
    );
    world.database = database;
    assert_eq!(printed(&world, &["audit"]), audit);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_user_without_rights_is_told_so() {
    let mut world = World::postgres();
    let role = Role::new(&world);
    let database = world.database.clone();
    world.database = changed(&world, |options| {
        options.username(&role.name).password(SECRET)
    });
    each_command_is_refused(&world, &["permission denied", "GRANT them"]);
    world.database = database;
    assert_eq!(tables(&world), 0);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_table_of_another_program_with_the_name_of_ours_is_told_of() {
    let world = World::postgres();
    runtime().block_on(async {
        let mut other = PgConnection::connect(&world.database).await.unwrap();
        let create = "CREATE TABLE lback_account (id bigint)";
        other.execute(create).await.unwrap();
    });
    each_command_is_refused(&world, &["a table of something else", "name another"]);
    assert_eq!(tables(&world), 1);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_lock_is_waited_for_and_the_locked_row_stays_as_it_is() {
    let world = World::postgres();
    // That makes the tables.
    printed(&world, &["purge"]);
    is_empty(&world);
    runtime().block_on(async {
        let mut other = PgConnection::connect(&world.database).await.unwrap();
        let lock = "BEGIN; LOCK TABLE lback_account IN EXCLUSIVE MODE";
        sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
        is_refused(&register(&world, "ada"), &["another program has locked"]);
        is_empty(&world);
        other.execute("ROLLBACK").await.unwrap();
    });
    assert!(register(&world, "ada").status.success());
}

/// Those that write; one that only reads finds no accounts.
fn each_command_is_refused(world: &World, words: &[&str]) {
    let call = |arguments: &[&str]| -> Output { world.run(arguments, &[PASSWORD]) };
    is_refused(&call(&["purge"]), words);
    is_refused(&call(&["register", "ada", "ada@example.org"]), words);
    assert!(!world.folder().join("mails").exists());
}

/// The URL of the world's database with something changed.
fn changed(world: &World, change: impl FnOnce(PgConnectOptions) -> PgConnectOptions) -> String {
    let options: PgConnectOptions = world.database.parse().unwrap();
    let mut url = change(options).to_url_lossy();
    // The schema is in that.
    url.set_query(world.database.split_once('?').map(|(_, query)| query));
    url.to_string()
}

/// The same, with a setting of the session.
fn with_setting(world: &World, name: &str, value: &str) -> String {
    format!("{}&options[{name}]={value}", world.database)
}

/// How many tables there are in the schema.
fn tables(world: &World) -> i64 {
    runtime().block_on(async {
        let mut database = PgConnection::connect(&world.database).await.unwrap();
        let count = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
        sqlx::query_scalar(count)
            .fetch_one(&mut database)
            .await
            .unwrap()
    })
}

/// A user who may look into the schema and do nothing in it.
struct Role {
    name: String,
    database: String,
}

impl Role {
    fn new(world: &World) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("accounts_cli_{}_{count}", std::process::id());
        let role = Self {
            name,
            database: world.database.clone(),
        };
        let Self { name, .. } = &role;
        role.execute(format!(
            "CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'; DO $$ BEGIN \
             EXECUTE format('GRANT USAGE ON SCHEMA %I TO {name}', current_schema()); END $$"
        ));
        role
    }

    fn execute(&self, statements: String) {
        runtime().block_on(async {
            let mut database = PgConnection::connect(&self.database).await.unwrap();
            let statements = sqlx::raw_sql(AssertSqlSafe(statements));
            statements.execute(&mut database).await.unwrap();
        });
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let name = &self.name;
        self.execute(format!("DROP OWNED BY {name}; DROP ROLE {name}"));
    }
}
