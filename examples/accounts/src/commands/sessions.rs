//! The sessions of an account, and the export of its stored data.

use anyhow::bail;
use comfy_table::Cell;
use lback_auth::{
    AccountExport, AccountStore, Accounts, AuthUser, Remember, Session, SessionId, User, UserId,
};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use super::super::failure::advised;
use super::super::output::{self, Listing, Row, cell, or_dash, shown, yes_or_no};
use super::account::{find, id};
use super::writing::Done;

pub(super) async fn list<S: AccountStore<User = User>>(
    store: &S,
    username: &str,
    is_json: bool,
) -> anyhow::Result<()> {
    let user = id(&find(store, username).await?)?;
    let mut sessions = store.sessions(&user).await?;
    let now = OffsetDateTime::now_utc();
    sessions.retain(|session| session.is_valid_at(now));
    let rows: Vec<_> = sessions.into_iter().map(Listed::from).collect();
    Listing::new(is_json).print(&rows)
}

pub(super) async fn end<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    username: &str,
    number: Option<i64>,
) -> anyhow::Result<Done> {
    let user = find(accounts.store(), username).await?;
    let name = shown(user.username());
    let Some(number) = number else {
        let ended = accounts.end_sessions(&id(&user)?).await?;
        let noun = if ended == 1 { "session" } else { "sessions" };
        return Ok(Done::new(format!("ended {ended} {noun} of {name}")));
    };
    if !accounts.end_session(&id(&user)?, SessionId(number)).await? {
        return Err(advised(
            format!("{name} has no valid session {number}"),
            "`accounts sessions` shows those that there are",
        ));
    }
    Ok(Done::new(format!("ended session {number} of {name}")))
}

pub(super) async fn export<S: AccountStore<User = User>>(
    store: &S,
    username: Option<&str>,
    account: Option<&str>,
) -> anyhow::Result<()> {
    let account = match (username, account) {
        (Some(username), _) => id(&find(store, username).await?)?,
        (None, Some(account)) => UserId::new(account),
        (None, None) => bail!("name an account, or give its id with `--id`"),
    };
    output::print_json(&AccountExport::of(store, &account).await?)
}

/// A session as it is listed.
#[derive(Serialize)]
struct Listed {
    number: i64,
    #[serde(serialize_with = "micros")]
    started: OffsetDateTime,
    #[serde(serialize_with = "micros")]
    seen: OffsetDateTime,
    #[serde(serialize_with = "micros")]
    expires: OffsetDateTime,
    remembered: bool,
    client: Option<String>,
    agent: Option<String>,
}

impl From<Session> for Listed {
    fn from(session: Session) -> Self {
        Self {
            number: session.id.0,
            started: session.started_at,
            seen: session.last_seen_at,
            expires: session.idle_expires_at,
            remembered: session.remember == Remember::Yes,
            client: session.client.map(|client| client.to_string()),
            agent: session.user_agent,
        }
    }
}

impl Row for Listed {
    const HEADER: &'static [&'static str] = &[
        "NUMBER",
        "STARTED",
        "SEEN",
        "EXPIRES",
        "REMEMBERED",
        "CLIENT",
        "AGENT",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::new(self.number),
            cell(&output::seconds(self.started)),
            cell(&output::seconds(self.seen)),
            cell(&output::seconds(self.expires)),
            yes_or_no(self.remembered),
            or_dash(self.client.as_deref()),
            or_dash(self.agent.as_deref()),
        ]
    }
}

fn micros<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&output::micros(*at))
}
