//! Full default case folding.

use icu_casemap::CaseMapper;

/// The most characters that one folds to (`CaseFolding.txt`).
const MAX_FOLDED: usize = 3;

/// Folds the case of characters: the full default case folding of the Unicode Standard (section 3.13,
/// definition R4), which depends on no language and on no neighbour.
///
/// The dotless `ı` and `i` stay two. The text is not collected; each character is folded alone.
pub(crate) fn fold(characters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    characters.flat_map(|character| folded(character).into_iter().flatten())
}

fn folded(character: char) -> [Option<char>; MAX_FOLDED] {
    if character.is_ascii() {
        return [Some(character.to_ascii_lowercase()), None, None];
    }
    let mut buffer = [0; 4];
    let text = CaseMapper::new().fold_string(character.encode_utf8(&mut buffer));
    let mut folded = [None; MAX_FOLDED];
    for (slot, character) in folded.iter_mut().zip(text.chars()) {
        *slot = Some(character);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_folds_as_in_a_text_and_once() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let expected = CaseMapper::new().fold_string(&text);
            assert!(fold(text.chars()).eq(expected.chars()), "{character:?}");
            if expected != text {
                assert!(fold(expected.chars()).eq(expected.chars()), "{character:?}");
            }
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
