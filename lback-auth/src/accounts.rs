//! Flows of accounts in a store.

mod activity;
mod authenticating;
mod builder;
mod changing_email;
mod changing_password;
mod confirming_password;
mod deliveries;
mod ending_sessions;
mod event;
mod export;
mod issuing;
mod mail_request;
mod outcome;
mod registering;
mod requests;
mod resetting;
mod session_hashes;
mod session_signals;
mod settings;
mod signals;
mod starting_sessions;
mod throttle;
mod transaction;
mod verifying;

use std::fmt;
use std::sync::Arc;

pub use authenticating::CheckedLogin;
pub use builder::{AccountsBuilder, AccountsBuilderError};
pub use changing_email::EmailConfirmation;
pub use changing_password::CheckedChange;
pub use export::{AccountExport, ExportedAccount, ExportedSignal};
pub use issuing::TokenIssuer;
use lback_signals::Scope;
pub use outcome::{Accepted, AccountsError, Authentication};
pub use registering::Registration;
pub use requests::Request;
pub use resetting::CheckedReset;
pub use session_signals::{SessionEndReason, UserSessionEnded, UserSessionStarted};
use settings::Settings;
pub use settings::UnverifiedSignIn;
pub use signals::{
    AddressMailDue, AuthenticationFailure, PasswordChange, TypedLogin, UserAuthenticated,
    UserAuthenticationFailed, UserDeactivated, UserDeleted, UserEmailChanged, UserPasswordChanged,
    UserReactivated, UserRegistered, UserRegistering,
};
use throttle::NotedWaits;
use time::OffsetDateTime;
pub use transaction::AccountsTransaction;

use crate::audit::AuditBuffer;
use crate::auth_user::AuthUser;
use crate::request_context::RequestContext;
use crate::session::SessionKey;
use crate::store::{AccountStore, TokenKey};
use crate::token::TokenPurpose;

/// The maximum number of compare-and-set tries, if the account is changed concurrently each time.
const MAX_TRIES: usize = 3;

