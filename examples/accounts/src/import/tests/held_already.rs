//! Names and addresses that accounts of the store have.

use lback_auth::{
    AccountStore, Accounts, AuthUser, Authentication, Inserted, MemoryStore, UnverifiedHolders,
    User, UserParts,
};
use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use super::super::Tally;
use super::{
    content, file_of, find, import, in_memory, in_sqlite, quickly, real_file, row, target,
};

/// The active accounts of the real file that are not verified.
const REPLACEABLE: u64 = 3;

async fn with(username: &str, email: &str) -> Accounts<MemoryStore> {
    let accounts = in_memory();
    let store = accounts.store();
    let user = User::from_parts(UserParts::new(username, email));
    let mut transaction = store.begin().await.unwrap();
    let now = OffsetDateTime::now_utc();
    let inserted = store
        .insert(&mut transaction, &user, UnverifiedHolders::Keep, now)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let outcome = store.commit(transaction).await;
    assert!(matches!(outcome, CommitOutcome::Committed));
    accounts
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let (folder, file) = real_file();
    quickly(async {
        let accounts = in_sqlite(&folder).await;
        import(&accounts, &file, true).await.0.unwrap();
        let granted = accounts.authenticate("grace", "S1mple!passw0rd").await;
        assert!(matches!(granted, Ok(Authentication::Granted(_))));
        let hash = find(&accounts, "grace").await.unwrap();
        assert!(hash.password().stored().unwrap().starts_with("$argon2id$"));

        let before = content(&target(&folder));
        for keep_tokens in [true, false] {
            let (tally, skipped) = import(&accounts, &file, keep_tokens).await;
            let nothing = Tally {
                already_there: 10,
                skipped: 2,
                replaceable: REPLACEABLE,
                ..Tally::default()
            };
            assert_eq!(tally.unwrap(), nothing);
            assert_eq!(skipped.len(), 2);
            assert_eq!(content(&target(&folder)), before);
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_of_the_same_name_and_address_is_there_in_any_case() {
    let (_folder, file) = file_of(&[&row("Ada", "Ada@example.org")]);
    let accounts = with("ADA", "ada@EXAMPLE.org").await;
    let (tally, skipped) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().already_there, 1);
    assert_eq!(skipped, [""; 0]);
    let ada = find(&accounts, "ada").await.unwrap();
    assert_eq!((ada.username(), ada.email()), ("ADA", "ada@EXAMPLE.org"));
}

#[tokio::test]
async fn an_account_of_the_same_name_alone_is_another() {
    let (_folder, file) = file_of(&[
        &row("Ada", "ada@example.org"),
        &row("bob", "bob@example.org"),
    ]);
    let accounts = with("ada", "ada@elsewhere.example").await;
    let (tally, skipped) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().imported, 1);
    assert_eq!(
        skipped,
        ["row 1, \"Ada\": another account has its username"]
    );
    assert!(find(&accounts, "ada@example.org").await.is_none());
    assert!(find(&accounts, "bob").await.is_some());
}

#[tokio::test]
async fn an_account_of_the_same_address_alone_is_another() {
    let (_folder, file) = file_of(&[
        &row("Ada", "ada@example.org"),
        &row("bob", "bob@example.org"),
    ]);
    let accounts = with("lovelace", "ADA@example.org").await;
    let (tally, skipped) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().imported, 1);
    assert_eq!(skipped, ["row 1, \"Ada\": another account has its email"]);
    assert!(find(&accounts, "ada").await.is_none());
}

#[tokio::test]
async fn a_name_and_an_address_of_two_accounts_are_not_one_account() {
    let (_folder, file) = file_of(&[&row("ada", "bob@example.org")]);
    let accounts = with("ada", "ada@example.org").await;
    let (_bob_folder, bob) = file_of(&[&row("bob", "bob@example.org")]);
    import(&accounts, &bob, false).await.0.unwrap();
    let (tally, skipped) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().skipped, 1);
    assert_eq!(
        skipped,
        ["row 1, \"ada\": another account has its username"]
    );
}

#[tokio::test]
async fn a_token_of_another_account_stays_its_own() {
    let with_token = |name: &str| {
        row(name, &format!("{name}@example.org"))
            .replace("1, 1, NULL, NULL", "1, 0, 'shared', '2046-11-17 21:39:32'")
    };
    let accounts = in_memory();
    let (_folder, ada) = file_of(&[&with_token("ada")]);
    assert_eq!(import(&accounts, &ada, true).await.0.unwrap().tokens, 1);
    let (_folder, bob) = file_of(&[&with_token("bob")]);
    let (tally, skipped) = import(&accounts, &bob, true).await;
    let tally = tally.unwrap();
    assert_eq!((tally.imported, tally.tokens), (1, 0));
    assert_eq!(
        skipped,
        ["the token of row 1, \"bob\": another account has it"]
    );
    accounts.verify_email("shared").await.unwrap();
    assert!(find(&accounts, "ada").await.unwrap().is_email_verified());
}
