//! Imports that are killed (`kill -9`) at any moment, and run again.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use test_support::rounds;

use super::running::{Running, break_rows};
use super::{large_file, people};
use crate::database::Database;
use crate::random::{Random, kill_seed};
use crate::world::World;

/// The accounts in their order, with their tokens.
const ACCOUNTS: &str = "SELECT a.username, a.email, a.password, a.epoch, a.verified_email, \
    a.is_active, a.registered_at, t.purpose, t.digest, t.email, t.issued_at, t.expires_at \
    FROM lback_account AS a LEFT JOIN lback_token AS t ON t.account = CAST(a.id AS TEXT) ORDER BY a.id";

/// The entries of the audit log in their order, and whose they are.
const ENTRIES: &str = "SELECT e.signal, e.outcome, a.username \
    FROM lback_audit AS e LEFT JOIN lback_account AS a ON CAST(a.id AS TEXT) = e.account \
    ORDER BY e.number";

const ROWS: u32 = 3_000;

/// How many rows are unusable, of which each has a warning. Two are in the original.
const BROKEN: usize = 30 + 2;

/// All that an import writes, without ids and when it was.
#[derive(PartialEq, Eq)]
struct Content {
    accounts: Vec<[Option<String>; 12]>,
    entries: Vec<[Option<String>; 3]>,
}

impl Content {
    fn of(world: &World) -> Self {
        // The next command puts the remaining files in order.
        let list = world.run(&["list", "--json"], &[]);
        if !list.status.success() {
            let said = String::from_utf8(list.stderr).unwrap();
            let is_missing = said.contains("there is no such file") || said.contains("no tables");
            assert!(is_missing, "{said}");
            return Self {
                accounts: Vec::new(),
                entries: Vec::new(),
            };
        }
        let mut database = Database::open(world);
        database.check();
        Self {
            accounts: database.rows(ACCOUNTS),
            entries: database.rows(ENTRIES),
        }
    }

    /// Whether it is the first accounts of the other one, each with its entry.
    fn is_start_of(&self, all: &Self) -> bool {
        let count = self.accounts.len();
        self.accounts[..] == all.accounts[..count]
            && self.entries.len() == count
            && self.entries[..] == all.entries[..count]
    }
}

#[test]
fn a_killed_import_is_completed_by_another_one_on_sqlite() {
    each_round(World::sqlite, rounds(60));
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_killed_import_is_completed_by_another_one_on_postgresql() {
    each_round(World::postgres, rounds(60));
}

fn each_round(new_world: fn() -> World, rounds: u32) {
    let folder = tempfile::tempdir().unwrap();
    let file = large_file(folder.path(), ROWS);
    assert_eq!(break_rows(&file, "id % 100 = 99") + 2, BROKEN);
    let undisturbed = new_world();
    let start = Instant::now();
    Running::start(&undisturbed, &file).end();
    let quarter = start.elapsed() / 4;
    let all = Content::of(&undisturbed);
    assert!(all.is_start_of(&all));
    assert_eq!(all.accounts.len() + BROKEN, ROWS as usize + people().len());

    let mut random = Random::new(kill_seed());
    let mut killed = 0;
    for _ in 0..rounds {
        let world = new_world();
        for _ in 0..=random.below(2) {
            killed += u32::from(kill_one(&world, &file, &mut random, quarter));
            assert!(Content::of(&world).is_start_of(&all));
        }
        Running::start(&world, &file).end();
        assert!(Content::of(&world) == all);
    }
    assert!(killed > 0, "none was killed before it had ended");
}

/// Kills an import at a random moment after a random number of batches, which may be none.
fn kill_one(world: &World, file: &Path, random: &mut Random, most: Duration) -> bool {
    let mut import = Running::start(world, file);
    if random.below(3) > 0 {
        import.wait_for_skipped(random.below(BROKEN) + 1);
    }
    let lag = most.mul_f64(random.part());
    println!("{lag:?} later");
    sleep(lag);
    import.kill(world)
}