/// Flows of accounts in a database: registration, authentication, verification and change of addresses, change and
/// reset of passwords, sessions, deactivation and deletion.
///
/// ```
/// use lback_auth::{
///     Accounts, AddressMailDue, Authentication, Hasher, MemoryStore, SessionKey, TokenPurpose, User,
/// };
/// use lback_signals::durable::Worker;
/// use lback_signals::{Scope, provide, receiver};
///
/// /// Sends a mail. After an error it is called again, with a new token.
/// #[receiver(signal = AddressMailDue)]
/// async fn mail(event: &AddressMailDue<'_>) -> Result<(), std::io::Error> {
///     # async fn send(_: &str, token: &str) -> std::io::Result<()> { TOKENS.send(token.to_owned()).map(drop).map_err(std::io::Error::other) }
///     send(event.to, event.token.expose()).await
/// }
/// # static TOKENS: std::sync::LazyLock<tokio::sync::broadcast::Sender<String>> =
/// #     std::sync::LazyLock::new(|| tokio::sync::broadcast::channel(1).0);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = [7; 32];
/// # let mut tokens = TOKENS.subscribe();
/// # Scope::new().provide(Hasher::insecure_for_tests()).run_async(async {
/// let key = SessionKey::new(&secret)?; // 32 random bytes, kept secret by the application
/// let store = MemoryStore::new();
/// let accounts = Accounts::new(store.clone(), key);
/// provide(accounts.token_issuer())?;
/// let worker = Worker::new(store.outbox()).spawn()?; // delivers mails
///
/// let ada = User::new("ada", "ada@example.org")?;
/// accounts.register(ada, "correct horse battery staple").await?;
/// # let token = &tokens.recv().await?;
///
/// // The link in the mail opens a page with a form, which posts the token:
/// accounts.peek(TokenPurpose::EmailVerification, token).await?;
/// accounts.verify_email(token).await?;
///
/// match accounts.authenticate("ada@example.org", "correct horse battery staple").await? {
///     Authentication::Granted(ada) => println!("welcome, {}", lback_auth::AuthUser::username(&ada)),
///     _ => unreachable!("the password is right"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).await
/// # }
/// ```
///
/// [`builder`](Self::builder) sets the password policy, limits, lifetimes and more. A setting cannot be
/// changed later, so all clones have the same ones.
///
/// # Storage
///
/// Accounts are stored in an [`AccountStore`]: [`SqliteStore`](crate::SqliteStore) and
/// [`PostgresStore`](crate::PostgresStore) store [`User`](crate::User)s, or an account type of the application in
/// its own table, for which it implements [`AccountTable`](crate::AccountTable).
/// Further data about an account belongs into tables of the application, keyed by the account's id. To write these
/// in the same transaction, use the form of a flow that takes a transaction:
///
/// ```no_run
/// # use lback_auth::{Accounts, AccountStore, AccountsError, Inserted, User};
/// # async fn sign_up<S: AccountStore<User = User>>(accounts: &Accounts<S>) -> Result<(), Box<dyn std::error::Error>> {
/// let ada = User::new("ada", "ada@example.org")?;
/// let ada = accounts.prepare_registration(ada, "correct horse battery staple").await?; // hashes
///
/// let mut transaction = accounts.begin().await?;
/// let answer = match accounts.register_in(&mut transaction, ada).await? {
///     Inserted::Stored { user: ada, .. } => {
///         // INSERT INTO profile (account, plan) …, on `transaction.rows().connection()`
///         # let _ = ada;
///         "check your email"
///     }
///     // The same answer: it must not disclose that the address is taken.
///     Inserted::EmailTaken => "check your email",
///     Inserted::UsernameTaken => "the username is taken: choose another one",
///     Inserted::Unstorable => "the username or the address is empty or too long",
/// };
/// // Also after a refusal, which has an entry in the audit log.
/// transaction.commit().await?;
/// println!("{answer}");
/// # Ok(())
/// # }
/// ```
///
/// Hashing is slow, so it never runs in an open transaction: a `prepare_…` method hashes before, and the transaction
/// checks that the account has not changed since.
///
/// A flow uses its own connection, so it is independent of a [`Transaction`](lback_signals::Transaction) of the
/// application that is current where the flow is awaited: if that rolls back, the account remains stored, and its
/// `after_commit` receivers have run. To write accounts and rows of the application in one transaction, use
/// [`begin`](Self::begin).
///
/// # Disclosure
///
/// Return values are safe to show to clients: [`Accepted`], [`Authentication`], [`AccountsError`]. Signals carry the
/// full detail. Those of the flows are sent after the commit; those of the model inside the transaction, so send
/// mails in `after_commit` receivers. Known and unknown addresses and usernames cost the same hashes and the same
/// statements before the caller has its result. The work is equal, but not the time: a slow receiver that runs in
/// only one of the cases can be measured, so make it a `background` receiver.
///
/// Two facts are disclosed:
///
/// - whether a *username* is taken;
/// - whether an address was free at a registration: signing in with the new username returns
///   [`VerificationRequired`](Authentication::VerificationRequired) if it was, and
///   [`Denied`](Authentication::Denied) if not. Show the same text for both if addresses must not be disclosed.
///   With [`UnverifiedSignIn::Allowed`], this cannot be hidden.
///
/// # Mails
///
/// A request for a mail is stored as a durable delivery in the transaction of its flow, whether or not an account has
/// the address. A [`Worker`](lback_signals::durable::Worker) of the store's outbox delivers it after the caller has
/// its result: the [`TokenIssuer`] looks up the account, stores a new token in its own transaction, and then sends
/// [`AddressMailDue`] to the receiver of the application that mails it. See [`TokenIssuer`] for retries.
///
/// # Rate limits
///
/// Before a password is checked, an attempt is reserved for the login and, if a [`RequestContext`] has it, for the
/// client's address. Granted access clears the attempts of the login and takes back the client's attempt. Logins and
/// addresses are not stored for this: the counters are keyed by an HMAC. An account has three counters: its
/// username, its address and the current password in a change of password.
///
/// No account is locked permanently, and a user who has to wait because of another client's guesses can reset the
/// password.
///
/// # Audit log
///
/// The actions and refusals of a flow are appended to the [audit log](AccountStore::audit) in the transaction of the
/// flow: both are committed, or neither is. An entry has the time, the signal, the account, the outcome and the
/// [`RequestContext`].
///
/// The flows append their own signals, and vetoes. With the feature `audit`, receivers append the signals of the
/// model that are sent inside a flow, such as a checked password. Receivers of the application can append entries
/// too: see [`AuditBuffer`].
///
/// Events that a client can cause at no cost and without limit are not logged: invalid tokens, throttled requests and
/// a busy hasher. For each wait of a sign-in, each process logs the first refusal.
///
/// # On the web
///
/// The feature `axum` has a layer, extractors and responses for axum 0.8, in the module `axum`.
pub struct Accounts<S> {
    store: S,
    settings: Arc<Settings>,
    noted_waits: Arc<NotedWaits>,
}

