//! The content of the tables.

use lback_auth::{TokenKey, TokenPurpose};

use crate::database::Database;

#[derive(Default)]
pub(super) struct Tables {
    pub(super) accounts: Vec<Account>,
    pub(super) tokens: Vec<Token>,
    /// The calls whose mail is not sent yet, or whose worker was killed before it completed the delivery.
    pub(super) requests: Vec<usize>,
    /// The number of notices that are not sent yet, likewise.
    pub(super) notices: usize,
    pub(super) log: Vec<Entry>,
}

pub(super) struct Account {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) verified_email: Option<String>,
    pub(super) password: String,
}

pub(super) struct Token {
    pub(super) account: String,
    pub(super) purpose: String,
    pub(super) email: String,
    digest: String,
}

/// Of the audit log.
pub(super) struct Entry {
    /// The signal and the outcome.
    pub(super) what: String,
    pub(super) account: Option<String>,
    /// The call that it is of.
    pub(super) call: usize,
}

impl Tables {
    pub(super) fn read(database: &mut Database) -> Self {
        database.check();
        let accounts = database.rows(
            "SELECT id, username, email, verified_email, password FROM lback_account ORDER BY id",
        );
        let accounts = accounts.into_iter();
        let tokens = database.rows("SELECT account, purpose, email, digest FROM lback_token");
        let tokens = tokens.into_iter();
        let requests = database.rows(
            "SELECT payload ->> 'request_id' FROM lback_signal \
             WHERE name = 'lback.address-mail-requested'",
        );
        let requests = requests.into_iter();
        let notices =
            database.rows::<1>("SELECT receiver FROM lback_delivery WHERE receiver LIKE 'warn-%'");
        let log = database.rows(
            "SELECT signal || ' ' || outcome, account, request_id FROM lback_audit ORDER BY number",
        );
        let log = log.into_iter();
        Self {
            accounts: accounts
                .map(|[id, name, email, verified_email, password]| Account {
                    id: id.unwrap(),
                    name: name.unwrap(),
                    email: email.unwrap(),
                    verified_email,
                    password: password.unwrap(),
                })
                .collect(),
            tokens: tokens
                .map(|[account, purpose, email, digest]| Token {
                    account: account.unwrap(),
                    purpose: purpose.unwrap(),
                    email: email.unwrap(),
                    digest: digest.unwrap(),
                })
                .collect(),
            requests: requests.map(|[request]| call(request)).collect(),
            notices: notices.len(),
            log: log
                .map(|[what, account, request]| Entry {
                    what: what.unwrap(),
                    account,
                    call: call(request),
                })
                .collect(),
        }
    }

    /// The row of a token that is out.
    pub(super) fn token(&self, purpose: TokenPurpose, token: &str) -> Option<&Token> {
        let key = TokenKey::of(purpose, token).unwrap();
        let digest = base16ct::lower::encode_string(key.digest());
        let mut tokens = self.tokens.iter();
        tokens.find(|token| token.purpose == purpose.as_str() && token.digest == digest)
    }
}

/// A request id is the number of a call.
fn call(request: Option<String>) -> usize {
    request.unwrap().parse().unwrap()
}
