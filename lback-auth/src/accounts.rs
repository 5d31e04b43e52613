//! The flows of accounts that are kept in a store.

mod activity;
mod answering;
mod authenticating;
mod builder;
mod changing_email;
mod changing_password;
mod outcome;
mod registering;
mod requests;
mod resetting;
mod sessions;
mod settings;
mod signals;
mod throttle;
mod told;
mod transaction;
mod verifying;

use std::fmt;
use std::sync::Arc;

pub use authenticating::CheckedLogin;
pub use builder::{AccountsBuilder, AccountsBuilderError};
pub use changing_email::EmailConfirmation;
pub use changing_password::CheckedChange;
use lback_signals::{CurrentScope, Scope};
pub use outcome::{Accepted, AccountsError, Authentication};
pub use registering::Registration;
pub use requests::Request;
pub use resetting::CheckedReset;
use settings::Settings;
pub use settings::{RequestAnswering, UnverifiedSignIn};
pub use signals::{
    AuthenticationFailure, PasswordChange, TypedLogin, UserAuthenticated, UserAuthenticationFailed,
    UserDeactivated, UserDeleted, UserEmailChangeRequested, UserEmailChanged, UserPasswordChanged,
    UserPasswordResetRequested, UserReactivated, UserRegistered, UserRegistering,
};
use throttle::NotedWaits;
use time::OffsetDateTime;
use tokio::sync::Mutex;
pub use transaction::AccountsTransaction;

use crate::request_context::RequestContext;
use crate::{AccountStore, AuditBuffer, AuthUser, SessionKey, TokenKey, TokenPurpose};

/// How often an account is looked at, if it is changed each time before what was found is written.
const ROUNDS: usize = 3;

