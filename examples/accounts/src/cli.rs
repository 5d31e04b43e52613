//! The command line of `accounts`: its commands, options and help texts.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use lback_signals::durable::cli::DurableCommand;

/// Manage accounts in a database: register, sign in, verify addresses, change and reset passwords,
/// and read the audit log.
///
/// On a terminal the program prompts for passwords, and for a token that is given as `-`. Otherwise it
/// reads them from standard input, one per line. `login` exits with 0 if access is granted and with 1 if
/// it is denied. Every other failure exits with 2.
///
/// Other users of the system can see the arguments of a running program. Give a token as `-`, and a URL
/// that contains a password in the variable `ACCOUNTS_DATABASE` or `ACCOUNTS_MAIL`.
// Not `Debug`, as nothing below: URLs have passwords in them, and tokens are secrets.
#[derive(Parser)]
#[command(name = "accounts", version, styles = STYLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Global {
    /// Database of the accounts: `sqlite:FILE` or `postgres://USER@HOST/NAME`; commands that write create
    /// a missing file and missing tables
    #[arg(
        long,
        short,
        global = true,
        value_name = "URL",
        env = "ACCOUNTS_DATABASE"
    )]
    #[arg(hide_env_values = true, default_value = "sqlite:accounts.db")]
    // Parsed later: clap's error about a bad value shows the value, password and all.
    pub(super) database: String,

    /// File with the secret key that attempts are counted by; created if it does not exist
    /// [default: beside the file of SQLite, or accounts.key]
    #[arg(long, global = true, value_name = "FILE", env = "ACCOUNTS_KEY")]
    pub(super) key: Option<PathBuf>,

    /// Destination of mails: a folder, or a server as `smtps://USER:PASSWORD@HOST` or, without encryption,
    /// `smtp://HOST:PORT`
    #[arg(long, global = true, value_name = "FOLDER|URL", env = "ACCOUNTS_MAIL")]
    #[arg(hide_env_values = true, default_value = "mails")]
    pub(super) mail: String,

    /// Sender address of mails
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "ACCOUNTS_MAIL_FROM"
    )]
    #[arg(default_value = "accounts@localhost")]
    pub(super) mail_from: String,

    /// IP address of the client on whose behalf the command runs; attempts are counted by it, too
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) client: Option<IpAddr>,

    /// Id of this request in the audit log
    #[arg(long, global = true, value_name = "TEXT")]
    pub(super) request_id: Option<String>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    #[command(flatten)]
    Writing(Writing),

    #[command(flatten)]
    Reading(Reading),

    /// Show the signals of this program and their receivers
    Wiring {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: WiringFormat,
    },

    /// Print completions for a shell
    Completions {
        /// Shell to print completions for
        shell: Shell,
    },
}

/// Commands that write to the database.
#[derive(Subcommand)]
pub(super) enum Writing {
    /// Register an account, and mail a token to its address
    Register {
        /// Name of the new account
        username: String,
        /// Email address of the new account
        email: String,
    },

    /// Verify an address with the token that was mailed to it
    #[command(override_usage = "accounts verify [OPTIONS] <TOKEN>\n       \
                                accounts verify [OPTIONS] --again <EMAIL>")]
    Verify {
        /// Token from the mail, or `-` for a prompt
        // A token may begin with a hyphen.
        #[arg(required_unless_present = "again", allow_hyphen_values = true)]
        token: Option<String>,
        /// Mail a new token to this address
        #[arg(long, value_name = "EMAIL", conflicts_with = "token")]
        again: Option<String>,
    },

    /// Check a password; exits with 1 if access is denied
    Login {
        /// Name or address of the account
        username: String,
    },

    /// Change a password; prompts for the current and the new one
    Passwd {
        /// Name or address of the account
        username: String,
    },

    /// Reset a password: mail a token to its address, or set a new one with a token
    #[command(override_usage = "accounts reset [OPTIONS] <EMAIL>\n       \
                                accounts reset [OPTIONS] --token <TOKEN>")]
    Reset {
        /// Address of the account
        #[arg(required_unless_present = "token")]
        email: Option<String>,
        /// Token from the mail, or `-` for a prompt; prompts for the new password
        #[arg(long, conflicts_with = "email", allow_hyphen_values = true)]
        token: Option<String>,
    },

