//! Stored texts and passwords of any kind.

use proptest::prelude::*;

use super::*;

/// Changes one character of a text.
fn mutate(text: &str, at: usize, kind: u8, with: char) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = at % characters.len();
    match kind {
        0 => characters[at] = with,
        1 => characters.insert(at, with),
        _ => {
            characters.remove(at);
        }
    }
    characters.into_iter().collect()
}

proptest! {
    #[test]
    fn any_stored_text_is_an_error_that_does_not_contain_it(
        before in any::<String>(),
        after in any::<String>(),
        password in any::<String>(),
    ) {
        let stored = format!("{before}S3CR3T{after}");
        let password_type = Password::from_stored(Some(stored.clone()));
        let error = check(&stored, &password).expect_err("no hash");
        prop_assert!(matches!(error, Corrupt | UnknownScheme));
        for shown in [error.to_string(), format!("{error:?}"), format!("{password_type:?}")] {
            prop_assert!(!shown.contains("S3CR3T"));
        }
    }

    #[test]
    fn a_mutated_hash_matches_only_if_it_is_unchanged(
        mutations in proptest::collection::vec(
            (any::<usize>(), 0_u8..3, prop_oneof!["[$=,.0-9a-zA-Z+/-]".prop_map(
                |text| text.chars().next().unwrap_or('$')), any::<char>()]),
            1..3,
        ),
        password in "\\PC{1,20}",
    ) {
        let original = cheap(&password);
        let stored = mutations
            .into_iter()
            .fold(original.clone(), |text, (at, kind, with)| mutate(&text, at, kind, with));
        let expected = stored == original;
        match check(&stored, &password) {
            Ok(matches) => prop_assert_eq!(matches, expected, "{}", stored),
            Err(error) => {
                prop_assert!(matches!(error, Corrupt | UnknownScheme | CostOutOfBounds));
            }
        }
    }

    #[test]
    fn a_password_matches_its_hash_with_and_without_preparation(password in any::<String>()) {
        prop_assume!(prepare(&password).is_ok());
        let prepared = prepare(&password).expect("can be prepared");
        prop_assert_eq!(check(&cheap(&prepared), &password), Ok(true));
        prop_assert_eq!(check(&cheap(&password), &password), Ok(true));
        prop_assert_eq!(check(&cheap(&prepared), &(password.clone() + "x")), Ok(false));
    }
}
