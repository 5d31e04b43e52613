//! Customers in the application's own tables.
//!
//! What takes several statements is in a transaction that is the only one that writes, so that nothing
//! comes in between. With another database, see to that by its own means.

use std::path::Path;

use lback_auth::{
    AccountStore, AddressRequest, Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber,
    EmailSet, Expected, Inserted, NormalForm, Password, PendingToken, RequestNumber, Reservation,
    SessionEpoch, StoreError, TokenKey, TokenOwner, TokenPurpose, UserId,
};
use lback_signals::CommitOutcome;
use rusqlite::{Connection, ErrorCode, Row};
use time::OffsetDateTime;

use crate::Customer;
use crate::database::{Database, Transaction};
use crate::rows::{
    all, audit_entry, change, column, columns, customer, first, instant, later, micros, number,
    request, token_owner,
};

/// The store. A clone is the same one.
#[derive(Clone)]
pub(crate) struct CustomerStore(Database);

impl CustomerStore {
    /// Opens a file, which is created if there is none.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        Database::open(path).map(Self)
    }
}

impl AccountStore for CustomerStore {
    type User = Customer;
    type Transaction = Transaction;

    async fn find(&self, id: &UserId) -> Result<Option<Customer>, StoreError> {
        let sql = "SELECT * FROM customer WHERE id = ?1";
        let find = |rows: &_| first(rows, sql, [number(id)], customer);
        self.0.read(find).await
    }

    async fn find_by_login(&self, login: &NormalForm) -> Result<Option<Customer>, StoreError> {
        let sql = "SELECT * FROM customer WHERE name_key = ?1 OR email_key = ?1
            ORDER BY CASE WHEN email_key = ?1 AND verified_email = email THEN 0
                WHEN name_key = ?1 THEN 1 ELSE 2 END
            LIMIT 1";
        if login.is_empty() {
            return Ok(None);
        }
        let find = |rows: &_| first(rows, sql, [login.as_str()], customer);
        self.0.read(find).await
    }

    async fn find_by_email(&self, email: &NormalForm) -> Result<Option<Customer>, StoreError> {
        let sql = "SELECT * FROM customer WHERE email_key = ?1";
        if email.is_empty() {
            return Ok(None);
        }
        let find = |rows: &_| first(rows, sql, [email.as_str()], customer);
        self.0.read(find).await
    }

