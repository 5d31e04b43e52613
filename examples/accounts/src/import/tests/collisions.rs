//! Rows that would be one account.

use std::collections::HashMap;

use lback_auth::{AccountsError, AuthUser, NormalForm};
use proptest::prelude::*;

use super::super::Tally;
use super::{file_of, find, import, in_memory, row};

/// Imports rows of these names and addresses, and says what was skipped.
async fn skipped(rows: &[(&str, &str)]) -> (Tally, Vec<String>) {
    let rows: Vec<_> = rows.iter().map(|(name, email)| row(name, email)).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    let (_folder, file) = file_of(&rows);
    let (tally, skipped) = import(&in_memory(), &file, false).await;
    (tally.unwrap(), skipped)
}

#[tokio::test]
async fn names_that_differ_in_case_alone_are_all_skipped() {
    let rows = [
        ("Ada", "ada@example.org"),
        ("bob", "bob@example.org"),
        ("aDA", "lovelace@example.org"),
    ];
    let (tally, skipped) = skipped(&rows).await;
    assert_eq!((tally.imported, tally.skipped), (1, 2));
    assert_eq!(
        skipped,
        [
            "row 1, \"Ada\": its username differs from that of row 3, \"aDA\", only in case",
            "row 3, \"aDA\": its username differs from that of row 1, \"Ada\", only in case",
        ]
    );
}

#[tokio::test]
async fn addresses_that_differ_in_case_alone_are_all_skipped() {
    let rows = [
        ("ada", "ada@example.org"),
        ("lovelace", "Ada@Example.ORG"),
        ("bob", "bob@example.org"),
    ];
    let (tally, skipped) = skipped(&rows).await;
    assert_eq!((tally.imported, tally.skipped), (1, 2));
    assert_eq!(
        skipped,
        [
            "row 1, \"ada\": its email differs from that of row 2, \"Ada@Example.ORG\", only in case",
            "row 2, \"lovelace\": its email differs from that of row 1, \"ada@example.org\", only in case",
        ]
    );
}

#[tokio::test]
async fn three_rows_of_one_name_are_all_skipped() {
    let rows = [
        ("ada", "ada1@example.org"),
        ("Ada", "ada2@example.org"),
        ("ADA", "ada3@example.org"),
    ];
    let (tally, skipped) = skipped(&rows).await;
    assert_eq!((tally.imported, tally.skipped), (0, 3));
    assert!(skipped[0].contains("row 3, \"ADA\""), "{}", skipped[0]);
    assert!(skipped[1].contains("row 1, \"ada\""), "{}", skipped[1]);
    assert!(skipped[2].contains("row 1, \"ada\""), "{}", skipped[2]);
}

#[tokio::test]
async fn other_alphabets_have_cases_too() {
    for (one, other) in [
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("GRO\u{1E9E}", "groß"),
        ("İSTANBUL", "i\u{307}stanbul"),
        ("ＡＤＡ", "ada"),
        ("STRASSE", "straße"),
        ("Зоя", "зОЯ"),
        (" ada", "ada "),
    ] {
        let rows = [(one, "one@example.org"), (other, "other@example.org")];
        let (tally, skipped) = skipped(&rows).await;
        assert_eq!((tally.imported, skipped.len()), (0, 2), "{one} {other}");
    }
}

#[tokio::test]
async fn texts_that_only_look_alike_are_different() {
    let rows = [
        ("istanbul", "one@example.org"),
        ("İstanbul", "two@example.org"),
        ("аda", "three@example.org"),
        ("ada", "four@example.org"),
        ("ılgın", "five@example.org"),
        ("ILGIN", "six@example.org"),
    ];
    let (tally, skipped) = skipped(&rows).await;
    assert_eq!(skipped, [""; 0]);
    assert_eq!(tally.imported, 6);
}

#[tokio::test]
async fn a_row_that_cannot_be_used_collides_too() {
    let broken = row("ADA", "lovelace@example.org").replace("$2b$", "$2x");
    let (_folder, file) = file_of(&[&row("ada", "ada@example.org"), &broken]);
    let (tally, skipped) = import(&in_memory(), &file, false).await;
    assert_eq!(tally.unwrap().imported, 0);
    assert!(skipped.iter().all(|row| row.ends_with(", only in case")));
}

#[tokio::test]
async fn a_token_that_two_rows_have_is_nobodys() {
    let with_token = |name: &str| {
        format!(
            "'{name}', '{name}@example.org', '{}', 1, 0, 'shared', '2046-11-17 21:39:32', \
             '2026-11-22 21:39:33'",
            super::HASH
        )
    };
    let (_folder, file) = file_of(&[&with_token("ada"), &with_token("bob")]);
    let accounts = in_memory();
    let (tally, skipped) = import(&accounts, &file, true).await;
    let tally = tally.unwrap();
    assert_eq!((tally.imported, tally.skipped, tally.tokens), (2, 0, 0));
    assert_eq!(
        skipped,
        [
            "the token of row 1, \"ada\": row 2 has it too",
            "the token of row 2, \"bob\": row 1 has it too",
        ]
    );
    let verified = accounts.verify_email("shared").await;
    assert!(matches!(verified, Err(AccountsError::InvalidToken)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::rounds(640)))]

    #[test]
    fn only_rows_with_a_unique_name_and_address_are_imported(
        rows in prop::collection::vec(("[aAbBſsSßıIΣσς]{1,2}", "[aAbB]{1,2}"), 0..12),
    ) {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(name, local)| (name, format!("{local}@example.org")))
            .collect();
        let mut names = HashMap::new();
        let mut emails = HashMap::new();
        for (name, email) in &rows {
            *names.entry(NormalForm::of(name)).or_insert(0) += 1;
            *emails.entry(NormalForm::of(email)).or_insert(0) += 1;
        }
        let is_alone = |(name, email): &&(String, String)| {
            names[&NormalForm::of(name)] == 1 && emails[&NormalForm::of(email)] == 1
        };

        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let sql: Vec<_> = rows.iter().map(|(name, email)| row(name, email)).collect();
            let (_folder, file) = file_of(&sql.iter().map(String::as_str).collect::<Vec<_>>());
            let accounts = in_memory();
            let (tally, skipped) = import(&accounts, &file, false).await;
            let alone: Vec<_> = rows.iter().filter(is_alone).collect();
            assert_eq!(tally.unwrap().imported, alone.len() as u64);
            assert_eq!(skipped.len(), rows.len() - alone.len());
            for (name, email) in alone {
                let found = find(&accounts, email).await.unwrap();
                assert_eq!(found.username(), name);
            }
        });
    }
}
