//! The name of a service, and what is named after it.

use crate::error::NatsError;

/// The name of a service: one token of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct App(String);

impl App {
    pub(crate) fn new(name: &str) -> Result<Self, NatsError> {
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if (1..=50).contains(&name.len()) && name.bytes().all(is_allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err(NatsError::Name(name.to_owned()))
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    pub(crate) fn stream(&self) -> String {
        format!("lback-{}", self.0)
    }

    /// Returns the subjects of all its signals.
    pub(crate) fn subjects(&self) -> String {
        format!("lback.{}.>", self.0)
    }

    pub(crate) fn subject(&self, signal: &str, version: u32) -> String {
        format!("lback.{}.{signal}.v{version}", self.0)
    }

    /// Returns the name and the version of the signal that a subject names.
    pub(crate) fn parse<'s>(&self, subject: &'s str) -> Option<(&'s str, u32)> {
        let rest = subject
            .strip_prefix("lback.")?
            .strip_prefix(&self.0)?
            .strip_prefix('.')?;
        let (name, version) = rest.rsplit_once(".v")?;
        // `+1`, `01` and `0` are no versions that this package writes.
        let is_canonical =
            version.bytes().all(|it| it.is_ascii_digit()) && !version.starts_with('0');
        let version = version.parse().ok().filter(|_| is_canonical)?;
        (!name.is_empty()).then_some((name, version))
    }
}

#[cfg(test)]
mod tests {
    use super::App;

    #[test]
    fn a_name_is_one_token() {
        for name in ["shop", "shop-2", "a", "0_1", &"a".repeat(50)] {
            assert!(App::new(name).is_ok(), "{name}");
        }
        for name in ["", "a.b", "A", "a b", "*", ">", "é", "a/b", &"a".repeat(51)] {
            assert!(App::new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_subject_names_the_signal_and_its_version() {
        let shop = App::new("shop").unwrap();
        let subject = shop.subject("order.paid", 2);
        assert_eq!(subject, "lback.shop.order.paid.v2");
        assert_eq!(shop.parse(&subject), Some(("order.paid", 2)));
        assert_eq!(
            shop.parse("lback.shop.a.v1.v4294967295"),
            Some(("a.v1", u32::MAX))
        );
        for subject in [
            "lback.shop",
            "lback.shop.",
            "lback.shop.v1",
            "lback.shop..v1",
            "lback.shop.a",
            "lback.shop.a.v",
            "lback.shop.a.v0",
            "lback.shop.a.v01",
            "lback.shop.a.v+1",
            "lback.shop.a.v4294967296",
            "lback.shop.a.vx",
            "lback.mailer.a.v1",
            "lback.shopper.a.v1",
            "other.shop.a.v1",
        ] {
            assert_eq!(shop.parse(subject), None, "{subject}");
        }
    }
}
