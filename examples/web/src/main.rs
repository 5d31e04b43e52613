//! A web application with accounts: see "Accounts on the web" in the guide.

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;
use web::Cli;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .init();
    Cli::parse().run().await
}
