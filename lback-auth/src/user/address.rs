//! Validation of email addresses.

use email_address::{EmailAddress, Options};

use super::UserError;
use super::characters::first_refused;

/// The maximum length of an email address in SMTP, in bytes: RFC 5321, section 4.5.3.1.3, minus the angle
/// brackets.
const MAX_LEN: usize = 254;

/// Checks that mail can be sent to an address.
pub(crate) fn valid_email(email: &str) -> Result<String, UserError> {
    if email.len() > MAX_LEN {
        return Err(UserError::EmailTooLong { bytes: email.len() });
    }
    // RFC 5322 also allows `Ada <ada@example.org>` and `ada@[127.0.0.1]`.
    let options = Options::default()
        .without_display_text()
        .without_domain_literal();
    let parsed = EmailAddress::parse_with_options(email, options)
        .map_err(|error| invalid(error.to_string().trim_end_matches('.')))?;
    // The parser accepts an empty display name, and line breaks with it: ` <ada@example.org>`.
    if parsed.email() != email {
        return Err(invalid("a display name is not allowed"));
    }
    // Mail programs remove the quotes, which leaves a different address, or an invalid one.
    if parsed.local_part().starts_with('"') {
        return Err(invalid("quotes are not allowed before the `@`"));
    }
    if let Some(character) = first_refused(email) {
        let character = u32::from(character);
        return Err(invalid(&format!(
            "the character U+{character:04X} is not allowed"
        )));
    }
    Ok(email.to_owned())
}

fn invalid(reason: &str) -> UserError {
    UserError::InvalidEmail {
        reason: reason.to_owned(),
    }
}
