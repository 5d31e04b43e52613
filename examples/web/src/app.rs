//! The state that all requests share.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use lback_auth::axum::Origin;
use lback_auth::{Accounts, PasswordPolicy};
use lback_signals::{LiveView, provide, set_observer};
use tokio::sync::watch;

use crate::cli::Settings;
use crate::data::{self, Outbox, Store};
use crate::mail::Mailer;
use crate::pages::MailsPage;
use crate::{operators, origin};

/// The dispatches that the live feed keeps.
const VIEW_CAPACITY: usize = 1000;

/// The state that all requests share. Cloning it copies one `Arc`, since axum clones the state several times per request.
#[derive(Clone)]
pub struct App(Arc<AppState>);

/// The fields of [`App`], which dereferences to them.
pub struct AppState {
    pub(crate) accounts: Accounts<Store>,
    pub(crate) outbox: Outbox,
    /// The last signals of this process.
    pub(crate) view: LiveView,
    pub(crate) mailer: Mailer,
    pub(crate) origin: Origin,
    /// The proxies that append the address of their peer to `X-Forwarded-For`.
    pub(crate) trusted_proxies: usize,
    /// The page of the mails, if there is one.
    pub(crate) mails: Option<MailsPage>,
    /// Becomes true when the program is told to end, which ends the streams.
    pub(crate) ending: watch::Sender<bool>,
}

impl App {
    /// Opens the database of these settings, for a server that listens on this address.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is refused, the folder is accessible to other users, the database or the session
    /// key cannot be opened, or the random source fails.
    pub async fn open(settings: &Settings, listener: SocketAddr) -> anyhow::Result<Self> {
        let url = settings.url.as_deref();
        let origin = origin::of_site(url, listener)?;
        let trusted_proxies = origin::trusted_proxies(url, settings.trusted_proxies)?;
        let folder = &settings.data.folder;
        let mails = data::mails(folder);
        let mailer = Mailer::new(
            settings.mail.as_ref(),
            &mails,
            settings.mail_from.as_deref(),
            origin.clone(),
        )?;
        let (store, outbox) = data::open(folder).await?;
        if settings.mail.is_none() {
            data::create_folder(&mails)?;
        }
        operators::create_table(&store).await?;
        let accounts = Accounts::builder(store, data::session_key(folder)?)
            .policy(PasswordPolicy::new().with_service_name("Analytical Engines"))
            .build()?;
        let shows_mails = url.is_none() && settings.mail.is_none();
        let mails = shows_mails.then(|| MailsPage::new(mails)).transpose()?;
        Ok(Self(Arc::new(AppState {
            accounts,
            outbox,
            view: LiveView::new(VIEW_CAPACITY),
            mailer,
            origin,
            trusted_proxies,
            mails,
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

    /// Returns the URL of the page of the mails, which contains a secret. It exists only without `--url` and `--mail`.
    #[must_use]
    pub fn mails_url(&self) -> Option<String> {
        let page = self.mails.as_ref()?;
        Some(format!("{}{}", self.origin, page.path()))
    }

    /// Returns the outbox, in which mails wait.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}
