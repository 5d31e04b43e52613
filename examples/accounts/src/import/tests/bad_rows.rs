//! Rows that cannot be used.

use lback_auth::AuthUser;
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::{HASH, empty_file, file_of, find, import, in_memory, row};

/// A valid row, except for this.
fn with(right: &str, wrong: &str) -> String {
    let good = row("bad", "bad@example.org");
    assert_eq!(good.matches(right).count(), 1, "{right}");
    good.replace(right, wrong)
}

/// Rows whose name or address is not as it should be, and what is said of them.
fn bad_names() -> Vec<(String, &'static str)> {
    let long = |what: &str, count: usize| format!("'{}'", what.repeat(count));
    vec![
        (with("'bad'", "NULL"), "row: its username is NULL"),
        (with("'bad'", "7"), "row: its username is a number"),
        (with("'bad'", "7.5"), "row: its username is a fraction"),
        (with("'bad'", "x'626164'"), "row: its username is a BLOB"),
        (
            with("'bad'", "CAST(x'ff' AS TEXT)"),
            "row: its username is no text in UTF-8",
        ),
        (
            with("'bad'", "CAST(x'610062' AS TEXT)"),
            "row: its username is a text with the character U+0000",
        ),
        (
            with("'bad'", &long("x", 5000)),
            "row: its username is longer than 4096 bytes",
        ),
        (
            with("'bad'", "CAST(zeroblob(5000) AS TEXT)"),
            "row: its username is longer than 4096 bytes",
        ),
        (
            with("'bad'", "zeroblob(5000)"),
            "row: its username is longer than 4096 bytes",
        ),
        (
            with("'bad'", "' '"),
            "row, \" \": its username is empty, or too long to be kept",
        ),
        (
            with("'bad'", &long("x", 1025)),
            "row, \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"…: its username is \
             empty, or too long to be kept",
        ),
        (
            with("'bad'", "'a' || char(10, 27, 8238) || 'b', 'unknown'").replacen(
                ", 'bad@example.org'",
                "",
                1,
            ),
            "row, \"a\\u{a}\\u{1b}\\u{202e}b\": the email address is not valid: Missing separator \
             character '@'",
        ),
        (
            with("'bad'", "'ada' || char(13, 10) || 'Bcc: eve'"),
            "row, \"ada\\u{d}\\u{a}Bcc: eve\": the username has the invisible character U+000D: remove it",
        ),
        (
            with("'bad'", "'ada' || char(12644)"),
            "row, \"ada\\u{3164}\": the username has the invisible character U+3164: remove it",
        ),
        (
            with("'bad'", "'a' || char(65039)"),
            "row, \"a\\u{fe0f}\": the username has the invisible character U+FE0F: remove it",
        ),
        (
            with("'bad'", "'eve@example.org'"),
            "row, \"eve@example.org\": the username has an `@`, but is not the account's email \
             address: use that address, or no `@`",
        ),
        (
            with("'bad@example.org'", "'\"a,b\"@x.example'"),
            "row, \"bad\": the email address is not valid: quotes are not allowed before the `@`",
        ),
        (
            with("'bad@example.org'", "NULL"),
            "row, \"bad\": its email is NULL",
        ),
        (
            with(
                "'bad@example.org'",
                &format!("'{}@example.org'", "x".repeat(243)),
            ),
            "row, \"bad\": the email address has 255 bytes: use at most 254",
        ),
        (
            with(
                "'bad@example.org'",
                &format!("'{0}@{0}.org'", "\u{FDFA}".repeat(20)),
            ),
            "row, \"bad\": its email is too long to be kept",
        ),
    ]
}

/// Rows of which another column is not as it should be, and what is said of them.
fn bad_rows() -> Vec<(String, &'static str)> {
    let unreadable = "the stored password hash is unreadable: restore it, or have the user set a \
        new password";
    let hash = format!("'{HASH}'");
    vec![
        (with(&hash, "NULL"), "row, \"bad\": its password is NULL"),
        (with(&hash, "''"), unreadable),
        (with(&hash, "'hunter2'"), unreadable),
        (with(&hash, &format!("'{}'", &HASH[..50])), unreadable),
        (
            with("$2b$06$", "$2b$16$"),
            "the stored password hash exceeds the bounds of its scheme",
        ),
        (
            with("'$2b$", "'$9z$"),
            "the stored password hash has an unknown scheme",
        ),
        (
            with(&hash, "'pbkdf2_sha256$1000$' || char(0) || '$AAAA'"),
            "row, \"bad\": its password is a text with the character U+0000",
        ),
        (
            with("1, 1,", "NULL, 1,"),
            "row, \"bad\": its is_active is neither 0 nor 1",
        ),
        (
            with("1, 1,", "2, 1,"),
            "row, \"bad\": its is_active is neither 0 nor 1",
        ),
        (
            with("1, 1,", "1, 'yes',"),
            "row, \"bad\": its is_email_verified is neither 0 nor 1",
        ),
        (
            with("'2026-11-22 21:39:33.016170'", "'yesterday'"),
            "row, \"bad\": its created_at is no date with a time",
        ),
        (
            with("'2026-11-22 21:39:33.016170'", "NULL"),
            "row, \"bad\": its created_at is NULL",
        ),
    ]
}

