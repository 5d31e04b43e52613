//! The list of common passwords.

use std::sync::LazyLock;

use super::caseless::folded;

/// The entries of `common-passwords.txt`, sorted. `common-passwords.LICENSE` names their source.
static ENTRIES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().collect());

/// Returns whether the whole password is on the list, without regard to case.
pub(super) fn contains(password: &str) -> bool {
    ENTRIES
        .binary_search_by(|entry| entry.chars().cmp(folded(password)))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::prepare;

    #[test]
    fn the_list_is_sorted_and_unique() {
        assert_eq!(ENTRIES.len(), 8_354);
        for pair in ENTRIES.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
    }

    #[test]
    fn every_entry_is_as_the_search_expects_it() {
        for entry in ENTRIES.iter() {
            assert_eq!(*entry, entry.to_lowercase());
            assert_eq!(*entry, prepare(entry).expect("can be prepared").as_str());
            assert!(folded(entry).eq(entry.chars()), "{entry}");
            assert!(entry.chars().count() >= 8, "{entry}");
        }
    }

    #[test]
    fn every_entry_is_found_in_any_case() {
        for entry in ENTRIES.iter() {
            assert!(contains(entry), "{entry}");
            assert!(contains(&entry.to_uppercase()), "{entry}");
        }
    }

    #[test]
    fn only_whole_passwords_are_found() {
        assert!(contains("password"));
        for other in ["", "passwor", "password ", " password", "password and more"] {
            assert!(!contains(other), "{other:?}");
        }
    }
}
