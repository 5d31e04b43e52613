//! The file that the Python original has written.

use lback_auth::{
    AccountStore, Accounts, AccountsError, AuthUser, Authentication, RequestContext, User,
};
use lback_signals::Scope;
use rusqlite::Connection;
use serde::Deserialize;

use super::super::Tally;
use super::{find, import, in_memory, in_sqlite, large_file, quickly, real_file, target};

/// The content of the file.
#[derive(Deserialize)]
struct Expected {
    username: String,
    email: String,
    password: String,
    verified: bool,
    active: bool,
    token: Option<String>,
    corrupt_hash: bool,
}

fn expected() -> Vec<Expected> {
    let expected: Vec<Expected> =
        serde_json::from_str(include_str!("../../../tests/data/lback.json")).unwrap();
    assert_eq!(expected.len(), 12);
    expected
}

fn token_of(username: &str) -> String {
    let mut expected = expected().into_iter();
    let expected = expected.find(|expected| expected.username == username);
    expected.unwrap().token.unwrap()
}

const ALL: Tally = Tally {
    imported: 10,
    already_there: 0,
    skipped: 2,
    tokens: 0,
    replaceable: 3,
};

async fn is_what_the_file_says<S: AccountStore<User = User>>(accounts: Accounts<S>) {
    let (_folder, file) = real_file();
    let context = RequestContext::new().with_request_id("move");
    let scope = Scope::new().provide(context.clone());
    let (tally, skipped) = scope.run_async(import(&accounts, &file, false)).await;
    assert_eq!(tally.unwrap(), ALL);
    let reason = "the stored password hash is unreadable: restore it, or have the user set a new \
        password";
    assert_eq!(
        skipped,
        [
            format!("row 9, \"corrupt\": {reason}"),
            format!("row 10, \"truncated\": {reason}"),
        ]
    );

    let mut ids = Vec::new();
    for expected in expected() {
        let found = find(&accounts, &expected.username).await;
        assert_eq!(
            found.is_none(),
            expected.corrupt_hash,
            "{}",
            expected.username
        );
        let Some(found) = found else { continue };
        assert_eq!(found.username(), expected.username);
        assert_eq!(found.email(), expected.email);
        assert_eq!(found.is_email_verified(), expected.verified);
        assert_eq!(found.is_active(), expected.active);
        assert!(found.password().stored().unwrap().starts_with("$2b$06$"));
        ids.push(found.id());
    }

    let entries = accounts.store().audit(None, 100).await.unwrap();
    assert!(entries.iter().all(|(_, entry)| {
        (&*entry.signal, &*entry.outcome) == ("user_registered", "imported")
            && entry.context == context
    }));
    let about: Vec<_> = entries.into_iter().map(|(_, entry)| entry.user).collect();
    assert_eq!(about, ids);
}

#[tokio::test]
async fn the_import_equals_the_file() {
    is_what_the_file_says(in_memory()).await;
    let folder = tempfile::tempdir().unwrap();
    is_what_the_file_says(in_sqlite(&folder).await).await;
}