#[tokio::test]
async fn each_bad_row_is_named_with_its_reason_and_the_others_are_imported() {
    for (bad, reason) in bad_names().into_iter().chain(bad_rows()) {
        let (_folder, file) = file_of(&[
            &row("ada", "ada@example.org"),
            &bad,
            &row("bob", "bob@example.org"),
        ]);
        let accounts = in_memory();
        let (tally, skipped) = import(&accounts, &file, true).await;
        let tally = tally.unwrap();
        assert_eq!((tally.imported, tally.skipped), (2, 1), "{reason}");
        let [skipped] = &skipped[..] else {
            panic!("{skipped:?}")
        };
        let expected = reason.replacen("row", "row 2", 1);
        let names_it = skipped.starts_with("row 2") && skipped.contains(reason);
        assert!(*skipped == expected || names_it, "{skipped}\n{expected}");
        assert!(!skipped.contains("hunter2") && !skipped.contains(&HASH[7..20]));
        assert!(!skipped.contains(char::is_control), "{skipped:?}");
        assert!(find(&accounts, "bob").await.is_some());
    }
}

#[tokio::test]
async fn a_name_may_be_as_short_or_long_as_it_was_there() {
    let long = "x".repeat(1024);
    let (_folder, file) = file_of(&[&row("a", "a@example.org"), &row(&long, "b@example.org")]);
    let accounts = in_memory();
    let (tally, _) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().imported, 2);
    assert!(find(&accounts, "a").await.is_some());
}

#[tokio::test]
async fn a_name_may_be_the_address_of_its_row() {
    let (_folder, file) = file_of(&[&row("ADA@example.org", "ada@example.org")]);
    let accounts = in_memory();
    let (tally, _) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().imported, 1);
    let ada = find(&accounts, "ada@example.org").await.unwrap();
    assert_eq!(
        ada.username(),
        "ADA@example.org",
        "it is imported as it was"
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_used_is_named_and_its_account_imported() {
    let with_token = |name: &str, token: &str, expiry: &str| {
        row(name, &format!("{name}@example.org"))
            .replace("1, 1, NULL, NULL", &format!("1, 0, {token}, {expiry}"))
    };
    let late = "'2046-11-17 21:39:32.982700'";
    let (_folder, file) = file_of(&[
        &with_token("ada", "x'00'", late),
        &with_token("bob", "''", late),
        &with_token("cyd", &format!("'{}'", "x".repeat(257)), late),
        &with_token("dan", "'dan'", "NULL"),
        &with_token("eve", "'eve'", "'soon'"),
        &with_token("fay", "'fay'", late),
        &with_token("gus", "NULL", "NULL"),
        // These are of no use.
        &with_token("hal", "'hal'", late).replace("1, 0", "0, 0"),
        &with_token("ida", "'ida'", late).replace("1, 0", "1, 1"),
    ]);
    let accounts = in_memory();
    let (tally, skipped) = import(&accounts, &file, true).await;
    let tally = tally.unwrap();
    assert_eq!((tally.imported, tally.skipped, tally.tokens), (9, 0, 1));
    let expiry = "its email_verification_token_expiry";
    assert_eq!(
        skipped,
        [
            "the token of row 1, \"ada\": its email_verification_token is a BLOB".to_owned(),
            "the token of row 2, \"bob\": it is empty, or too long to be one".to_owned(),
            "the token of row 3, \"cyd\": it is empty, or too long to be one".to_owned(),
            format!("the token of row 4, \"dan\": {expiry} is NULL"),
            format!("the token of row 5, \"eve\": {expiry} is no date with a time"),
        ]
    );
    accounts.verify_email("fay").await.unwrap();

    let without = import(&in_memory(), &file, false).await.1;
    assert_eq!(without, [""; 0], "no tokens were asked for");
}

/// Contents of a column, some of them valid.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        (0_i64..3).prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Real),
        any::<String>().prop_map(Value::Text),
        "[a-c]@[a-c]".prop_map(Value::Text),
        Just(Value::Text(HASH.to_owned())),
        Just(Value::Text("2046-11-22 21:39:33".to_owned())),
        any::<Vec<u8>>().prop_map(Value::Blob),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::rounds(640)))]

    #[test]
    fn a_row_of_anything_is_imported_or_named(
        rows in prop::collection::vec(prop::array::uniform8(anything()), 1..6),
    ) {
        let (_folder, file) = empty_file();
        let connection = Connection::open(&file).unwrap();
        let insert = "INSERT INTO users VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)";
        for row in &rows {
            connection.execute(insert, rusqlite::params_from_iter(row)).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (tally, skipped) = runtime.block_on(import(&in_memory(), &file, true));
        let tally = tally.unwrap();
        prop_assert_eq!(tally.imported + tally.skipped, rows.len() as u64);
        let named = skipped.iter().filter(|row| row.starts_with("row ")).count();
        prop_assert_eq!(named as u64, tally.skipped);
    }
}
