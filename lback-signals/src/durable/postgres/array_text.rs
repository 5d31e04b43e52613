//! Arrays as texts, which any database layer can bind.

/// An array in the text form of PostgreSQL.
pub(super) struct ArrayText(String);

impl ArrayText {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    pub(super) fn push(&mut self, item: Option<&str>) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        let Some(item) = item else {
            self.0.push_str("NULL");
            return;
        };
        self.0.push('"');
        for part in item.split_inclusive(['"', '\\']) {
            match part.strip_suffix(['"', '\\']) {
                Some(plain) => {
                    self.0.push_str(plain);
                    self.0.push('\\');
                    self.0.push_str(&part[plain.len()..]);
                }
                None => self.0.push_str(part),
            }
        }
        self.0.push('"');
    }

    pub(super) fn end(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ArrayText;

    #[test]
    fn items_are_quoted() {
        let mut array = ArrayText::new();
        for item in [Some("a"), None, Some(""), Some("NULL"), Some(r#"{"\",}"#)] {
            array.push(item);
        }
        assert!(!array.is_empty());
        assert_eq!(array.end(), r#"{"a",NULL,"","NULL","{\"\\\",}"}"#);
        assert_eq!(ArrayText::new().end(), "{}");
    }
}