    /// Change an address: mail a token to the new one, or confirm the change with a token
    #[command(
        override_usage = "accounts change-email [OPTIONS] <USERNAME> <EMAIL>\n       \
                                accounts change-email [OPTIONS] --token <TOKEN>"
    )]
    ChangeEmail {
        /// Name or address of the account
        #[arg(required_unless_present = "token", requires = "email")]
        username: Option<String>,
        /// New address
        email: Option<String>,
        /// Token from the mail to the new address, or `-` for a prompt
        #[arg(long, conflicts_with_all = ["username", "email"], allow_hyphen_values = true)]
        token: Option<String>,
    },

    /// Deactivate an account and end its sessions
    Deactivate {
        /// Name or address of the account
        username: String,
    },

    /// Reactivate an account
    Reactivate {
        /// Name or address of the account
        username: String,
    },

    /// End a session of an account, or all
    EndSession {
        /// Name or address of the account
        username: String,
        /// Number of the session, as `accounts sessions` shows it
        #[arg(required_unless_present = "all")]
        number: Option<i64>,
        /// End all sessions of the account
        #[arg(long, conflicts_with = "number")]
        all: bool,
    },

    /// Import accounts from other software
    #[command(subcommand)]
    Import(Import),

    /// Delete expired tokens, sessions and attempts
    Purge,

    /// Send the mails that wait, until interrupted
    Work,

    /// Inspect and change the mails that wait or could not be sent
    Durable(DurableCommand),
}

/// Commands that only read it.
#[derive(Subcommand)]
pub(super) enum Reading {
    /// List the accounts
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },

    /// List the valid sessions of an account
    Sessions {
        /// Name or address of the account
        username: String,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },

    /// Print what the database holds of an account, as JSON without hashes and digests
    Export {
        /// Name or address of the account
        #[arg(required_unless_present = "id")]
        username: Option<String>,
        /// Id of the account, which may be deleted
        #[arg(long, conflicts_with = "username")]
        id: Option<String>,
    },

    /// Show the audit log
    Audit(Audit),
}

#[derive(Args)]
pub(super) struct Audit {
    /// Only entries of this account, by its name or address
    #[arg(long, value_name = "USERNAME")]
    pub(super) user: Option<String>,
    /// Only entries of the account with this id, which may be deleted
    #[arg(long, conflicts_with = "user")]
    pub(super) id: Option<String>,
    /// Only entries of this signal, such as `user_authenticated`
    #[arg(long, value_name = "NAME")]
    pub(super) signal: Option<String>,
    /// Only entries with this outcome, such as `wrong_password`
    #[arg(long, value_name = "NAME")]
    pub(super) outcome: Option<String>,
    /// Only entries since this time, such as `2026-11-25T22:00:00Z`
    #[arg(long, value_name = "INSTANT", value_parser = super::output::parse_instant)]
    pub(super) since: Option<time::OffsetDateTime>,
    /// Only the last COUNT matching entries
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(super) last: Option<usize>,
    /// Print new entries as they are appended, until interrupted
    #[arg(long, short)]
    pub(super) follow: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(super) enum Import {
    /// Import the users of a database of the Python lback, with their password hashes and their states
    ///
    /// Existing accounts are left unchanged, so the import can be repeated: to add new accounts, or to
    /// complete an import that was interrupted. It writes for about 300 ms at a time, and users can sign
    /// in meanwhile. Rows that cannot be imported are skipped with a warning, and the command still exits
    /// with 0.
    Lback {
        /// SQLite file of the Python lback
        file: PathBuf,
        /// Also import pending tokens that verify addresses
        #[arg(long)]
        keep_tokens: bool,
    },
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum WiringFormat {
    #[default]
    Table,
    Mermaid,
    Dot,
    Json,
    Svg,
    /// Text of a `signals.lock`
    Lock,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());
