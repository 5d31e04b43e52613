//! A mail server, as its URL names it.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::time::timeout;
use url::{Position, Url};
use zeroize::Zeroizing;

use super::secrets;

pub(super) struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// How long it may take for each mail.
    patience: Duration,
    /// Its host and port.
    name: String,
    secrets: Vec<Zeroizing<String>>,
}

impl Server {
    /// # Errors
    ///
    /// The URL cannot be used. The text has nothing of it.
    pub(super) fn new(url: &str, patience: Duration) -> anyhow::Result<Self> {
        let not_of_the_form = || {
            anyhow!(
                "its URL is not of the form `smtp://USER:PASSWORD@HOST:PORT`, \
                 `smtp://USER:PASSWORD@HOST:PORT?tls=required` or `smtps://USER:PASSWORD@HOST`, \
                 in which `@` in a name or a password is written as `%40`, and so on"
            )
        };
        let parsed = Url::parse(url).map_err(|_| not_of_the_form())?;
        // The host would be a name then, and the port a password.
        if parsed[Position::BeforePath..].contains('@') {
            bail!(not_of_the_form());
        }
        let builder = match AsyncSmtpTransport::<Tokio1Executor>::from_url(url) {
            Ok(builder) => builder,
            Err(error) if error.is_tls() => return Err(error.into()),
            // Its text can have a part of the URL.
            Err(_) => bail!(not_of_the_form()),
        };
        if exposes_password(&parsed) {
            bail!(
                "its password would be sent unencrypted: write `smtps://…`, or append `?tls=required`"
            );
        }
        let has_tls = parsed.query_pairs().any(|(key, _)| key == "tls");
        let port = parsed.port().unwrap_or(match parsed.scheme() {
            "smtps" => SUBMISSIONS_PORT,
            _ if has_tls => SUBMISSION_PORT,
            _ => SMTP_PORT,
        });
        Ok(Self {
            transport: builder.port(port).build(),
            patience,
            name: format!("{}:{port}", parsed.host_str().unwrap_or_default()),
            secrets: secrets::of(&parsed),
        })
    }

    pub(super) async fn send(&self, message: &Message) -> anyhow::Result<()> {
        let Self { patience, name, .. } = self;
        // The transport's own limit is for connecting alone.
        let sent = timeout(*patience, self.transport.send(message.clone())).await;
        let sent = sent.map_err(|_| anyhow!("it took longer than {patience:?}"));
        sent.and_then(|sent| Ok(sent.map(drop)?))
            .with_context(|| format!("the mail server {name} did not take it"))
    }

    pub(super) fn secrets(&self) -> &[Zeroizing<String>] {
        &self.secrets
    }
}

/// Returns whether the password of a URL would cross the network unencrypted. `tls=opportunistic` sends it in plain
/// text if the server offers no TLS, or an attacker on the network removes the offer.
fn exposes_password(url: &Url) -> bool {
    let needs_tls = url.scheme() == "smtps"
        // The transport reads the first `tls`.
        || url
            .query_pairs()
            .find(|(name, _)| name == "tls")
            .is_some_and(|(_, value)| value == "required");
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_this_machine = host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    url.password().is_some() && !needs_tls && !is_this_machine
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_its_host_and_port_alone() {
        for (url, name) in [
            ("smtp://localhost", "localhost:25"),
            ("smtp://ada:hunter2@localhost?tls=required", "localhost:587"),
            ("smtps://ada:hunter2@localhost", "localhost:465"),
            ("SMTP://[::1]:2525/me", "[::1]:2525"),
        ] {
            let server = Server::new(url, Duration::ZERO).unwrap();
            assert_eq!(server.name, name, "{url}");
        }
    }
}
