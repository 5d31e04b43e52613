//! Requests for mails to an address, answered after the caller got its reply.

use time::OffsetDateTime;

use crate::request_context::RequestContext;
use crate::session::SessionEpoch;
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// Request for a mail to an address, which may belong to no account.
///
/// The stored row is the same whether or not an account has the address. The answer looks the account up
/// later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRequest {
    /// The purpose of the mail.
    pub purpose: TokenPurpose,
    /// The address, as it was typed.
    pub email: String,
    /// The account that asks for another address, if the mail confirms one.
    pub user: Option<UserId>,
    /// The [epoch](crate::Password::epoch) of that account when it asked. Events that end its sessions
    /// end its requests too.
    pub epoch: Option<SessionEpoch>,
    /// The time of the request.
    pub requested_at: OffsetDateTime,
    /// The origin of the request.
    pub context: RequestContext,
}

/// Number of a request, in the order of filing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestNumber(pub i64);
