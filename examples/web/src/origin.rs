//! The origin of the site and its proxies, and which settings of them are refused.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use lback_auth::axum::Origin;

/// Returns the origin of a site with this `--url`, or without one. Links in mails are made from it, and never from a
/// request.
///
/// # Errors
///
/// Returns an error if the URL is not that of a site with TLS, or if there is none and other machines reach the
/// listener: cookies and passwords would cross the network as plain text.
pub(crate) fn of_site(url: Option<&str>, listener: SocketAddr) -> anyhow::Result<Origin> {
    let Some(url) = url else {
        ensure!(
            listener.ip().is_loopback(),
            "other machines can reach {listener}: put a proxy with TLS before it and name the site by \
             `--url https://…`, or listen on 127.0.0.1"
        );
        return Ok(format!("http://{listener}").parse()?);
    };
    // Checked before parsing, so that each `http` URL gets this message. `Origin` would accept `http` on this machine, but
    // a site with `--url` is public.
    let scheme = url.get(.."https://".len());
    ensure!(
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")),
        "`--url` is not https: write `https://accounts.example.org`"
    );
    url.parse().context("`--url` cannot be used")
}

/// Returns the number of proxies that append to `X-Forwarded-For`.
///
/// # Errors
///
/// Returns an error with `--url` but without `--trusted-proxies`: behind a proxy, all users would share the limit of
/// attempts of the proxy's address. Also returns an error with a number above 0 but without `--url`: clients that
/// connect directly could choose the address that is counted.
pub(crate) fn trusted_proxies(url: Option<&str>, proxies: Option<usize>) -> anyhow::Result<usize> {
    match (url, proxies) {
        (Some(_), None) => bail!(
            "`--url` needs the number of proxies that append to `X-Forwarded-For`: write `--trusted-proxies 1` for one \
             proxy, or `--trusted-proxies 0` for none"
        ),
        (None, Some(1..)) => bail!(
            "`--trusted-proxies` without `--url`: name the site by `--url https://…`, or remove `--trusted-proxies`"
        ),
        (_, proxies) => Ok(proxies.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: Option<&str>, listener: &str) -> anyhow::Result<Origin> {
        of_site(url, listener.parse().unwrap())
    }

    #[test]
    fn only_a_loopback_listener_needs_no_url() {
        assert_eq!(
            origin(None, "127.0.0.1:8080").unwrap().as_str(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(
            origin(None, "[::1]:8080").unwrap().as_str(),
            "http://[::1]:8080"
        );
        for listener in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:8080"] {
            assert!(origin(None, listener).is_err(), "{listener}");
            let public = origin(Some("https://example.org"), listener).unwrap();
            assert_eq!(public.as_str(), "https://example.org");
        }
    }

    #[test]
    fn a_url_is_a_site_with_tls() {
        for url in [
            "http://127.0.0.1:8080",
            "http://example.org",
            "https://example.org/a",
            "example.org",
        ] {
            assert!(origin(Some(url), "127.0.0.1:8080").is_err(), "{url}");
        }
    }
}
