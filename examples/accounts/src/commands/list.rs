//! The accounts.

use comfy_table::Cell;
use lback_auth::{AccountStore, AuthUser, User, UserId};
use serde::Serialize;

use super::super::output::{Listing, Row, cell, yes_or_no};

/// How many are read at a time.
const PAGE: u32 = 500;

pub(super) async fn list<S: AccountStore<User = User>>(
    store: &S,
    is_json: bool,
) -> anyhow::Result<()> {
    let mut listing = Listing::new(is_json);
    let mut after: Option<UserId> = None;
    loop {
        let page = store.page(after.as_ref(), PAGE).await?;
        let rows: Vec<_> = page.iter().map(Account::new).collect();
        listing.print(&rows)?;
        match page.last().and_then(AuthUser::id) {
            Some(last) => after = Some(last),
            None => return Ok(()),
        }
    }
}

#[derive(Serialize)]
struct Account<'u> {
    id: Option<String>,
    username: &'u str,
    email: &'u str,
    verified: bool,
    active: bool,
    password: bool,
}

impl<'u> Account<'u> {
    fn new(user: &'u User) -> Self {
        Self {
            id: user.id().map(|id| id.to_string()),
            username: user.username(),
            email: user.email(),
            verified: user.is_email_verified(),
            active: user.is_active(),
            password: user.has_usable_password(),
        }
    }
}

impl Row for Account<'_> {
    const HEADER: &'static [&'static str] =
        &["ID", "USERNAME", "EMAIL", "VERIFIED", "ACTIVE", "PASSWORD"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            cell(self.id.as_deref().unwrap_or_default()),
            cell(self.username),
            cell(self.email),
            yes_or_no(self.verified),
            yes_or_no(self.active),
            yes_or_no(self.password),
        ]
    }
}
