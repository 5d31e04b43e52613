//! The client and the account behind a request.

use std::net::{IpAddr, Ipv6Addr};

use crate::session::SessionDigest;
use crate::user_id::UserId;

/// The most characters of a user agent that are stored.
const MAX_USER_AGENT: usize = 200;

/// The most characters of a request's id that are stored.
const MAX_REQUEST_ID: usize = 200;

/// The account, the session and the client that make a request, and the request's id in the application's logs.
///
/// An application provides one per request in a [`Scope`](lback_signals::Scope). The flows of
/// [`Accounts`](crate::Accounts) count attempts by its client address and write it into the audit log, and
/// receivers take it as a [`Res`](lback_signals::Res):
///
/// ```
/// use lback_auth::{AuthUser, Hasher, RequestContext, User, UserPasswordSet};
/// use lback_signals::{Res, Scope, receiver};
///
/// #[receiver(signal = UserPasswordSet)]
/// fn log(event: &UserPasswordSet<'_>, context: Option<Res<'_, RequestContext>>) {
///     let client = context.as_deref().and_then(RequestContext::client);
///     println!("{} has a new password, from {client:?}", event.user.username());
/// }
///
/// let context = RequestContext::new()
///     .with_client("192.0.2.7".parse()?)
///     .with_request_id("01J9ZQ");
/// let scope = Scope::new().provide(context).provide(Hasher::insecure_for_tests());
/// scope.run(|| User::new("ada", "ada@example.org")?.set_password("correct horse").map_err(Box::from))
///     .map_err(|error: Box<dyn std::error::Error>| error)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RequestContext {
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::serialize::optional_id")
    )]
    actor: Option<UserId>,
    client: Option<IpAddr>,
    request_id: Option<String>,
    #[cfg_attr(feature = "serde", serde(skip))]
    user_agent: Option<String>,
    #[cfg_attr(feature = "serde", serde(skip))]
    session: Option<SessionDigest>,
}

impl RequestContext {
    /// Creates an empty context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the context of the current scope, or an empty one.
    #[must_use]
    pub fn current() -> Self {
        lback_signals::resource::<Self>().map_or_else(Self::default, |context| (*context).clone())
    }

    /// Sets the account that is signed in. U+FFFD replaces each U+0000, which PostgreSQL cannot store: no
    /// account has such an id.
    ///
    /// ```
    /// use lback_auth::{RequestContext, UserId};
    ///
    /// let context = RequestContext::new().with_actor(UserId::new("7\0"));
    /// assert_eq!(context.actor(), Some(&UserId::new("7\u{fffd}")));
    /// ```
    #[must_use]
    pub fn with_actor(self, actor: UserId) -> Self {
        let actor = if actor.as_str().contains('\0') {
            UserId::new(actor.as_str().replace('\0', "\u{fffd}"))
        } else {
            actor
        };
        Self {
            actor: Some(actor),
            ..self
        }
    }

    /// Sets the address of the client. Behind a trusted proxy, take the one that the proxy forwards.
    #[must_use]
    pub fn with_client(self, client: IpAddr) -> Self {
        Self {
            client: Some(client.to_canonical()),
            ..self
        }
    }

    /// Sets the id of the request: its first 200 characters, without U+0000.
    #[must_use]
    pub fn with_request_id(self, id: impl AsRef<str>) -> Self {
        let kept = id.as_ref().chars().filter(|character| *character != '\0');
        Self {
            request_id: Some(kept.take(MAX_REQUEST_ID).collect()),
            ..self
        }
    }

    /// Sets the user agent of the client: the first 200 printable characters of ASCII.
    #[must_use]
    pub fn with_user_agent(self, user_agent: impl AsRef<str>) -> Self {
        let printable = |character: &char| matches!(character, ' '..='~');
        let kept = user_agent.as_ref().chars().filter(printable);
        Self {
            user_agent: Some(kept.take(MAX_USER_AGENT).collect()),
            ..self
        }
    }

    /// Sets the session by its token, as the client presents it. Only the token's digest is kept.
    ///
    /// A [sign-in](crate::Accounts::sign_in) replaces this session, and a
    /// [change of the password](crate::Accounts::change_password) gives it a new token.
    #[must_use]
    pub fn with_session(self, token: &str) -> Self {
        Self {
            session: SessionDigest::of(token),
            ..self
        }
    }

    /// Returns the account that is signed in.
    #[must_use]
    pub fn actor(&self) -> Option<&UserId> {
        self.actor.as_ref()
    }

    /// Returns the address of the client. An IPv4-mapped IPv6 address is returned as IPv4.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Returns the id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Returns the user agent of the client.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// Returns the digest of the session's token.
    #[must_use]
    pub fn session(&self) -> Option<SessionDigest> {
        self.session
    }

    /// Returns what logs keep: the actor, the client and the id of the request.
    pub(crate) fn for_log(self) -> Self {
        Self {
            user_agent: None,
            session: None,
            ..self
        }
    }

    /// Returns the network that attempts are counted by: an IPv4 address, or the first 64 bits of an IPv6
    /// address, since each site has at least a /64 (RFC 6177).
    pub(crate) fn network(&self) -> Option<IpAddr> {
        self.client.map(|client| match client {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
                address.to_bits() & !u128::from(u64::MAX),
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(client: &str) -> String {
        let context = RequestContext::new().with_client(client.parse().unwrap());
        context.network().unwrap().to_string()
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(RequestContext::new().network(), None);
    }

    #[test]
    fn a_request_id_is_short_and_without_zero_characters() {
        let context = RequestContext::new().with_request_id(format!("\0a{}", "é".repeat(300)));
        let id = context.request_id().unwrap();
        assert!(id.starts_with("aé"));
        assert_eq!(id.chars().count(), 200);
    }
    #[test]
    fn a_user_agent_is_short_and_printable() {
        let context = RequestContext::new()
            .with_user_agent(format!("\0\u{1b}[2J\u{202e}é{}", "a".repeat(300)));
        let user_agent = context.user_agent().unwrap();
        assert!(user_agent.starts_with("[2Jaaa"), "{user_agent}");
        assert_eq!(user_agent.len(), 200);
    }

    #[test]
    fn debug_shows_neither_the_token_nor_its_digest() {
        let context = RequestContext::new().with_session("secret");
        let shown = format!("{context:?}");
        assert!(
            !shown.contains("secret") && shown.contains("SessionDigest(..)"),
            "{shown}"
        );
        assert_eq!(context.for_log(), RequestContext::new());
    }
}
