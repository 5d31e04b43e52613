//! What all requests share.

use std::path::PathBuf;
use std::sync::Arc;

use lback_auth::Accounts;
use lback_auth::axum::Origin;
use lback_signals::LiveView;
use tokio::sync::watch;

use crate::data::{Outbox, Store};

/// What all requests share.
#[derive(Clone)]
pub struct App {
    pub(crate) accounts: Accounts<Store>,
    pub(crate) outbox: Outbox,
    /// The last signals of this process.
    pub(crate) view: LiveView,
    pub(crate) origin: Arc<Origin>,
    /// The proxies that append the address of their peer to `X-Forwarded-For`.
    pub(crate) trusted_proxies: usize,
    /// The folder of the mails, if there is a page of them.
    pub(crate) mails: Option<PathBuf>,
    /// Whether the program ends: streams end then.
    pub(crate) is_ending: watch::Receiver<bool>,
}
