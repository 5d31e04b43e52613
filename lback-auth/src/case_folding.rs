//! Full default case folding, and lower case, of texts in NFKC.

use unicode_normalization::UnicodeNormalization;

/// The maximum number of characters that one character folds to (`CaseFolding.txt`).
const MAX_FOLDED: usize = 3;

/// The characters whose NFKC is `ς`. UTS 46 keeps `ς`, but maps these to `σ`.
const FINAL_SIGMAS: [char; 6] = [
    '\u{3F2}',
    '\u{1D6D3}',
    '\u{1D70D}',
    '\u{1D747}',
    '\u{1D781}',
    '\u{1D7BB}',
];

/// Returns a text in NFKC, with a `σ` for each compatibility character of `ς`. In a domain, `σ` and `ς` are
/// different letters; elsewhere case folding makes them equal.
pub(crate) fn nfkc(text: &str) -> String {
    let plain = |character| {
        if FINAL_SIGMAS.contains(&character) {
            'σ'
        } else {
            character
        }
    };
    text.chars().map(plain).nfkc().collect()
}

/// Folds the case of characters: the full default case folding of the Unicode Standard (section 3.13,
/// definition R4), which depends on no language and on no neighbour.
///
/// The dotless `ı` and `i` remain different.
pub(crate) fn fold(characters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    characters.flat_map(|character| folded(character).into_iter().flatten())
}

/// Folds the case of a text, in NFKC.
///
/// Case is folded between NFKD and NFKC: `U+0345` folds to a letter, to which marks after it would attach.
pub(crate) fn fold_nfkc(text: &str) -> String {
    fold(text.nfkd()).nfkc().collect()
}

/// Returns a text in lower case, in NFKC. Unlike folding, this keeps `ß` and `ς`, which are valid in domains.
pub(crate) fn lowercase_nfkc(text: &str) -> String {
    let lowercase = text.chars().flat_map(char::to_lowercase);
    lowercase.nfkc().collect()
}

/// Folds a character by the case mappings of the standard library. The tests compare the result with
/// `CaseFolding.txt`.
fn folded(character: char) -> [Option<char>; MAX_FOLDED] {
    let mut folded = [None; MAX_FOLDED];
    match character {
        _ if character.is_ascii() => folded[0] = Some(character.to_ascii_lowercase()),
        // Excluded, since its upper case is that of `i`.
        'ı' => folded[0] = Some(character),
        // Cherokee folds to upper case.
        '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}' => {
            fill(&mut folded, character.to_uppercase());
        }
        // By way of the upper case, which maps `ς` to `Σ` and `ß` to `SS`. Lower case comes first, for `ẞ`.
        _ => {
            let upper = character.to_lowercase().flat_map(char::to_uppercase);
            fill(&mut folded, upper.flat_map(char::to_lowercase));
        }
    }
    folded
}

fn fill(slots: &mut [Option<char>], characters: impl Iterator<Item = char>) {
    for (slot, character) in slots.iter_mut().zip(characters) {
        *slot = Some(character);
    }
}

#[cfg(test)]
mod tests {
    use caseless::Caseless;
    use unicode_general_category::{GeneralCategory, get_general_category};

    use super::*;

    /// Except for characters that are newer than the `CaseFolding.txt` of `caseless`.
    #[test]
    fn each_character_folds_as_in_case_folding_txt() {
        assert_eq!(
            caseless::UNICODE_VERSION,
            unicode_general_category::UNICODE_VERSION
        );
        let is_assigned =
            |character: &char| get_general_category(*character) != GeneralCategory::Unassigned;
        for character in ('\0'..=char::MAX).filter(is_assigned) {
            let expected = [character].into_iter().default_case_fold();
            assert!(fold([character].into_iter()).eq(expected), "{character:?}");
        }
    }

    #[test]
    fn folding_is_idempotent() {
        for character in '\0'..=char::MAX {
            let once: Vec<char> = fold([character].into_iter()).collect();
            let twice: Vec<char> = fold(once.iter().copied()).collect();
            assert_eq!(twice, once, "{character:?}");
        }
    }

    /// The dotless `ı`, whose upper case is that of `i`, is the only exception.
    #[test]
    fn cases_of_a_character_fold_alike() {
        let cased = |character: &char| {
            !character.to_uppercase().eq([*character]) || !character.to_lowercase().eq([*character])
        };
        for character in ('\0'..=char::MAX)
            .filter(cased)
            .filter(|character| *character != 'ı')
        {
            let folded: String = fold([character].into_iter()).collect();
            let upper: String = fold(character.to_uppercase()).collect();
            let lower: String = fold(character.to_lowercase()).collect();
            assert_eq!(upper, folded, "{character:?}");
            assert_eq!(lower, folded, "{character:?}");
        }
        assert_eq!(fold("ıI".chars()).collect::<String>(), "ıi");
    }
}
