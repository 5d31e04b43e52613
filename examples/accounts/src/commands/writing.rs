//! The parts that all commands that write have in common: the actor, the mails, and the output.

use std::path::Path;
use std::process::ExitCode;

use lback_auth::{AccountStore, Accounts, RequestContext, User};
use lback_signals::durable::OutboxAdmin;
use lback_signals::{Failure, FailureKind, Scope, on_failure, provide};

use super::super::cli::{Global, Import, Writing};
use super::super::database::{IfMissing, Location, WithOutbox};
use super::super::failure;
use super::super::files::{Guarded, warn_of_others};
use super::super::import as source;
use super::super::mail::Mailer;
use super::super::output;
use super::{REFUSED, addresses, delivering, import, key, passwords, sessions, upkeep};

/// The outcome of a command.
pub(super) struct Done {
    /// The text that is printed.
    said: String,
    code: ExitCode,
}

impl Done {
    pub(super) fn new(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            code: ExitCode::SUCCESS,
        }
    }

    /// A sign-in was not granted.
    pub(super) fn refused(said: impl Into<String>) -> Self {
        Self {
            code: ExitCode::from(REFUSED),
            ..Self::new(said)
        }
    }
}

pub(super) async fn run(global: &Global, command: Writing) -> anyhow::Result<ExitCode> {
    let location: Location = global.database.parse()?;
    let key = key::file(global.key.as_deref(), &location)?;
    provide(Mailer::new(&global.mail, &global.mail_from)?)?;
    on_failure(warn_of_a_receiver);
    look_into(&command)?;
    let missing = match command {
        Writing::Work | Writing::Durable(_) => IfMissing::Refuse,
        _ => IfMissing::Create,
    };
    let store = location.open(missing).await?;
    let store = store.with_outbox().await?;
    let mut guarded: Vec<_> = location.file().map(Guarded::Database).into_iter().collect();
    guarded.push(Guarded::Key(&key));
    let done = match &store {
        WithOutbox::Sqlite(store, outbox) => {
            run_in(store.clone(), outbox, &key, &guarded, global, command).await
        }
        WithOutbox::Postgres(store, outbox) => {
            run_in(store.clone(), outbox, &key, &guarded, global, command).await
        }
    };
    store.close().await;
    done
}

/// Reports mistakes that do not depend on the database before it is opened or created.
fn look_into(command: &Writing) -> anyhow::Result<()> {
    match command {
        Writing::Register { username, email } => Ok(User::new(username, email).map(drop)?),
        Writing::Import(Import::Lback { file, .. }) => source::look_into(file),
        _ => Ok(()),
    }
}

/// Warns of a panic or another failure of a receiver. An error is a mail that was not sent, which [`delivering`]
/// reports at the end.
fn warn_of_a_receiver(failure: &Failure) {
    if !matches!(failure.kind(), FailureKind::Error(_)) {
        failure::warn(&failure.to_string());
    }
}

async fn run_in<S: AccountStore<User = User>>(
    store: S,
    outbox: &impl OutboxAdmin,
    key: &Path,
    guarded: &[Guarded<'_>],
    global: &Global,
    command: Writing,
) -> anyhow::Result<ExitCode> {
    let key = key::of(key)?;
    warn_of_others(guarded);
    let mut context = RequestContext::new();
    if let Some(client) = global.client {
        context = context.with_client(client);
    }
    if let Some(id) = &global.request_id {
        context = context.with_request_id(id);
    }
    let accounts = Accounts::new(store, key);
    let scope = Scope::new().provide(context);
    let scope = scope.provide(accounts.token_issuer());
    let ran = scope.run_async(async {
        match command {
            Writing::Work => delivering::work(outbox).await,
            Writing::Durable(command) => Ok(command.run(outbox).await),
            command => {
                let done = perform(&accounts, command).await?;
                let said = output::print(&format!("{}\n", done.said));
                delivering::deliver(outbox).await;
                match said {
                    Err(error) if !failure::is_end_of_reader(&error) => Err(error),
                    // The command is done even if its output has no reader.
                    _ => Ok(done.code),
                }
            }
        }
    });
    ran.await
}

async fn perform<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    command: Writing,
) -> anyhow::Result<Done> {
    match command {
        Writing::Register { username, email } => {
            addresses::register(accounts, &username, &email).await
        }
        Writing::Verify { token, again } => addresses::verify(accounts, token, again).await,
        Writing::Login { username } => passwords::login(accounts, &username).await,
        Writing::Passwd { username } => passwords::change(accounts, &username).await,
        Writing::Reset { email, token } => passwords::reset(accounts, email, token).await,
        Writing::ChangeEmail {
            username,
            email,
            token,
        } => addresses::change(accounts, username.zip(email), token).await,
        Writing::Deactivate { username } => upkeep::deactivate(accounts, &username).await,
        Writing::Reactivate { username } => upkeep::reactivate(accounts, &username).await,
        Writing::EndSession {
            username, number, ..
        } => sessions::end(accounts, &username, number).await,
        Writing::Import(Import::Lback { file, keep_tokens }) => {
            import::lback(accounts, &file, keep_tokens).await
        }
        Writing::Purge => upkeep::purge(accounts).await,
        Writing::Work | Writing::Durable(_) => unreachable!("these commands run no flow"),
    }
}