/// Accounts in a database: registering, signing in, verifying addresses, changing and resetting
/// passwords, and all that can be wrong with these.
///
/// ```
/// use lback_auth::{
///     Accounts, Authentication, Hasher, MemoryStore, SessionKey, TokenPurpose, User,
///     UserEmailVerificationTokenGenerated,
/// };
/// use lback_signals::{Scope, receiver};
///
/// /// Mails are sent by receivers, when the database has committed.
/// #[receiver(signal = UserEmailVerificationTokenGenerated, after_commit)]
/// fn mail(event: &UserEmailVerificationTokenGenerated<'_>) {
///     # fn send(_: &str, _: &str) {}
///     send(event.user.email(), event.token.expose());
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = [7; 32];
/// # let scope = Scope::new().provide(Hasher::insecure_for_tests());
/// # let tokens = scope.capture::<UserEmailVerificationTokenGenerated<'_>, _>(|event| {
/// #     event.token.expose().to_owned()
/// # });
/// # scope.run_async(async {
/// let key = SessionKey::new(&secret)?; // 32 random bytes of the application's
/// let accounts = Accounts::new(MemoryStore::new(), key);
///
/// let ada = User::new("ada", "ada@example.org")?;
/// accounts.register(ada, "correct horse battery staple").await?;
/// # accounts.answer_requests().await?;
/// # let token = &tokens.take()[0];
///
/// // The link in the mail shows a form, which is sent back:
/// accounts.peek(TokenPurpose::EmailVerification, token).await?;
/// accounts.verify_email(token).await?;
///
/// match accounts.authenticate("ada@example.org", "correct horse battery staple").await? {
///     Authentication::Granted(ada) => println!("welcome, {}", lback_auth::AuthUser::username(&ada)),
///     _ => unreachable!("it is the right one"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).await
/// # }
/// ```
///
/// [`builder`](Self::builder) sets the password policy, limits, lifetimes and more. A setting cannot be
/// changed later, so all clones have the same ones.
///
/// # Where accounts are kept
///
/// In an [`AccountStore`]: [`SqliteStore`](crate::SqliteStore) and
/// [`PostgresStore`](crate::PostgresStore), which hold [`User`](crate::User)s, or one of your own for
/// your own type. What else an application knows about an account goes into tables of its own, keyed
/// by the account's id. To write them in the same transaction, each flow has a form that takes one:
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
///         "look into your mail"
///     }
///     // The same answer: it must not show that an account has the address.
///     Inserted::EmailTaken => "look into your mail",
///     Inserted::UsernameTaken => "the username is taken; choose another",
///     Inserted::Unstorable => "the username or the address is empty or too long",
/// };
/// // Also after a refusal, which is noted in the audit log.
/// transaction.commit().await?;
/// println!("{answer}");
/// # Ok(())
/// # }
/// ```
///
/// Hashing takes long, so it never happens while a transaction is open: what it needs is done before,
/// by `prepare_…`, and the transaction looks whether it still holds.
///
/// A flow writes on a connection of its own, so it is outside of a
/// [`Transaction`](lback_signals::Transaction) of the application that is current where the flow is
/// awaited: if that rolls back, the account stays stored, and its `after_commit` receivers have run. To
/// write accounts and rows of the application together, use [`begin`](Self::begin).
///
/// # What is told, and to whom
///
/// A caller gets what may be shown: [`Accepted`], [`Authentication`], an [`AccountsError`].
/// Receivers get signals, which say all; those of the flows when the database has committed, those
/// of the model inside the transaction, so that mails belong into `after_commit` receivers. Known
/// and unknown addresses and names cost the same hashes and the same statements before the caller
/// has its answer. That is equal work and not equal time: a receiver that runs in one of the cases
/// can be measured, so whatever takes long belongs into a `background` receiver.
///
/// Two things do show. A *username* is taken, or not. And who registers an address and then signs
/// in with the new name gets [`VerificationRequired`](Authentication::VerificationRequired) if the
/// address was free and [`Denied`](Authentication::Denied) if it was not: where nobody may learn
/// which addresses are known, tell both in the same words. With [`UnverifiedSignIn::Allowed`] nothing
/// hides it.
///
/// A mail that somebody asks for is sent by a task that looks whether there is such an account when the
/// answer is out. In a runtime of tokio it is spawned by itself; see
/// [`answer_requests`](Self::answer_requests). A token is stored before it is mailed, so that no mail
/// has one that is not good; if the process ends in between, whoever waits for the mail asks again.
///
/// # Attempts
///
/// Before a password is looked at, an attempt is reserved for the login and for the client's
/// address, if a [`RequestContext`] tells it. A right password clears the login's and gives the
/// client's back. Neither logins nor addresses are stored for that: they are counted by an HMAC. An
/// account can be tried by its name, its address and the present password of a change, which are
/// three logins here.
///
/// Nothing is locked for good, and whoever is kept out by another's guesses gets in by a reset.
///
/// # The audit log
///
/// What a flow has done or refused is noted in the store's [audit log](AccountStore::audit), in the
/// transaction of the flow: both are there, or neither is. It says when, by which signal, whose account,
/// what came of it, and in which [`RequestContext`].
///
/// The flows note their own signals, and a veto. With the feature `audit`, receivers note those of the
/// model that are sent inside, such as a password that was checked. An application's own receivers can
/// add to it: see [`AuditBuffer`].
///
/// What anybody could have for nothing and without end is not noted: a token that is not good, a
/// request that is throttled, and that there was no time to hash. Of each wait of a sign-in, each
/// process notes the first refusal.
///
/// # With axum
///
/// ```no_run
/// use std::net::SocketAddr;
///
/// use axum::extract::{ConnectInfo, Request, State};
/// use axum::http::StatusCode;
/// use axum::middleware::{Next, from_fn, from_fn_with_state};
/// use axum::response::{IntoResponse, Response};
/// use axum::routing::post;
/// use axum::{Form, Router};
/// use lback_auth::{
///     AccountStore, Accounts, Authentication, RequestContext, SessionAuthHash, User, UserId,
/// };
/// use lback_signals::Scope;
///
/// #[derive(serde::Deserialize)]
/// struct SignIn {
///     login: String,
///     password: String,
/// }
///
/// /// The content of a session.
/// #[derive(Clone)]
/// struct Session {
///     account: UserId,
///     hash: SessionAuthHash,
/// }
///
/// async fn sign_in<S: AccountStore<User = User>>(
///     State(accounts): State<Accounts<S>>,
///     Form(SignIn { login, password }): Form<SignIn>,
/// ) -> Response {
///     match accounts.authenticate(&login, &password).await {
///         Ok(Authentication::Granted(user)) => {
///             // Start a session: keep `user.id()` and `accounts.session_auth_hash(&user)` in it.
///             StatusCode::NO_CONTENT.into_response()
///         }
///         Ok(Authentication::Denied) => StatusCode::UNAUTHORIZED.into_response(),
///         Ok(Authentication::VerificationRequired) => {
///             (StatusCode::FORBIDDEN, "look into your mail first").into_response()
///         }
///         Ok(Authentication::Throttled { retry_after }) => {
///             let seconds = (retry_after.as_secs() + 1).to_string();
///             (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds)]).into_response()
///         }
///         Ok(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
///         Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
///     }
/// }
///
/// /// Your session layer: puts the `Session` of a request that has one into its extensions.
/// async fn with_session(request: Request, next: Next) -> Response {
///     next.run(request).await
/// }
///
/// /// Provides the context of one request to `Accounts` and to every receiver.
/// async fn with_context<S: AccountStore<User = User>>(
///     State(accounts): State<Accounts<S>>,
///     ConnectInfo(client): ConnectInfo<SocketAddr>,
///     mut request: Request,
///     next: Next,
/// ) -> Response {
///     let mut context = RequestContext::new().with_client(client.ip());
///     if let Some(session) = request.extensions_mut().remove::<Session>() {
///         match accounts.user_of_session(&session.account, &session.hash).await {
///             Ok(Some(user)) => {
///                 context = context.with_actor(session.account);
///                 request.extensions_mut().insert(user);
///             }
///             Ok(None) => {} // it has ended
///             Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
///         }
///     }
///     Scope::new().provide(context).run_async(next.run(request)).await
/// }
///
/// async fn serve<S: AccountStore<User = User>>(accounts: Accounts<S>) -> std::io::Result<()> {
///     let app = Router::new()
///         .route("/sign-in", post(sign_in::<S>))
///         // The layer that is added last sees a request first: the session is there for the context.
///         .layer(from_fn_with_state(accounts.clone(), with_context::<S>))
///         .layer(from_fn(with_session))
///         .with_state(accounts);
///     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
///     axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
/// }
/// ```
pub struct Accounts<S> {
    store: S,
    settings: Arc<Settings>,
    /// Where it was made, which is where requests are looked at.
    scope: CurrentScope,
    /// Held by whoever looks at requests, so that this can be waited for.
    answering: Arc<Mutex<()>>,
    noted_waits: Arc<NotedWaits>,
}

