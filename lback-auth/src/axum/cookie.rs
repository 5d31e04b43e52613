//! The cookie of a session.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::origin::Origin;
use crate::session::{IssuedSession, Remember};

/// The name and the attributes of the cookie.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionCookie {
    name: &'static str,
    attributes: &'static str,
}

/// The cookies of the name that a request has.
pub(super) enum Presented {
    None,
    One(Zeroizing<String>),
    /// Another host of the site may have planted one of them, and a request does not tell which (*cookie tossing*).
    Several,
}

impl SessionCookie {
    pub(super) fn of(origin: &Origin) -> Self {
        if origin.is_https() {
            // Browsers accept this prefix only from the host itself, over https, for all paths.
            Self {
                name: "__Host-session",
                attributes: "; Path=/; HttpOnly; SameSite=Lax; Secure",
            }
        } else {
            // Some browsers refuse `Secure` on http, even on a loopback host.
            Self {
                name: "session",
                attributes: "; Path=/; HttpOnly; SameSite=Lax",
            }
        }
    }

    /// Reads the tokens that a request presents.
    pub(super) fn read(self, headers: &HeaderMap) -> Presented {
        let cookies = headers.get_all(COOKIE).into_iter();
        let cookies = cookies.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
        let mut values = cookies.filter_map(|cookie| self.value_of(cookie));
        match (values.next(), values.next()) {
            (None, _) => Presented::None,
            // A token is ASCII, so other text is an unknown token.
            (Some(value), None) => {
                Presented::One(Zeroizing::new(String::from_utf8_lossy(value).into_owned()))
            }
            (Some(_), Some(_)) => Presented::Several,
        }
    }

    /// Returns the value of a cookie of this name. Names are compared byte by byte: browsers protect only the exact
    /// prefix, so a more tolerant comparison would accept a cookie of another host.
    fn value_of(self, cookie: &[u8]) -> Option<&[u8]> {
        let start = cookie
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'))?;
        let value = cookie[start..].strip_prefix(self.name.as_bytes())?;
        value.strip_prefix(b"=")
    }

    /// Returns the `Set-Cookie` of a session. A remembered one outlives the browser's, until the session expires.
    pub(super) fn set(self, issued: &IssuedSession, now: OffsetDateTime) -> HeaderValue {
        let Self { name, attributes } = self;
        let token = issued.token.expose();
        let max_age = match issued.session.remember {
            Remember::No => String::new(),
            Remember::Yes => {
                let left = (issued.session.expires_at - now).whole_seconds();
                format!("; Max-Age={}", left.max(0))
            }
        };
        let text = Zeroizing::new(format!("{name}={token}{attributes}{max_age}"));
        let mut value = HeaderValue::from_str(&text).expect("a token is base64url");
        // Keeps it out of `Debug`, and out of the table by which HTTP/2 compresses headers.
        value.set_sensitive(true);
        value
    }

    /// Returns the `Set-Cookie` that deletes the cookie.
    pub(super) fn clear(self) -> HeaderValue {
        let Self { name, attributes } = self;
        let text = format!("{name}={attributes}; Max-Age=0");
        HeaderValue::from_str(&text).expect("it is a constant of visible ASCII")
    }
}
