//! Checking passwords, changing and resetting them.

use anstyle::{AnsiColor, Style};
use anyhow::bail;
use lback_auth::{
    AccountStore, Accounts, AuthUser, Authentication, PasswordError, TokenPurpose, User,
};

use super::super::output::shown;
use super::super::prompt::Prompt;
use super::account::{find_active, id};
use super::writing::Done;

const GRANTED: Style = AnsiColor::Green.on_default().bold();
const DENIED: Style = AnsiColor::Red.on_default().bold();

pub(super) async fn login<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    username: &str,
) -> anyhow::Result<Done> {
    let password = Prompt::default().password("Password")?;
    let denied = |why: String| Done::refused(format!("{DENIED}denied{DENIED:#}{why}"));
    Ok(match accounts.authenticate(username, &password).await? {
        Authentication::Granted(user) => {
            let must_change = if user.must_change_password() {
                "; the password has to be changed: `accounts passwd`"
            } else {
                ""
            };
            let name = shown(user.username());
            Done::new(format!(
                "{GRANTED}granted{GRANTED:#} to {name}{must_change}"
            ))
        }
        Authentication::Denied => denied(String::new()),
        Authentication::VerificationRequired => {
            denied(": the address has to be verified first".to_owned())
        }
        Authentication::Throttled { retry_after } => {
            let seconds = retry_after.as_millis().div_ceil(1000);
            denied(format!(": too many attempts; try again in {seconds} s"))
        }
        Authentication::Busy => return Err(PasswordError::Busy.into()),
        other => bail!("this program does not know what to make of the answer {other:?}"),
    })
}

pub(super) async fn change<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    username: &str,
) -> anyhow::Result<Done> {
    let user = find_active(accounts.store(), username).await?;
    let mut prompt = Prompt::default();
    let present = prompt.password("Present password")?;
    let new = prompt.new_password()?;
    drop(prompt);
    accounts
        .change_password(&id(&user)?, &present, &new)
        .await?;
    let name = shown(user.username());
    let said = format!("the password of {name} is changed; its sessions and tokens have ended");
    Ok(Done::new(said))
}

pub(super) async fn reset<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    email: Option<String>,
    token: Option<String>,
) -> anyhow::Result<Done> {
    match (email, token) {
        (_, Some(token)) => {
            let mut prompt = Prompt::default();
            let token = prompt.token(token)?;
            // Before the user thinks of a new one in vain.
            accounts.peek(TokenPurpose::PasswordReset, &token).await?;
            let new = prompt.new_password()?;
            drop(prompt);
            accounts.reset_password(&token, &new).await?;
            Ok(Done::new(
                "the password is set; sessions and other tokens have ended",
            ))
        }
        (Some(email), None) => {
            accounts.request_password_reset(&email).await?;
            let email = shown(&email);
            let said =
                format!("if an account has {email} and is in use, a token is on its way there");
            Ok(Done::new(said))
        }
        (None, None) => bail!("neither an address nor a token was given"),
    }
}
