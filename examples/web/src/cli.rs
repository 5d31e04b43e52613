//! The command line.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{operators, serve};

/// A web application with accounts
#[derive(Debug, Parser)]
#[command(name = "web", args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Change the operators, who see the audit log, the live feed, the wiring and the dead letters
    #[command(subcommand)]
    Operator(Change),
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Make an account an operator
    Add(Operator),
    /// Make an operator a plain account again
    Remove(Operator),
}

#[derive(Debug, Args)]
struct Operator {
    /// Name or verified address of the account
    name: String,
    #[command(flatten)]
    data: Data,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Data {
    /// Folder of the database, the key and the mails, which is created
    #[arg(long = "data", value_name = "FOLDER", default_value = "web-data")]
    pub(crate) folder: PathBuf,
}

/// The settings of the server.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address of the site for its users, such as `https://accounts.example.org`; a proxy that speaks TLS forwards it
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Number of proxies that append the address of their peer to `X-Forwarded-For`; attempts are counted by the address
    /// that they give. Needed with `--url`
    #[arg(long)]
    pub(crate) trusted_proxies: Option<usize>,
    /// Mail server, such as `smtps://USER:PASSWORD@HOST`; without one, mails are files in the folder
    #[arg(long, env = "WEB_MAIL", hide_env_values = true)]
    pub(crate) mail: Option<MailServer>,
    /// Sender of mails, such as `accounts@example.org`; needed with a mail server
    #[arg(long)]
    pub(crate) mail_from: Option<String>,
}

/// The URL of a mail server. `Debug` omits it, since it may contain a password.
#[derive(Clone)]
pub(crate) struct MailServer(String);

impl MailServer {
    pub(crate) fn url(&self) -> &str {
        &self.0
    }
}

impl From<String> for MailServer {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").finish_non_exhaustive()
    }
}

impl Cli {
    /// Returns the settings of the server.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Serves until it is interrupted, or changes the operators.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting cannot be used, or the database or the listener fails.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            None => serve::serve(&self.settings).await,
            Some(Command::Operator(Change::Add(it))) => {
                operators::add(&it.data.folder, &it.name).await
            }
            Some(Command::Operator(Change::Remove(it))) => {
                operators::remove(&it.data.folder, &it.name).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_omits_the_password_of_the_mail_server() {
        let arguments = ["web", "--mail", "smtps://ada:hunter2@mail.example.org"];
        let cli = Cli::parse_from(arguments);
        assert_eq!(
            cli.settings.mail.as_ref().map(MailServer::url),
            Some(arguments[2])
        );
        let shown = format!("{cli:?} {:?}", cli.settings());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
