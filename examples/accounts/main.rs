//! Accounts in a database, from registration to deletion.
//!
//! ```text
//! cargo run --example accounts [-- accounts.db]
//! ```
//!
//! The accounts are in the file of SQLite that is named, or in one that is gone afterwards. Mails are
//! printed.

mod receivers;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use lback_auth::{
    AccountStore, Accounts, AuthUser, Authentication, NormalForm, RequestContext, SessionKey,
    SqliteStore, TokenPurpose, User, UserId,
};
use lback_signals::{Scope, provide_dyn};

use self::receivers::Mailbox;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if let Some(file) = env::args_os().nth(1) {
        return live(&PathBuf::from(file)).await;
    }
    let name = format!("lback-accounts-{}", std::process::id());
    let folder = env::temp_dir().join(name);
    std::fs::create_dir(&folder)?;
    let done = live(&folder.join("accounts.db")).await;
    std::fs::remove_dir_all(folder)?;
    done
}

async fn live(file: &Path) -> anyhow::Result<()> {
    let mailbox = Mailbox::default();
    provide_dyn::<Mailbox>(mailbox.clone().into())?;
    let store = SqliteStore::open(file)
        .await
        .with_context(|| format!("cannot open {}", file.display()))?;
    // An application has 32 random bytes of its own, the same each time.
    let accounts = Accounts::new(store, SessionKey::new(&[7; 32])?);

    // What holds for one request; a middleware provides it.
    let context = RequestContext::new()
        .with_client("192.0.2.7".parse()?)
        .with_request_id("01J9ZQ");
    Scope::new()
        .provide(context)
        .run_async(life_of_ada(&accounts, &mailbox))
        .await?;

    println!("\nthe audit log:");
    for (_, entry) in accounts.store().audit(None, 100).await? {
        let user = entry.user.as_ref().map_or("-", UserId::as_str);
        println!("  {} {} {user}", entry.signal, entry.outcome);
    }
    Ok(())
}

async fn life_of_ada(accounts: &Accounts<SqliteStore>, mailbox: &Mailbox) -> anyhow::Result<()> {
    let first = "correct horse battery staple";
    let second = "paper clip mountain seventeen";

    let ada = User::new("ada", "ada@example.org")?;
    accounts.register(ada, first).await?;
    sign_in(accounts, "ada", first).await?;

    // Mails are sent after the answer, by a task of their own.
    accounts.answer_requests().await?;
    accounts.verify_email(&mailbox.take()?).await?;
    sign_in(accounts, "ada", "guess").await?;
    sign_in(accounts, "nobody", "guess").await?;
    sign_in(accounts, "ADA@example.org", first).await?;

    accounts.request_password_reset("ada@example.org").await?;
    accounts
        .request_password_reset("nobody@example.org")
        .await?;
    accounts.answer_requests().await?;
    let token = mailbox.take()?;
    accounts.peek(TokenPurpose::PasswordReset, &token).await?; // the link shows a form …
    accounts.reset_password(&token, second).await?; // … which is sent back
    sign_in(accounts, "ada", second).await?;

    let id = id_of(accounts, "ada").await?;
    accounts.change_email(&id, "ada@new.example").await?;
    accounts.answer_requests().await?;
    accounts.confirm_email_change(&mailbox.take()?).await?;

    accounts.deactivate(&id).await?;
    sign_in(accounts, "ada", second).await?;
    accounts.reactivate(&id).await?;
    accounts.delete(&id).await?;
    Ok(())
}

/// Says what the one who tries is told.
async fn sign_in(
    accounts: &Accounts<SqliteStore>,
    login: &str,
    password: &str,
) -> anyhow::Result<()> {
    let told = match accounts.authenticate(login, password).await? {
        Authentication::Granted(user) => format!("welcome, {}", user.username()),
        Authentication::Denied => "wrong name or password".to_owned(),
        Authentication::VerificationRequired => "look into your mail first".to_owned(),
        Authentication::Throttled { retry_after } => format!("wait {retry_after:?}"),
        _ => "come back in a while".to_owned(),
    };
    println!("{login} is told: {told}");
    Ok(())
}

async fn id_of(accounts: &Accounts<SqliteStore>, login: &str) -> anyhow::Result<UserId> {
    let found = accounts
        .store()
        .find_by_login(&NormalForm::of(login))
        .await?;
    let Some(id) = found.and_then(|user| user.id()) else {
        bail!("{login} is not there");
    };
    Ok(id)
}
