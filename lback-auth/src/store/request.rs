//! Requests about an address, which are looked at when the answer to whoever made them is out.

use time::OffsetDateTime;

use crate::{RequestContext, SessionEpoch, TokenPurpose, UserId};

/// Somebody asks for a mail to an address, which may be anybody's.
///
/// The same row is written whether or not there is such an account; who looks at it finds out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRequest {
    /// What the mail is to be for.
    pub purpose: TokenPurpose,
    /// The address, as it was typed.
    pub email: String,
    /// The account that is to have it, where it is to be another one.
    pub user: Option<UserId>,
    /// The [epoch](crate::Password::epoch) of that account when it asked. What ends its sessions ends
    /// its requests.
    pub epoch: Option<SessionEpoch>,
    /// When.
    pub requested_at: OffsetDateTime,
    /// From where.
    pub context: RequestContext,
}

/// What a store counts requests by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestNumber(pub i64);