#[tokio::test]
async fn an_account_was_registered_when_it_was_there() {
    let (folder, file) = real_file();
    let accounts = in_sqlite(&folder).await;
    import(&accounts, &file, false).await.0.unwrap();
    let registered: Vec<(String, String)> = super::all(
        &Connection::open(target(&folder)).unwrap(),
        "SELECT username, datetime(registered_at / 1000000, 'unixepoch') || '.' || \
         printf('%06d', registered_at % 1000000) FROM lback_account ORDER BY id",
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    let created: Vec<(String, String)> = super::all(
        &Connection::open(&file).unwrap(),
        "SELECT username, created_at FROM users WHERE length(password) = 60 ORDER BY id",
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    assert_eq!(created.len(), 10);
    assert_eq!(registered, created);
}

#[tokio::test]
async fn verified_active_accounts_sign_in_by_the_old_password_and_are_rehashed() {
    let (folder, file) = real_file();
    quickly(async {
        let accounts = in_sqlite(&folder).await;
        import(&accounts, &file, false).await.0.unwrap();
        let mut granted = 0;
        for expected in expected() {
            let Expected {
                username, password, ..
            } = &expected;
            let wrong = accounts.authenticate(username, "wrong").await.unwrap();
            assert!(matches!(wrong, Authentication::Denied), "{username}");

            let answer = accounts.authenticate(username, password).await.unwrap();
            let is_intact = !expected.corrupt_hash;
            let stored = find(&accounts, username).await;
            let stored = stored.as_ref().and_then(|user| user.password().stored());
            match answer {
                Authentication::Granted(user) => {
                    assert!(
                        expected.verified && expected.active && is_intact,
                        "{username}"
                    );
                    assert_eq!(user.email(), expected.email);
                    assert!(stored.unwrap().starts_with("$argon2id$"), "{username}");
                    granted += 1;
                }
                Authentication::VerificationRequired => {
                    assert!(
                        !expected.verified && expected.active && is_intact,
                        "{username}"
                    );
                }
                _ => {
                    assert!(!expected.active || !is_intact, "{username}");
                    assert!(stored.is_none_or(|stored| stored.starts_with("$2b$")));
                }
            }
        }
        assert_eq!(granted, 6);

        for expected in expected().iter().filter(|it| it.verified && it.active) {
            let again = accounts
                .authenticate(&expected.email, &expected.password)
                .await;
            let is_granted = matches!(again, Ok(Authentication::Granted(_)));
            assert_eq!(is_granted, !expected.corrupt_hash, "{}", expected.username);
        }
    })
    .await;
}

#[tokio::test]
async fn tokens_are_kept_if_that_is_asked_for_and_they_have_not_expired() {
    let (folder, file) = real_file();
    quickly(async {
        let accounts = in_sqlite(&folder).await;
        let (tally, skipped) = import(&accounts, &file, true).await;
        assert_eq!(tally.unwrap(), Tally { tokens: 1, ..ALL });
        assert_eq!(
            skipped.len(),
            2,
            "that a token has expired is nothing to say"
        );

        let expired = accounts.verify_email(&token_of("expired")).await;
        assert!(matches!(expired, Err(AccountsError::InvalidToken)));
        accounts.verify_email(&token_of("linus")).await.unwrap();
        let granted = accounts.authenticate("linus", "hunter2").await;
        assert!(matches!(granted, Ok(Authentication::Granted(_))));
    })
    .await;
}

#[tokio::test]
async fn tokens_are_not_kept_otherwise() {
    let (_folder, file) = real_file();
    let accounts = in_memory();
    import(&accounts, &file, false).await.0.unwrap();
    let linus = accounts.verify_email(&token_of("linus")).await;
    assert!(matches!(linus, Err(AccountsError::InvalidToken)));
}

#[tokio::test]
async fn rows_come_in_however_many_there_are_and_collide_however_far_apart_they_are() {
    let (folder, file) = large_file(1200);
    Connection::open(&file)
        .unwrap()
        .execute_batch("UPDATE users SET username = 'ADA' WHERE id = 1100")
        .unwrap();
    let accounts = in_sqlite(&folder).await;
    let (tally, skipped) = import(&accounts, &file, true).await;
    let all = Tally {
        imported: 1208,
        already_there: 0,
        skipped: 4,
        tokens: 401,
        replaceable: 403,
    };
    assert_eq!(tally.unwrap(), all);
    let ada = "row 1, \"ada\": its username differs from that of row 1100, \"ADA\", only in case";
    assert_eq!(skipped[0], ada);
    let accounts = accounts.store();
    assert_eq!(accounts.page(None, 2000).await.unwrap().len(), 1208);
    assert_eq!(accounts.audit(None, 2000).await.unwrap().len(), 1208);
}
