//! The request for a mail to an address, as an outbox stores it.

use std::net::IpAddr;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use lback_signals::signal;
use time::OffsetDateTime;

use crate::request_context::RequestContext;
use crate::session::SessionEpoch;
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// Signal sent when a mail to an address is requested, which may belong to no account. The stored row is the same
/// whether or not an account has the address: the [`TokenIssuer`](crate::TokenIssuer) looks it up later.
#[signal(durable(name = "lback.address-mail-requested", version = 1))]
#[derive(Clone)]
pub(super) struct AddressMailRequested {
    /// The purpose of the token.
    pub(super) purpose: TokenPurpose,
    /// The address, as it was typed.
    pub(super) email: String,
    /// The id of the account that asks for another address, if the mail confirms one.
    account: Option<String>,
    /// The [epoch](crate::Password::epoch) of that account when it asked, as text. Events that end its sessions end
    /// its requests too.
    epoch: Option<String>,
    /// The time of the request, in seconds since 1970.
    requested_at: i64,
    /// The account that was signed in.
    actor: Option<String>,
    /// The address of the client.
    client: Option<IpAddr>,
    /// The id of the client's request.
    request_id: Option<String>,
}

impl AddressMailRequested {
    pub(super) fn new(
        purpose: TokenPurpose,
        email: String,
        account: Option<(UserId, SessionEpoch)>,
        requested_at: OffsetDateTime,
        context: &RequestContext,
    ) -> Self {
        let (account, epoch) = account.unzip();
        Self {
            purpose,
            email,
            account: account.map(|id| id.as_str().to_owned()),
            epoch: epoch.map(as_text),
            requested_at: requested_at.unix_timestamp(),
            actor: context.actor().map(|id| id.as_str().to_owned()),
            client: context.client(),
            request_id: context.request_id().map(str::to_owned),
        }
    }

    /// Returns the account that asks for another address.
    pub(super) fn account(&self) -> Option<UserId> {
        self.account.as_deref().map(UserId::from)
    }

    /// Returns whether the account had this epoch when it asked.
    pub(super) fn is_of_epoch(&self, epoch: SessionEpoch) -> bool {
        self.epoch == Some(as_text(epoch))
    }

    /// Returns the age of the request. One whose clock was ahead is as old as it was ahead.
    pub(super) fn age(&self, now: OffsetDateTime) -> Duration {
        Duration::from_secs(now.unix_timestamp().abs_diff(self.requested_at))
    }

    /// Returns the origin of the request.
    pub(super) fn context(&self) -> RequestContext {
        let mut context = RequestContext::new();
        if let Some(actor) = &self.actor {
            context = context.with_actor(UserId::from(actor.as_str()));
        }
        if let Some(client) = self.client {
            context = context.with_client(client);
        }
        if let Some(id) = &self.request_id {
            context = context.with_request_id(id);
        }
        context
    }
}

/// Returns the text of an epoch, which is not secret.
fn as_text(epoch: SessionEpoch) -> String {
    Base64UrlUnpadded::encode_string(epoch.as_bytes())
}
