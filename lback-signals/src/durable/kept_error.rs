//! The part of an error that is stored.

/// The most bytes that are kept.
const MAX: usize = 4096;

/// Returns the part of an error that is kept, without U+0000, which databases refuse or end a text at.
pub(super) fn kept_error(error: &str) -> String {
    let error = &error[..error.floor_char_boundary(MAX)];
    error.replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::kept_error;

    #[test]
    fn an_error_is_cut_between_characters() {
        assert_eq!(kept_error("refused"), "refused");
        let long = "é".repeat(2048) + "x";
        assert_eq!(kept_error(&long), "é".repeat(2048));
        let odd = "x".to_owned() + &long;
        assert_eq!(kept_error(&odd), "x".to_owned() + &"é".repeat(2047));
        assert_eq!(kept_error("a\0b"), "a b");
    }
}
