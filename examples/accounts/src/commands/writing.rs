//! The parts that all commands that write have in common: the actor, the mails, and the output.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use lback_auth::{AccountStore, Accounts, RequestAnswering, RequestContext, User};
use lback_signals::{Failure, FailureKind, Scope, on_failure, provide};

use super::super::cli::{Global, Import, Writing};
use super::super::database::{IfMissing, Location, Store};
use super::super::failure::{self, Advised};
use super::super::files::{Guarded, warn_of_others};
use super::super::import as source;
use super::super::mail::{self, Mailer};
use super::super::output;
use super::{FAILED, REFUSED, addresses, import, key, passwords, upkeep};

/// The outcome of a command.
pub(super) struct Done {
    /// The text that is printed.
    said: String,
    code: ExitCode,
    /// Whether a user waits for a mail, without which it has failed.
    is_mailing: bool,
}

impl Done {
    pub(super) fn new(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            code: ExitCode::SUCCESS,
            is_mailing: false,
        }
    }

    /// A sign-in was not granted.
    pub(super) fn refused(said: impl Into<String>) -> Self {
        Self {
            code: ExitCode::from(REFUSED),
            ..Self::new(said)
        }
    }

    /// A mail is to go out.
    pub(super) fn mailing(said: impl Into<String>) -> Self {
        Self {
            is_mailing: true,
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
    let store = location.open(IfMissing::Create).await?;
    let mut guarded: Vec<_> = location.file().map(Guarded::Database).into_iter().collect();
    guarded.push(Guarded::Key(&key));
    let done = match store.clone() {
        Store::Sqlite(store) => run_in(store, &key, &guarded, global, command).await,
        Store::Postgres(store) => run_in(store, &key, &guarded, global, command).await,
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

/// An error is a mail that was not sent, which [`mail::deliver`] reports at the end.
fn warn_of_a_receiver(failure: &Failure) {
    if !matches!(failure.kind(), FailureKind::Error(_)) {
        failure::warn(&failure.to_string());
    }
}

async fn run_in<S: AccountStore<User = User>>(
    store: S,
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
    let scope = Scope::new().provide(context);
    let ran = scope.run_async(async {
        // Requests are answered below, so that mails are out when this program ends.
        let builder = Accounts::builder(store, key).request_answering(RequestAnswering::Manual);
        let accounts = builder.build()?;
        let done = perform(&accounts, command).await?;
        let said = output::print(&format!("{}\n", done.said));
        let code = send_mails(&accounts, &done).await?;
        match said {
            Err(error) if !failure::is_end_of_reader(&error) => Err(error),
            // The command is done even if its output has no reader.
            _ => Ok(code),
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
        Writing::Import(Import::Lback { file, keep_tokens }) => {
            import::lback(accounts, &file, keep_tokens).await
        }
        Writing::Purge => upkeep::purge(accounts).await,
    }
}

/// Answers the requests that this command has filed, and those that one has left behind that was killed,
/// and waits until all mails are out. A mail is lost if the process was killed after its token was
/// stored: the user asks for another one.
async fn send_mails<S: AccountStore>(
    accounts: &Accounts<S>,
    done: &Done,
) -> anyhow::Result<ExitCode> {
    let answered = accounts.answer_requests().await;
    let failures = mail::deliver().await;
    for failure in &failures {
        failure::warn(failure);
    }
    if !failures.is_empty() {
        failure::hint("`--mail` says where mails go: look whether that is right");
    }
    match answered {
        Err(error) if done.is_mailing => Err(error).context(Advised::new(
            "what was asked for is kept, but its mail is not out",
            "the next command that writes sends it",
        )),
        Err(error) => {
            failure::warn(&format!("requested mails were not sent: {error}"));
            Ok(done.code)
        }
        Ok(_) if done.is_mailing && !failures.is_empty() => Ok(ExitCode::from(FAILED)),
        Ok(_) => Ok(done.code),
    }
}