impl<S: AccountStore> Accounts<S> {
    /// Creates accounts in a store, with the default settings of the [builder](Self::builder). The key is a secret of
    /// the application. It must be the same in all processes and after a restart.
    #[must_use]
    pub fn new(store: S, key: SessionKey) -> Self {
        AccountsBuilder::new(store, key).build_valid()
    }

    /// Returns a builder of the accounts in a store, whose settings all have defaults. The key is as for
    /// [`new`](Self::new).
    pub fn builder(store: S, key: SessionKey) -> AccountsBuilder<S> {
        AccountsBuilder::new(store, key)
    }

    /// Returns the store, for reading.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Begins a transaction, for the flows whose names end in `_in`.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn begin(&self) -> Result<AccountsTransaction<S>, AccountsError> {
        AccountsTransaction::begin(self).await
    }

    /// Checks whether a token is valid, without consuming it, for the page that a link in a mail opens. A GET must
    /// not change anything, since mail scanners follow links.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store).
    pub async fn peek(&self, purpose: TokenPurpose, token: &str) -> Result<(), AccountsError> {
        self.owner_of(purpose, token).await.map(drop)
    }

    /// Deletes the tokens that [can be purged](crate::PendingToken::can_be_purged_at), the sessions that expired
    /// [long ago](crate::Session::KEPT_AFTER_EXPIRY) and the forgotten attempts, and returns the number of deleted rows.
    /// Call it about once a day.
    ///
    /// SQL stores delete a thousand rows per transaction. If a purge fails or is dropped, the rows deleted so far
    /// stay deleted, and the next purge continues.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn purge(&self) -> Result<u64, AccountsError> {
        Ok(self.store.purge(self.attempt_time()).await?)
    }

    /// Returns the account of a valid token.
    async fn owner_of(&self, purpose: TokenPurpose, token: &str) -> Result<S::User, AccountsError> {
        let key = TokenKey::of(purpose, token).ok_or(AccountsError::InvalidToken)?;
        let found = self.store.find_by_token(&key, self.now()).await?;
        let (user, email) = found.ok_or(AccountsError::InvalidToken)?;
        let is_for_current_address = purpose == TokenPurpose::EmailChange || email == user.email();
        if user.is_active() && is_for_current_address {
            Ok(user)
        } else {
            Err(AccountsError::InvalidToken)
        }
    }

    /// Creates the buffer to which receivers append audit entries.
    fn audit_buffer(&self, context: RequestContext) -> AuditBuffer {
        AuditBuffer::new(self.settings.clock.clone(), context)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.settings.clock.now()
    }
}

/// Runs a flow outside of the application's [`Transaction`](lback_signals::Transaction): the flow begins its own
/// database transaction on another connection, which the application's transaction does not roll back.
///
/// The flow is boxed, so that callers that await flows in nested futures stay below the compiler's recursion limit.
fn without_transaction<T>(
    flow: impl Future<Output = Result<T, AccountsError>>,
) -> impl Future<Output = Result<T, AccountsError>> {
    Scope::current().without_transaction().wrap(Box::pin(flow))
}

// Not derived, because a derived impl would require `S: Debug`.
impl<S> fmt::Debug for Accounts<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<S: Clone> Clone for Accounts<S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            settings: Arc::clone(&self.settings),
            noted_waits: Arc::clone(&self.noted_waits),
        }
    }
}