impl<S: AccountStore> Accounts<S> {
    /// Returns the accounts in a store, with the default settings of the [builder](Self::builder). The key
    /// is a secret of the application: it must be the same in all processes, and after a restart.
    #[must_use]
    pub fn new(store: S, key: SessionKey) -> Self {
        AccountsBuilder::new(store, key).build_unchecked()
    }

    /// Returns a builder of the accounts in a store, whose settings all have defaults. The key is as for
    /// [`new`](Self::new).
    pub fn builder(store: S, key: SessionKey) -> AccountsBuilder<S> {
        AccountsBuilder::new(store, key)
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Begins a transaction, for the flows whose names end in `_in`.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn begin(&self) -> Result<AccountsTransaction<S>, AccountsError> {
        AccountsTransaction::begin(self).await
    }

    /// Whether a token is good, as for the page that a link in a mail leads to: a GET changes
    /// nothing, since programs that look through mails follow links too.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store).
    pub async fn peek(&self, purpose: TokenPurpose, token: &str) -> Result<(), AccountsError> {
        self.owner_of(purpose, token).await.map(drop)
    }

    /// Deletes the tokens [that can go](crate::PendingToken::can_be_purged_at) and the attempts that count no
    /// more, and says how many rows that were. Call it once a day or so.
    ///
    /// The stores in SQL databases delete a thousand rows in a transaction. A purge that fails or is dropped
    /// keeps what it has deleted, and the next one goes on.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn purge(&self) -> Result<u64, AccountsError> {
        Ok(self.store.purge(self.attempt_time()).await?)
    }

    /// The account for which a token is out that is good.
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

    /// Where receivers note what goes into the audit log.
    fn audit_buffer(&self, context: RequestContext) -> AuditBuffer {
        AuditBuffer::of(Arc::clone(&self.settings.clock), context)
    }

    fn now(&self) -> OffsetDateTime {
        (self.settings.clock)()
    }
}

/// Runs a flow outside of the application's [`Transaction`](lback_signals::Transaction): it begins a
/// database transaction on a connection of its own, which the application's cannot roll back.
async fn outside<T>(
    flow: impl Future<Output = Result<T, AccountsError>>,
) -> Result<T, AccountsError> {
    Scope::current().without_transaction().wrap(flow).await
}

// Not derived, which would ask for a store that is `Debug`.
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
            scope: self.scope.clone(),
            answering: Arc::clone(&self.answering),
            noted_waits: Arc::clone(&self.noted_waits),
        }
    }
}
