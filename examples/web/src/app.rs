//! The state that all requests share.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use lback_auth::axum::Origin;
use lback_auth::{Accounts, PasswordPolicy};
use lback_signals::{LiveView, provide, set_observer};
use tokio::sync::watch;

use crate::cli::Settings;
use crate::data::{self, Outbox, Store};
use crate::mail::Mailer;
use crate::{operators, origin};

/// The dispatches that the live feed keeps.
const VIEW_CAPACITY: usize = 1000;

/// The application. axum clones its state several times for each request, so a clone is a pointer.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The fields of [`App`].
pub struct Shared {
    pub(crate) accounts: Accounts<Store>,
    pub(crate) outbox: Outbox,
    /// The last signals of this process.
    pub(crate) view: LiveView,
    pub(crate) mailer: Mailer,
    pub(crate) origin: Origin,
    /// The proxies that append the address of their peer to `X-Forwarded-For`.
    pub(crate) trusted_proxies: usize,
    /// The folder of the mails, if there is a page of them.
    pub(crate) mails: Option<PathBuf>,
    /// Becomes true when the program is told to end, which ends the streams.
    pub(crate) ending: watch::Sender<bool>,
}

impl App {
    /// Opens the database of these settings, for a server that listens on this address.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting cannot be used, or the database fails.
    pub async fn open(settings: &Settings, listener: SocketAddr) -> anyhow::Result<Self> {
        let origin = origin::of_site(settings.url.as_deref(), listener)?;
        let folder = &settings.data.folder;
        let mails = data::mails(folder);
        let mailer = Mailer::new(
            settings.mail.as_deref(),
            &mails,
            &settings.mail_from,
            origin.clone(),
        )?;
        let (store, outbox) = data::open(folder).await?;
        operators::create_table(&store).await?;
        let accounts = Accounts::builder(store, data::session_key(folder)?)
            .policy(PasswordPolicy::new().with_service_name("Analytical Engines"))
            .build()?;
        let shows_mails = settings.url.is_none() && settings.mail.is_none();
        Ok(Self(Arc::new(Shared {
            accounts,
            outbox,
            view: LiveView::new(VIEW_CAPACITY),
            mailer,
            origin,
            trusted_proxies: settings.trusted_proxies,
            mails: shows_mails.then_some(mails),
            ending: watch::Sender::new(false),
        })))
    }

    /// Provides what the receivers need, and observes the signals of the process.
    ///
    /// # Errors
    ///
    /// Returns an error if another application of the process has done so.
    pub fn install(&self) -> anyhow::Result<()> {
        set_observer(self.view.clone())?;
        provide(self.mailer.clone())?;
        provide(self.accounts.token_issuer())?;
        Ok(())
    }

    /// Returns the accounts.
    #[must_use]
    pub fn accounts(&self) -> &Accounts<Store> {
        &self.accounts
    }

    /// Returns the outbox, in which mails wait.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
