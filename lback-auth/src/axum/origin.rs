//! The origin of the application.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use axum::http::Uri;
use axum::http::uri::{Authority, Scheme};
use thiserror::Error;

/// The origin of the application, as browsers see it: `https://shop.example`, or `http://127.0.0.1:3000` on the
/// machine of a developer.
///
/// It is a setting of the application. It never comes from a `Host` header, which the client chooses. Its `Display` has
/// no slash at the end, so that a link in a mail is `format!("{origin}/verify?token={token}")`.
///
/// ```
/// use lback_auth::axum::Origin;
///
/// let origin: Origin = "https://Shop.example:443/".parse()?;
/// assert_eq!(origin.to_string(), "https://shop.example");
/// assert!(origin.is_https());
///
/// assert!("http://shop.example".parse::<Origin>().is_err());
/// # Ok::<(), lback_auth::axum::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    is_https: bool,
}

impl Origin {
    /// Returns whether the scheme is `https`. Otherwise it is `http` on a loopback host.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Returns the text, as a browser sends it in `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let not_an_origin = || OriginError::NotAnOrigin(text.to_owned());
        // `Uri` leaves a fragment out.
        if text.contains('#') {
            return Err(not_an_origin());
        }
        let uri: Uri = text.parse().map_err(|_| not_an_origin())?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(not_an_origin());
        };
        let has_user = authority.as_str().contains('@');
        if has_user || uri.path() != "/" || uri.query().is_some() || authority.host().is_empty() {
            return Err(not_an_origin());
        }
        let is_https = *scheme == Scheme::HTTPS;
        if !is_https && *scheme != Scheme::HTTP {
            return Err(not_an_origin());
        }
        let host = authority.host().to_ascii_lowercase();
        if !is_https && !is_loopback(&host) {
            return Err(OriginError::NotHttps(text.to_owned()));
        }
        // Browsers leave the default port out.
        let default_port = if is_https { 443 } else { 80 };
        let port = port(authority).map_err(|()| not_an_origin())?;
        let port = port.filter(|port| *port != default_port);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Ok(Self {
            text: format!("{scheme}://{host}{port}"),
            is_https,
        })
    }
}

/// Returns the port, or an error if there is one that is not a number.
fn port(authority: &Authority) -> Result<Option<u16>, ()> {
    let after_host = &authority.as_str()[authority.host().len()..];
    if after_host.is_empty() {
        return Ok(None);
    }
    authority.port_u16().map(Some).ok_or(())
}

fn is_loopback(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    host == "localhost"
        || host.parse().is_ok_and(|it: Ipv4Addr| it.is_loopback())
        || v6.is_some_and(|it| it.parse().is_ok_and(|it: Ipv6Addr| it.is_loopback()))
}

/// Error returned when a text is not an [`Origin`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OriginError {
    /// The text is not a scheme, a host and an optional port.
    #[error(
        "`{0}` is not an origin: write a scheme, a host and a port, such as https://shop.example"
    )]
    NotAnOrigin(String),
    /// The scheme is `http`, and the host is not a loopback one.
    #[error(
        "the origin `{0}` is not https, so that others could read its cookies: use https, or a loopback \
         host such as http://127.0.0.1:3000"
    )]
    NotHttps(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_or_loopback() {
        for (text, expected) in [
            ("https://shop.example", "https://shop.example"),
            ("https://shop.example/", "https://shop.example"),
            ("HTTPS://SHOP.example:8443", "https://shop.example:8443"),
            ("https://192.0.2.1:443", "https://192.0.2.1"),
            ("http://localhost:80", "http://localhost"),
            ("http://127.9.9.9:3000", "http://127.9.9.9:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn any_other_text_is_refused() {
        for text in [
            "",
            "/",
            "shop.example",
            "//shop.example",
            "ftp://shop.example",
            "https://",
            "https://ada@shop.example",
            "https://shop.example/app",
            "https://shop.example?a",
            "https://shop.example#a",
            "https://shop.example:x",
            "https://shop.example:",
            "https://shop.example:99999",
        ] {
            let error = text.parse::<Origin>().unwrap_err();
            assert_eq!(error, OriginError::NotAnOrigin(text.to_owned()), "{text}");
        }
        for text in [
            "http://shop.example",
            "http://192.0.2.1",
            "http://localhost.evil.example",
        ] {
            let error = text.parse::<Origin>().unwrap_err();
            assert_eq!(error, OriginError::NotHttps(text.to_owned()), "{text}");
        }
    }
}
