//! A small shop on SQLite or PostgreSQL, in two processes or more: a sender, and workers.
//!
//! `orders place` reads orders from a CSV file or from standard input, and stores each in one transaction.
//! `orders work` sends the receipts and books the stock. Kill either at any time, and start it again: each order
//! that was stored gets its receipt, and its stock is booked exactly once.
//!
//! ```console
//! $ printf 'number,email,item,quantity\n1,ada@example.org,tea,2\n' | orders place
//! placed 1 order, refused 0
//! $ orders work --until-idle
//! $ cat receipts/1.txt
//! ```
//!
//! `orders durable` inspects and changes deliveries that wait or have failed. `kill -USR1` makes a worker print its last
//! attempts as a table. With the feature `prometheus`, `orders work --metrics 127.0.0.1:9000` serves its numbers to
//! Prometheus.
//!
//! With `--database postgres://user@host/shop` the processes may be on several machines, if these share the folder of
//! the receipts.

mod database;
#[cfg(feature = "prometheus")]
mod exporter;
mod receivers;
mod shop;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use lback_signals::durable::cli::DurableCommand;
use lback_signals::durable::{Outbox, OutboxError, Worker};
use lback_signals::{LiveView, provide, set_observer};

use self::database::Database;
use self::receivers::Receipts;

/// A small shop whose receipts and bookings survive the process.
#[derive(Parser)]
struct Arguments {
    /// The file of an SQLite database, which is created if there is none, or a URL of PostgreSQL (postgres://…)
    #[arg(long, default_value = "orders.db", global = true)]
    database: String,
    /// The folder of the receipts
    #[arg(long, default_value = "receipts", global = true)]
    receipts: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Place the orders of a CSV file with the columns number, email, item and quantity
    Place {
        /// The file, or `-` for standard input
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Send receipts and book the stock, until interrupted
    Work {
        /// The seconds after which other workers take over what a killed one had begun
        #[arg(long, default_value_t = 30)]
        lease: u64,
        /// End when no delivery waits or runs
        #[arg(long)]
        until_idle: bool,
        /// The address on which Prometheus asks for numbers, such as 127.0.0.1:9000
        #[cfg(feature = "prometheus")]
        #[arg(long)]
        metrics: Option<std::net::SocketAddr>,
    },
    /// Show the stock, and the deliveries that wait
    Show,
    /// Inspect and change the deliveries of receipts and bookings
    Durable(DurableCommand),
}

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("error: {error:?}");
        // Unlike 1, the result of a command such as `durable check`.
        ExitCode::from(2)
    })
}

async fn run() -> anyhow::Result<ExitCode> {
    let Arguments {
        database,
        receipts,
        command,
    } = Arguments::parse();
    let database = Database::open(&database)
        .await
        // Without the URL, which may have a password.
        .context("cannot open the database")?;
    provide(Receipts::new(receipts.clone()))?;
    match command {
        Command::Place { file } => {
            let orders = read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let placed = shop::place_all(&database, orders).await?;
            println!("{placed}");
            return Ok(placed.exit_code());
        }
        Command::Work {
            lease,
            until_idle,
            #[cfg(feature = "prometheus")]
            metrics,
        } => {
            fs::create_dir_all(&receipts)?;
            let view = LiveView::new(1000);
            show_on_signal(view.clone());
            #[cfg(feature = "prometheus")]
            match metrics {
                Some(address) => export(address, &database, view).await?,
                None => set_observer(view)?,
            }
            #[cfg(not(feature = "prometheus"))]
            set_observer(view)?;
            let lease = Duration::from_secs(lease);
            match &database {
                Database::Sqlite { outbox, .. } => work(outbox, lease, until_idle).await?,
                Database::Postgres { outbox, .. } => work(outbox, lease, until_idle).await?,
            }
        }
        Command::Show => shop::show(&database).await?,
        Command::Durable(durable) => {
            return Ok(match &database {
                Database::Sqlite { outbox, .. } => durable.run(outbox).await,
                Database::Postgres { outbox, .. } => durable.run(outbox).await,
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Observes this process, and serves its numbers.
#[cfg(feature = "prometheus")]
async fn export(
    address: std::net::SocketAddr,
    database: &Database,
    view: LiveView,
) -> anyhow::Result<()> {
    let exporter = exporter::Exporter::bind(address).await?;
    set_observer((view, lback_signals::metrics::MetricsObserver::new()))?;
    match database {
        Database::Sqlite { outbox, .. } => tokio::spawn(exporter.serve(outbox.clone())),
        Database::Postgres { outbox, .. } => tokio::spawn(exporter.serve(outbox.clone())),
    };
    Ok(())
}

async fn work(outbox: &impl Outbox, lease: Duration, until_idle: bool) -> Result<(), OutboxError> {
    let worker = Worker::new(outbox).with_lease(lease);
    if until_idle {
        worker.run(database::idle(outbox)).await
    } else {
        worker.run(interrupted()).await
    }
}

fn read(file: &Path) -> io::Result<Box<dyn Read>> {
    if file == Path::new("-") {
        Ok(Box::new(io::stdin()))
    } else {
        Ok(Box::new(File::open(file)?))
    }
}

/// Prints the last dispatches and attempts as a table on each `SIGUSR1`.
#[cfg(unix)]
fn show_on_signal(view: LiveView) {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::user_defined1()) {
        Ok(mut signals) => {
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    eprintln!("{view}");
                }
            });
        }
        Err(error) => eprintln!("orders: cannot wait for SIGUSR1: {error}"),
    }
}

#[cfg(not(unix))]
fn show_on_signal(_: LiveView) {}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("orders: cannot wait for an interrupt: {error}");
        // Works until it is killed.
        std::future::pending::<()>().await;
    }
}
