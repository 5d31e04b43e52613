//! Registering, verifying addresses, and changing them.

use anyhow::bail;
use lback_auth::{AccountStore, Accounts, AuthUser, User};

use super::super::output::shown;
use super::super::prompt::Prompt;
use super::account::{find_active, id};
use super::writing::Done;

pub(super) async fn register<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    username: &str,
    email: &str,
) -> anyhow::Result<Done> {
    let user = User::new(username, email)?;
    let said = format!(
        "unless another account has {}, {} is registered and a token is on its way there",
        shown(user.email()),
        shown(user.username()),
    );
    let password = Prompt::default().new_password()?;
    accounts.register(user, &password).await?;
    Ok(Done::new(said))
}

pub(super) async fn verify<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    token: Option<String>,
    again: Option<String>,
) -> anyhow::Result<Done> {
    match (token, again) {
        (Some(token), _) => {
            let token = Prompt::default().token(token)?;
            accounts.verify_email(&token).await?;
            Ok(Done::new("the address is verified"))
        }
        (None, Some(email)) => {
            accounts.request_email_verification(&email).await?;
            let email = shown(&email);
            let said = format!(
                "if an account has {email} and it is not verified, a token is on its way there"
            );
            Ok(Done::new(said))
        }
        (None, None) => bail!("neither a token nor an address was given"),
    }
}

pub(super) async fn change<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    to: Option<(String, String)>,
    token: Option<String>,
) -> anyhow::Result<Done> {
    match (to, token) {
        (_, Some(token)) => {
            let token = Prompt::default().token(token)?;
            accounts.confirm_email_change(&token).await?;
            Ok(Done::new("the address is changed and verified"))
        }
        (Some((username, email)), None) => {
            let user = find_active(accounts.store(), &username).await?;
            accounts.change_email(&id(&user)?, &email).await?;
            let said = format!(
                "unless another account has {}, a token is on its way there; until it is used, {} keeps {}",
                shown(&email),
                shown(user.username()),
                shown(user.email()),
            );
            Ok(Done::new(said))
        }
        (None, None) => bail!("neither an account and an address nor a token was given"),
    }
}
