//! Durable receivers that were removed.

/// A durable receiver that was removed, as [`retire!`](crate::retire) declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RetiredReceiver {
    name: &'static str,
    file: &'static str,
    line: u32,
}

impl RetiredReceiver {
    // Not public API. Used by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(name: &'static str, file: &'static str, line: u32) -> Self {
        assert!(
            is_stored_name(name.as_bytes()),
            "a stored name consists of `a-z`, `0-9`, `_` and `-`, in one or more parts with a dot between them: \
             `retire!(\"push-legacy\")`"
        );
        Self { name, file, line }
    }

    /// Returns the name under which deliveries may be stored.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the source file of the `retire!`, as the compiler prints it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the line of the `retire!`, starting at 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }
}

/// Returns whether `durable(name = …)` accepts the name.
const fn is_stored_name(name: &[u8]) -> bool {
    let mut index = 0;
    let mut part = 0;
    while index < name.len() {
        match name[index] {
            b'.' if part > 0 => part = 0,
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => part += 1,
            _ => return false,
        }
        index += 1;
    }
    part > 0 && name.len() <= 100
}

#[cfg(test)]
mod tests {
    use super::is_stored_name;

    #[test]
    fn names_are_those_of_the_attribute() {
        for name in ["a", "order.paid", "order_paid", "a-b.c_1.2", "0"] {
            assert!(is_stored_name(name.as_bytes()), "{name}");
        }
        for name in [
            "", ".", "a.", ".a", "a..b", "A", "a b", "é", "a/b", "@publish",
        ] {
            assert!(!is_stored_name(name.as_bytes()), "{name}");
        }
        assert!(is_stored_name(&[b'a'; 100]));
        assert!(!is_stored_name(&[b'a'; 101]));
    }
}
