//! Cases about inserts that replace unverified accounts.

use std::slice;

use super::fixture::{AccountState, Fixture, STORED, without_accounts};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::auth_user::AuthUser;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, Inserted, TokenKey};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// Stored account with a token, which holds a username and an address.
pub(super) struct Holder {
    pub(super) id: UserId,
    pub(super) user: AccountState,
    token: TokenKey,
}

impl Holder {
    /// Stores the account and the token of this number.
    pub(super) async fn new<S: AccountStore>(
        trial: &Trial<S>,
        user: &S::User,
        token: u8,
    ) -> Outcome<Self> {
        let user = trial.stored(user).await?;
        let id = user.stored_id();
        let token = trial.put_token(&id, TokenPurpose::EmailVerification, token);
        Ok(Self {
            token: token.await?,
            user: user.state(),
            id,
        })
    }

    /// Returns whether the account is stored, and asserts the same of its token.
    pub(super) async fn is_stored<S: AccountStore>(&self, trial: &Trial<S>) -> Outcome<bool> {
        let account = trial.store.find(&self.id).await?.is_some();
        let token = trial.is_pending(&self.token).await?;
        assert_eq!(
            account, token,
            "an account and its tokens are deleted together"
        );
        let consumed = trial.consume(&self.token, NOW).await?.is_some();
        assert_eq!(
            account, consumed,
            "an account and its tokens are deleted together"
        );
        Ok(account)
    }
}

/// Returns the accounts that an insert replaced, sorted by username.
fn replaced<U: AuthUser>(inserted: &Inserted<U>) -> Vec<AccountState> {
    let Inserted::Stored { replaced, .. } = inserted else {
        panic!("the insert replaces the unverified holders");
    };
    let mut replaced: Vec<_> = replaced.iter().map(Fixture::state).collect();
    replaced.sort_by(|one, other| one.username.cmp(&other.username));
    replaced
}

pub async fn insert_replaces_an_unverified_holder_of_the_username<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let holder = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let new = trial.account("ADA", "new@example.org");
    let inserted = trial.insert(&new, Replace).await?;
    assert_eq!(
        replaced(&inserted),
        slice::from_ref(&holder.user),
        "`insert` returns the replaced account"
    );
    assert!(
        !holder.is_stored(&trial).await?,
        "the replaced account is deleted"
    );
    Ok(())
}

pub async fn insert_replaces_an_unverified_holder_of_the_address<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let holder = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let new = trial.account("new", "ADA@Example.org").verified();
    let inserted = trial.insert(&new, Replace).await?;
    assert_eq!(
        replaced(&inserted),
        slice::from_ref(&holder.user),
        "`insert` returns the replaced account"
    );
    assert!(
        !holder.is_stored(&trial).await?,
        "the replaced account is deleted"
    );
    Ok(())
}

pub async fn insert_replaces_both_unverified_holders_and_no_other_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let of_name = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let of_address = Holder::new(&trial, &trial.named("bob"), 2).await?;
    let of_neither = Holder::new(&trial, &trial.named("eve"), 3).await?;
    let new = trial.account("ada", "bob@example.org");
    let inserted = trial.insert(&new, Replace).await?;
    let both = [of_name.user.clone(), of_address.user.clone()];
    assert_eq!(
        replaced(&inserted),
        both,
        "`insert` returns both replaced accounts"
    );
    assert!(
        !of_name.is_stored(&trial).await?,
        "the replaced account is deleted"
    );
    assert!(
        !of_address.is_stored(&trial).await?,
        "the replaced account is deleted"
    );
    assert!(
        of_neither.is_stored(&trial).await?,
        "an account with another username and address remains"
    );
    Ok(())
}

pub async fn insert_keeps_once_verified_and_inactive_holders<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let holders = [
        ("verified", trial.named("verified").verified()),
        (
            "once",
            trial.named("once").once_verified("other@example.org"),
        ),
        ("inactive", trial.named("inactive").inactive()),
        ("both", trial.named("both").verified().inactive()),
    ];
    for (number, (name, holder)) in (0..).zip(holders) {
        let email = format!("{name}@example.org");
        let holder = Holder::new(&trial, &holder, number).await?;
        let same_name = trial.account(name, &format!("{name}@example.com"));
        let inserted = without_accounts(&trial.insert(&same_name, Replace).await?);
        assert_eq!(inserted, Inserted::UsernameTaken, "holder {name}");
        let same_address = trial.account(&format!("not {name}"), &email);
        let inserted = without_accounts(&trial.insert(&same_address, Replace).await?);
        assert_eq!(inserted, Inserted::EmailTaken, "holder {name}");
        assert!(holder.is_stored(&trial).await?, "{name} remains");
    }
    Ok(())
}

pub async fn insert_keeps_unverified_holders_on_request<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let holder = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let same_name = trial.account("ada", "new@example.org").verified();
    let inserted = without_accounts(&trial.insert(&same_name, Keep).await?);
    assert_eq!(inserted, Inserted::UsernameTaken);
    let same_address = trial.account("new", "ada@example.org").verified();
    let inserted = without_accounts(&trial.insert(&same_address, Keep).await?);
    assert_eq!(inserted, Inserted::EmailTaken);
    assert!(
        holder.is_stored(&trial).await?,
        "the unverified holder remains"
    );
    Ok(())
}

pub async fn a_refused_insert_replaces_no_account<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let verified = Holder::new(&trial, &trial.named("ada").verified(), 1).await?;
    let unverified = Holder::new(&trial, &trial.named("bob"), 2).await?;

    let mut transaction = store.begin().await?;
    for (name, email, expected) in [
        ("bob", "ada@example.org", Inserted::EmailTaken),
        ("ada", "bob@example.org", Inserted::UsernameTaken),
    ] {
        let new = trial.account(name, email);
        let inserted = store.insert(&mut transaction, &new, Replace, NOW).await?;
        assert_eq!(without_accounts(&inserted), expected, "{name} with {email}");
    }
    let eve = trial.named("eve");
    let inserted = store.insert(&mut transaction, &eve, Replace, NOW).await?;
    let why = "the transaction is usable after a refusal";
    assert_eq!(without_accounts(&inserted), STORED, "{why}");
    commit(store, transaction).await;

    assert!(
        verified.is_stored(&trial).await?,
        "the verified account remains"
    );
    assert!(
        unverified.is_stored(&trial).await?,
        "a refused insert deletes no account"
    );
    Ok(())
}