    async fn find_by_token(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<(Customer, String)>, StoreError> {
        let sql = "SELECT customer.*, token.email AS token_email
            FROM token JOIN customer ON customer.id = token.customer
            WHERE digest = ?1 AND purpose = ?2 AND expires_at > ?3 AND issued_at <= ?4";
        let (purpose, now, latest) = (token.purpose().as_str(), micros(now), latest_issue(now));
        let key = (token.digest(), purpose, now, latest);
        let owner = |row: &Row<'_>| Ok((customer(row)?, row.get("token_email")?));
        self.0.read(|rows| first(rows, sql, key, owner)).await
    }

    async fn page(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<Customer>, StoreError> {
        let sql = "SELECT * FROM customer WHERE id > ?1 ORDER BY id LIMIT ?2";
        let page = (after.map_or(0, number), limit);
        self.0.read(|rows| all(rows, sql, page, customer)).await
    }

    async fn reserve_attempt(
        &self,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> Result<Reservation, StoreError> {
        // A file is on one machine, whose processes have one clock.
        let now = now.instant();
        self.0.write(|rows| reserve(rows, attempt, now)).await
    }

    async fn next_request(
        &self,
        after: Option<RequestNumber>,
    ) -> Result<Option<(RequestNumber, AddressRequest)>, StoreError> {
        let sql = "SELECT * FROM request WHERE number > ?1 ORDER BY number LIMIT 1";
        let after = after.map_or(0, |number| number.0);
        self.0.read(|rows| first(rows, sql, [after], request)).await
    }

    async fn audit(
        &self,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        let sql = "SELECT * FROM audit WHERE number > ?1 ORDER BY number LIMIT ?2";
        let page = (after.map_or(0, |number| number.0), limit);
        self.0.read(|rows| all(rows, sql, page, audit_entry)).await
    }

    async fn purge(&self, now: AttemptTime) -> Result<u64, StoreError> {
        let (now, far) = (now.instant(), PendingToken::FAR_AHEAD);
        let purge = |rows: &_| {
            let sql = "DELETE FROM token WHERE expires_at <= ?1 OR issued_at > ?2";
            let tokens = change(rows, sql, (micros(now), micros(later(now, far))))?;
            let sql = "DELETE FROM attempt WHERE expires_at <= ?1";
            let attempts = change(rows, sql, [micros(now)])?;
            Ok((tokens + attempts) as u64)
        };
        self.0.write(purge).await
    }

    async fn begin(&self) -> Result<Transaction, StoreError> {
        self.0.begin().await
    }

    async fn commit(&self, transaction: Transaction) -> CommitOutcome<StoreError> {
        transaction.commit()
    }

    async fn rollback(&self, transaction: Transaction) -> Result<(), StoreError> {
        drop(transaction);
        Ok(())
    }

    async fn insert(
        &self,
        transaction: &mut Transaction,
        user: &Customer,
        replaces_unverified: bool,
        now: OffsetDateTime,
    ) -> Result<Inserted<Customer>, StoreError> {
        transaction.run(|rows| insert(rows, user, replaces_unverified, now))
    }

    async fn set_password(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        expected: Expected<'_>,
        password: &Password,
    ) -> Result<Option<Customer>, StoreError> {
        let expected = match expected {
            Expected::Any => None,
            Expected::Stored(stored) => Some((stored.stored(), *stored.epoch().as_bytes())),
        };
        let (is_any, (old, old_epoch)) = (expected.is_none(), expected.unwrap_or_default());
        let sql = "UPDATE customer SET password = ?2, epoch = ?3
            WHERE id = ?1 AND (?4 OR (password IS ?5 AND epoch = ?6)) RETURNING *";
        let (id, epoch) = (number(id), *password.epoch().as_bytes());
        let set = (id, password.stored(), epoch, is_any, old, old_epoch);
        transaction.run(|rows| first(rows, sql, set, customer))
    }

    async fn mark_verified(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        email: &str,
    ) -> Result<Option<Customer>, StoreError> {
        let sql = "UPDATE customer SET verified_email = email
            WHERE id = ?1 AND email = ?2 RETURNING *";
        transaction.run(|rows| first(rows, sql, (number(id), email), customer))
    }

    async fn set_email(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        old: &str,
        new: &str,
        replaces_unverified: bool,
    ) -> Result<EmailSet<Customer>, StoreError> {
        transaction.run(|rows| set_email(rows, number(id), old, new, replaces_unverified))
    }

    async fn set_active(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> Result<Option<Customer>, StoreError> {
        let sql = "UPDATE customer SET is_active = ?2, epoch = ?3 WHERE id = ?1 RETURNING *";
        let set = (number(id), is_active, epoch.as_bytes());
        transaction.run(|rows| first(rows, sql, set, customer))
    }

    async fn delete(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> Result<Option<Customer>, StoreError> {
        // The tokens go by their foreign key.
        let sql = "DELETE FROM customer WHERE id = ?1 RETURNING *";
        transaction.run(|rows| first(rows, sql, [number(id)], customer))
    }

    async fn put_token(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT OR REPLACE INTO token
            (customer, purpose, digest, email, issued_at, expires_at)
            SELECT id, ?2, ?3, ?4, ?5, ?6 FROM customer WHERE id = ?1";
        let (issued_at, expires_at) = (micros(token.issued_at()), micros(token.expires_at()));
        let (id, purpose, digest) = (number(id), purpose.as_str(), token.digest());
        let columns = (id, purpose, digest, token.email(), issued_at, expires_at);
        transaction.run(|rows| Ok(change(rows, sql, columns)? == 1))
    }

    async fn consume_token(
        &self,
        transaction: &mut Transaction,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<TokenOwner>, StoreError> {
        let sql = "DELETE FROM token
            WHERE digest = ?1 AND purpose = ?2 AND expires_at > ?3 AND issued_at <= ?4
            RETURNING customer, email";
        let (purpose, now, latest) = (token.purpose().as_str(), micros(now), latest_issue(now));
        let key = (token.digest(), purpose, now, latest);
        transaction.run(|rows| first(rows, sql, key, token_owner))
    }

    async fn end_tokens(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM token WHERE customer = ?1";
        transaction.run(|rows| change(rows, sql, [number(id)]).map(drop))
    }

    async fn clear_attempts(
        &self,
        transaction: &mut Transaction,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM attempt WHERE key = ?1";
        transaction.run(|rows| change_each(rows, sql, keys))
    }

    async fn return_attempts(
        &self,
        transaction: &mut Transaction,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        let sql = "UPDATE attempt SET attempts = attempts - 1 WHERE key = ?1 AND attempts > 0";
        transaction.run(|rows| change_each(rows, sql, keys))
    }

    async fn file_request(
        &self,
        transaction: &mut Transaction,
        request: &AddressRequest,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO request
            (purpose, email, customer, epoch, requested_at, actor, client, request_id)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (purpose, at) = (request.purpose.as_str(), micros(request.requested_at));
        let user = request.user.as_ref().map(UserId::as_str);
        let [actor, client, id] = columns(&request.context);
        let epoch = request.epoch.map(|epoch| *epoch.as_bytes());
        let columns = (purpose, &request.email, user, epoch, at, actor, client, id);
        transaction.run(|rows| change(rows, sql, columns).map(drop))
    }

    async fn take_request(
        &self,
        transaction: &mut Transaction,
        number: RequestNumber,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM request WHERE number = ?1";
        transaction.run(|rows| Ok(change(rows, sql, [number.0])? == 1))
    }

    async fn append_audit(
        &self,
        transaction: &mut Transaction,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        transaction.run(|rows| entries.iter().try_for_each(|entry| append(rows, entry)))
    }
}

/// The same three statements whether or not the name or the address is taken, since whoever tries
/// addresses might measure it.
fn insert(
    rows: &Connection,
    user: &Customer,
    replaces_unverified: bool,
    now: OffsetDateTime,
) -> rusqlite::Result<Inserted<Customer>> {
    let (name, email) = (NormalForm::of(&user.name), NormalForm::of(&user.email));
    if name.is_empty() || email.is_empty() {
        return Ok(Inserted::Unstorable);
    }
    let (name, email) = (name.as_str(), email.as_str());

    // Whether it is the name that somebody has who stays; NULL if nobody has either.
    let sql = "SELECT max(name_key = ?1) FROM customer WHERE (name_key = ?1 OR email_key = ?2)
        AND NOT (?3 AND is_active AND verified_email IS NULL)";
    let holder = (name, email, replaces_unverified);
    let taken: Option<bool> = first(rows, sql, holder, |row| row.get(0))?.flatten();

    let sql = "DELETE FROM customer WHERE (name_key = ?1 OR email_key = ?2) AND ?3 RETURNING *";
    let replaced = all(rows, sql, (name, email, taken.is_none()), customer)?;

    let sql = "INSERT INTO customer (name, name_key, email, email_key, verified_email, password,
        epoch, is_active, plan, registered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT DO NOTHING RETURNING *";
    let epoch = user.password.epoch();
    let columns = (
        &user.name,
        name,
        &user.email,
        email,
        user.verification.verified_email(),
        user.password.stored(),
        epoch.as_bytes(),
        user.active,
        &user.plan,
        micros(now),
    );
    Ok(match (first(rows, sql, columns, customer)?, taken) {
        (Some(user), _) => Inserted::Stored { user, replaced },
        (None, Some(true)) => Inserted::UsernameTaken,
        (None, _) => Inserted::EmailTaken,
    })
}

fn set_email(
    rows: &Connection,
    id: i64,
    old: &str,
    new: &str,
    replaces_unverified: bool,
) -> rusqlite::Result<EmailSet<Customer>> {
    let key = NormalForm::of(new);
    if key.is_empty() {
        return Ok(EmailSet::Unstorable);
    }
    // Nobody gives way to a change that comes to nothing. Who is in the way is one customer at most.
    let sql = "DELETE FROM customer WHERE email_key = ?1 AND id <> ?2
        AND ?3 AND is_active AND verified_email IS NULL
        AND EXISTS (SELECT 1 FROM customer WHERE id = ?2 AND email = ?4) RETURNING *";
    let in_the_way = (key.as_str(), id, replaces_unverified, old);
    let replaced = first(rows, sql, in_the_way, customer)?;

    // A name that is the address becomes the new one.
    let sql = "UPDATE customer SET email = ?3, email_key = ?4, verified_email = ?3,
        name = CASE WHEN name_key = email_key THEN ?3 ELSE name END,
        name_key = CASE WHEN name_key = email_key THEN ?4 ELSE name_key END
        WHERE id = ?1 AND email = ?2 RETURNING *";
    match first(rows, sql, (id, old, new, key.as_str()), customer) {
        Ok(Some(user)) => Ok(EmailSet::Set { user, replaced }),
        Ok(None) => Ok(EmailSet::Changed),
        // SQLite takes back this statement only.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Ok(EmailSet::Taken)
        }
        Err(error) => Err(error),
    }
}

/// When a token that is good may have been issued at the latest: clocks differ a little.
fn latest_issue(now: OffsetDateTime) -> i64 {
    micros(later(now, PendingToken::CLOCK_TOLERANCE))
}

fn reserve(
    rows: &Connection,
    attempt: &Attempt,
    now: OffsetDateTime,
) -> rusqlite::Result<Reservation> {
    let keys = [Some(attempt.subject), attempt.client];
    let mut counted = Vec::new();
    for (key, limit) in keys.into_iter().flatten() {
        let sql = "SELECT * FROM attempt WHERE key = ?1 AND expires_at > ?2";
        let row = first(rows, sql, (key.0, micros(now)), |row| {
            let until = column(row, "not_before", |micros: Option<i64>| {
                micros.map(instant).transpose()
            })?;
            Ok((
                row.get("attempts")?,
                until,
                column(row, "expires_at", instant)?,
            ))
        })?;
        let (attempts, not_before, expires_at) =
            row.unwrap_or((0_u32, None, later(now, limit.forgotten_after)));
        let attempts = attempts.saturating_add(1);
        counted.push((key, limit, attempts, expires_at, not_before));
    }
    let until = counted.iter().filter_map(|(.., not_before)| *not_before);
    if let Some(until) = until.max().filter(|until| *until > now) {
        return Ok(Reservation::refused(until, now));
    }
    for (key, limit, attempts, expires_at, _) in counted {
        let sql = "INSERT OR REPLACE INTO attempt (key, attempts, not_before, expires_at)
            VALUES (?1, ?2, ?3, ?4)";
        let delay = limit.delay_after(attempts);
        // An attempt that is free leaves no wait: another one may have read the clock before it.
        let not_before = (!delay.is_zero()).then(|| later(now, delay));
        // A count is not forgotten before its wait is over.
        let expires_at = not_before.map_or(expires_at, |not_before| expires_at.max(not_before));
        let not_before = not_before.map(micros);
        change(rows, sql, (key.0, attempts, not_before, micros(expires_at)))?;
    }
    Ok(Reservation::Granted)
}

fn change_each(rows: &Connection, sql: &str, keys: &[AttemptKey]) -> rusqlite::Result<()> {
    keys.iter()
        .try_for_each(|key| change(rows, sql, [key.0]).map(drop))
}

fn append(rows: &Connection, entry: &AuditEntry) -> rusqlite::Result<()> {
    let sql = "INSERT INTO audit (at, signal, customer, outcome, actor, client, request_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (at, signal, outcome) = (micros(entry.at), &entry.signal, &entry.outcome);
    let user = entry.user.as_ref().map(UserId::as_str);
    let [actor, client, id] = columns(&entry.context);
    let columns = (at, signal, user, outcome, actor, client, id);
    change(rows, sql, columns).map(drop)
}
