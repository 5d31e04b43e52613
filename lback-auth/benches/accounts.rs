//! Cost of signing in and of finding accounts, compared with plain statements and hashing.
//!
//! `cargo bench -p lback-auth --features sqlite,postgres --bench accounts` prints all results in one run,
//! with `--quick` in some seconds. Compare the ratios, not the times: both sides take turns, and each line
//! has the median, the lowest and the highest ratio of all turns. Run it on an idle machine, since under
//! load the side with more threads gets more processor time.
//!
//! `LBACK_POSTGRES_URL` names a PostgreSQL server to measure too. The bench creates and drops databases
//! named `lback_bench_…` there.

#[path = "accounts/database.rs"]
mod database;
#[path = "accounts/finding.rs"]
mod finding;
#[path = "accounts/ratio.rs"]
mod ratio;
#[path = "accounts/signing_in.rs"]
mod signing_in;
#[path = "accounts/store.rs"]
mod store;

use std::env;

use database::{Database, InPostgres, InSqlite};
use lback_auth::Hasher;

const PASSWORD: &str = "correct horse battery staple";

/// The number of accounts in the small database, in the large one, and in the large one of `--quick`.
const FEW: u32 = 1_000;
const MANY: u32 = 100_000;
const MANY_QUICKLY: u32 = 10_000;

fn main() {
    let is_quick = env::args().any(|argument| argument == "--quick");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        measure::<InSqlite>(is_quick).await;
        if database::server().is_some() {
            measure::<InPostgres>(is_quick).await;
        } else {
            println!("PostgreSQL skipped: set LBACK_POSTGRES_URL");
        }
    });
}

async fn measure<D: Database>(is_quick: bool) {
    println!("{}", D::NAME);
    let stored = stored(&Hasher::insecure_for_tests());
    let few = D::create(FEW, &stored).await;
    let accounts = if is_quick { MANY_QUICKLY } else { MANY };
    let many = D::create(accounts, &stored).await;
    signing_in::measure(&few, is_quick).await;
    finding::measure((&few, FEW), (&many, accounts), is_quick).await;
    few.remove().await;
    many.remove().await;
}

/// Returns the hash of the password.
fn stored(hasher: &Hasher) -> String {
    let password = hasher.hash(PASSWORD).expect("a hash");
    password.stored().expect("a hash").to_owned()
}
