//! `kill -9`, pauses, expired leases and restarts of the server at random moments, with real processes: on one file of
//! SQLite, and on a server of PostgreSQL.
//!
//! Each order that was committed is received, an order that was rolled back is not, a receiver with `DurableTx`
//! books each order once, and no delivery is run twice while its worker is well.

mod checks;
mod database;
mod notes;
mod processes;
mod programs;
mod round;
mod server;

use std::env;
use std::time::Duration;

use sqlx::{Postgres, Sqlite};
use test_support::{cases, rounds};

use self::database::{Database, Kind};
use self::programs::{LEASE, Role};
use self::round::Round;
use self::server::Server;

#[test]
fn no_delivery_is_lost_and_none_is_doubled_in_sqlite() {
    match child_role() {
        Some(role) => role.run::<Sqlite>(),
        None => check_rounds(200, &Kind::Sqlite),
    }
}

/// No other test uses the server at the same time.
#[test]
#[ignore = "needs LBACK_POSTGRES_RESTART_DIR"]
fn no_delivery_is_lost_and_none_is_doubled_in_postgres() {
    match child_role() {
        Some(role) => role.run::<Postgres>(),
        None => check_rounds(100, &Kind::Postgres(Server::start())),
    }
}

/// Returns the role of this process, unless it runs the test.
fn child_role() -> Option<Role> {
    Some(Role::parse(&env::var(Role::VARIABLE).ok()?))
}

fn check_rounds(all: u32, kind: &Kind) {
    let mut slowest = Duration::ZERO;
    cases::check(rounds(all), 256, |u| {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create(folder.path(), kind);
        let mut round = Round::start(&database);
        round.disturb(u)?;
        slowest = slowest.max(round.end(u)?);
        Ok(())
    });
    println!(
        "what a killed worker had begun was begun again within {slowest:?}; the lease is {LEASE:?}"
    );
}
