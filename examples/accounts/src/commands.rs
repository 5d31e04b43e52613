//! The commands.

mod account;
mod addresses;
mod audit;
mod delivering;
mod import;
mod key;
mod linked;
mod list;
mod passwords;
mod sessions;
mod upkeep;
mod writing;

use std::process::ExitCode;

use anyhow::Context;
use lback_auth::{AccountStore, User};
use tokio::runtime::{Builder, Runtime};

use super::cli::{Cli, Command, Reading};
use super::database::{IfMissing, Location, Store};
use super::failure;
use super::files::{Guarded, warn_of_others};

/// A sign-in was not granted.
const REFUSED: u8 = 1;

/// Anything else did not work.
const FAILED: u8 = 2;

pub(super) fn run(cli: Cli) -> ExitCode {
    match try_to(cli) {
        Ok(code) => code,
        Err(error) => {
            failure::report(&error);
            ExitCode::from(FAILED)
        }
    }
}

fn try_to(Cli { global, command }: Cli) -> anyhow::Result<ExitCode> {
    match command {
        Command::Writing(command) => runtime()?.block_on(writing::run(&global, command)),
        Command::Reading(command) => {
            let location = global.database.parse()?;
            to_reader(runtime()?.block_on(read(&location, &command)))
        }
        Command::Wiring { format } => to_reader(linked::wiring(format)),
        Command::Completions { shell } => to_reader(linked::completions(shell)),
    }
}

/// The output is all that these are for: if its reader is gone, they are done.
fn to_reader(printed: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    match printed {
        Err(error) if !failure::is_end_of_reader(&error) => Err(error),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the threads of this program")
}

async fn read(location: &Location, command: &Reading) -> anyhow::Result<()> {
    let store = location.open(IfMissing::Refuse).await?;
    warn_of_others(location.file().map(Guarded::Database).as_slice());
    let done = match &store {
        Store::Sqlite(store) => read_in(store, command).await,
        Store::Postgres(store) => read_in(store, command).await,
    };
    store.close().await;
    done
}

async fn read_in<S: AccountStore<User = User>>(store: &S, command: &Reading) -> anyhow::Result<()> {
    match command {
        Reading::List { json } => list::list(store, *json).await,
        Reading::Sessions { username, json } => sessions::list(store, username, *json).await,
        Reading::Export { username, id } => {
            sessions::export(store, username.as_deref(), id.as_deref()).await
        }
        Reading::Audit(audit) => audit::audit(store, audit).await,
    }
}
