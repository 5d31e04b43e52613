//! What can be written behind `accounts`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Accounts in a database: registering, signing in, verifying addresses, changing and resetting
/// passwords, and a log of all that.
///
/// Passwords are asked for on a terminal, and so is a token that is written as `-`. Elsewhere they are
/// read from standard input, one line for each. `login` exits with 0 if it was granted and 1 if not;
/// whatever else fails exits with 2.
///
/// Others can see the arguments of a program that runs. Write `-` for a token, and a URL with a password
/// into the variable `ACCOUNTS_DATABASE` or `ACCOUNTS_MAIL`.
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
    /// The accounts' database: `sqlite:FILE` or `postgres://USER@HOST/NAME`; commands that write create
    /// the file and the tables if there are none
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

    /// The file of the secret by which attempts are counted, which is created if there is none
    /// [default: beside the file of SQLite, or accounts.key]
    #[arg(long, global = true, value_name = "FILE", env = "ACCOUNTS_KEY")]
    pub(super) key: Option<PathBuf>,

    /// Where mails go: a folder, or a server as `smtps://USER:PASSWORD@HOST` or, without encryption,
    /// `smtp://HOST:PORT`
    #[arg(long, global = true, value_name = "FOLDER|URL", env = "ACCOUNTS_MAIL")]
    #[arg(hide_env_values = true, default_value = "mails")]
    pub(super) mail: String,

    /// Who mails are from
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "ACCOUNTS_MAIL_FROM"
    )]
    #[arg(default_value = "accounts@localhost")]
    pub(super) mail_from: String,

    /// The IP address on whose behalf this is done, by which attempts are counted too
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) client: Option<IpAddr>,

    /// What the audit log is to call this request
    #[arg(long, global = true, value_name = "TEXT")]
    pub(super) request_id: Option<String>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    #[command(flatten)]
    Writing(Writing),

    #[command(flatten)]
    Reading(Reading),

    /// Show which signals this program sends, and who receives them
    Wiring {
        /// The format
        #[arg(long, value_enum, default_value_t)]
        format: WiringFormat,
    },

    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Commands that write to the database.
#[derive(Subcommand)]
pub(super) enum Writing {
    /// Register an account, and mail a token to its address
    Register {
        /// Its name
        username: String,
        /// Its address
        email: String,
    },

    /// Verify an address by the token that was mailed to it
    #[command(override_usage = "accounts verify [OPTIONS] <TOKEN>\n       \
                                accounts verify [OPTIONS] --again <EMAIL>")]
    Verify {
        /// The token, or `-` to be asked for it
        // A token may begin with a hyphen.
        #[arg(required_unless_present = "again", allow_hyphen_values = true)]
        token: Option<String>,
        /// Mail another token to this address
        #[arg(long, value_name = "EMAIL", conflicts_with = "token")]
        again: Option<String>,
    },

    /// Try to sign in with a password; exits with 1 if that is denied
    Login {
        /// Its name or address
        username: String,
    },

    /// Change a password; asks for the present one and for the new one
    Passwd {
        /// The account's name or address
        username: String,
    },

    /// Reset a password: mail a token to its address, or set a new one by a token
    #[command(override_usage = "accounts reset [OPTIONS] <EMAIL>\n       \
                                accounts reset [OPTIONS] --token <TOKEN>")]
    Reset {
        /// The account's address
        #[arg(required_unless_present = "token")]
        email: Option<String>,
        /// The token that was mailed, or `-` to be asked for it; asks for the new password
        #[arg(long, conflicts_with = "email", allow_hyphen_values = true)]
        token: Option<String>,
    },

    /// Change an address: mail a token to the new one, or take a token back
    #[command(
        override_usage = "accounts change-email [OPTIONS] <USERNAME> <EMAIL>\n       \
                                accounts change-email [OPTIONS] --token <TOKEN>"
    )]
    ChangeEmail {
        /// The account's name or address
        #[arg(required_unless_present = "token", requires = "email")]
        username: Option<String>,
        /// The new address
        email: Option<String>,
        /// The token that was mailed to the new address, or `-` to be asked for it
        #[arg(long, conflicts_with_all = ["username", "email"], allow_hyphen_values = true)]
        token: Option<String>,
    },

    /// Take an account out of use; its sessions end
    Deactivate {
        /// The account's name or address
        username: String,
    },

    /// Put an account in use again
    Reactivate {
        /// The account's name or address
        username: String,
    },

    /// Move accounts in from other software
    #[command(subcommand)]
    Import(Import),

    /// Delete tokens that have expired and attempts that count no more
    Purge,
}

/// Commands that only read it.
#[derive(Subcommand)]
pub(super) enum Reading {
    /// List the accounts
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },

    /// Show the audit log
    Audit(Audit),
}

#[derive(Args)]
pub(super) struct Audit {
    /// Of this account alone, by its name or address
    #[arg(long, value_name = "USERNAME")]
    pub(super) user: Option<String>,
    /// Of the account with this id alone, which may be gone
    #[arg(long, conflicts_with = "user")]
    pub(super) id: Option<String>,
    /// Of this signal alone, such as `user_authenticated`
    #[arg(long, value_name = "NAME")]
    pub(super) signal: Option<String>,
    /// Of this outcome alone, such as `wrong_password`
    #[arg(long, value_name = "NAME")]
    pub(super) outcome: Option<String>,
    /// From this instant on, such as `2026-11-25T22:00:00Z`
    #[arg(long, value_name = "INSTANT", value_parser = super::output::parse_instant)]
    pub(super) since: Option<time::OffsetDateTime>,
    /// The last so many that match, alone
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(super) last: Option<usize>,
    /// Go on with what is appended from now on, until interrupted
    #[arg(long, short)]
    pub(super) follow: bool,
    /// One JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(super) enum Import {
    /// From the database of the Python original: users, their hashes, and whether they are verified
    /// and active
    ///
    /// Accounts that are here already are left as they are, so that it can be run again: to add new
    /// ones, or to complete an import that was broken off. It writes for about 300 ms at a time, and
    /// people can sign in meanwhile. Rows that cannot be used are skipped with a warning, and it exits
    /// with 0 nevertheless.
    Lback {
        /// Its file of SQLite
        file: PathBuf,
        /// Also the tokens that are out to verify addresses
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
    /// The lines of a `signals.lock`
    Lock,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());
