//! Who gives way to a new account.

use std::slice;

use super::fixture::{Fixture, Kept, STORED, told};
use super::trial::{NOW, Outcome, Trial, commit};
use crate::auth_user::AuthUser;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, Inserted, TokenKey};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// An account with a token.
pub(super) struct Holder {
    pub(super) id: UserId,
    pub(super) user: Kept,
    token: TokenKey,
}

impl Holder {
    /// Stores it. The token is the one of this number.
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
            user: user.kept(),
            id,
        })
    }

    pub(super) async fn is_there<S: AccountStore>(&self, trial: &Trial<S>) -> Outcome<bool> {
        let account = trial.store.find(&self.id).await?.is_some();
        let token = trial.is_out(&self.token).await?;
        assert_eq!(account, token, "an account and its tokens go together");
        let consumed = trial.consume(&self.token, NOW).await?.is_some();
        assert_eq!(account, consumed, "an account and its tokens go together");
        Ok(account)
    }
}

/// What the accounts were that an insertion has deleted, by name.
fn replaced<U: AuthUser>(inserted: &Inserted<U>) -> Vec<Kept> {
    let Inserted::Stored { replaced, .. } = inserted else {
        panic!("an unverified holder gives way");
    };
    let mut replaced: Vec<_> = replaced.iter().map(Fixture::kept).collect();
    replaced.sort_by(|one, other| one.username.cmp(&other.username));
    replaced
}

pub async fn an_unverified_holder_of_a_name_gives_way<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let holder = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let new = trial.account("ADA", "new@example.org");
    let inserted = trial.insert(&new, Replace).await?;
    assert_eq!(
        replaced(&inserted),
        slice::from_ref(&holder.user),
        "it gives way"
    );
    assert!(!holder.is_there(&trial).await?, "who gives way is deleted");
    Ok(())
}

pub async fn an_unverified_holder_of_an_address_gives_way<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let holder = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let new = trial.account("new", "ADA@Example.org").verified();
    let inserted = trial.insert(&new, Replace).await?;
    assert_eq!(
        replaced(&inserted),
        slice::from_ref(&holder.user),
        "it gives way"
    );
    assert!(!holder.is_there(&trial).await?, "who gives way is deleted");
    Ok(())
}

pub async fn two_unverified_holders_give_way_and_nobody_else<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let of_name = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let of_address = Holder::new(&trial, &trial.named("bob"), 2).await?;
    let of_neither = Holder::new(&trial, &trial.named("eve"), 3).await?;
    let new = trial.account("ada", "bob@example.org");
    let inserted = trial.insert(&new, Replace).await?;
    let both = [of_name.user.clone(), of_address.user.clone()];
    assert_eq!(replaced(&inserted), both, "both give way");
    assert!(!of_name.is_there(&trial).await?, "who gives way is deleted");
    assert!(
        !of_address.is_there(&trial).await?,
        "who gives way is deleted"
    );
    assert!(
        of_neither.is_there(&trial).await?,
        "who is in nobody's way stays"
    );
    Ok(())
}

pub async fn who_was_ever_verified_or_is_out_of_use_stays<S: AccountStore>(
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
        let inserted = told(&trial.insert(&same_name, Replace).await?);
        assert_eq!(inserted, Inserted::UsernameTaken, "by {name}");
        let same_address = trial.account(&format!("not {name}"), &email);
        let inserted = told(&trial.insert(&same_address, Replace).await?);
        assert_eq!(inserted, Inserted::EmailTaken, "by {name}");
        assert!(holder.is_there(&trial).await?, "{name} stays");
    }
    Ok(())
}

pub async fn without_leave_nobody_gives_way<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let holder = Holder::new(&trial, &trial.named("ada"), 1).await?;
    let same_name = trial.account("ada", "new@example.org").verified();
    let inserted = told(&trial.insert(&same_name, Keep).await?);
    assert_eq!(inserted, Inserted::UsernameTaken);
    let same_address = trial.account("new", "ada@example.org").verified();
    let inserted = told(&trial.insert(&same_address, Keep).await?);
    assert_eq!(inserted, Inserted::EmailTaken);
    assert!(
        holder.is_there(&trial).await?,
        "it is to be replaced only if so told"
    );
    Ok(())
}

pub async fn a_refused_insertion_replaces_nobody<S: AccountStore>(trial: Trial<S>) -> Outcome {
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
        assert_eq!(told(&inserted), expected, "{name} with {email}");
    }
    let eve = trial.named("eve");
    let inserted = store.insert(&mut transaction, &eve, Replace, NOW).await?;
    let why = "the transaction is usable after a refusal";
    assert_eq!(told(&inserted), STORED, "{why}");
    commit(store, transaction).await;

    assert!(verified.is_there(&trial).await?, "a verified account stays");
    assert!(
        unverified.is_there(&trial).await?,
        "a refused insertion deletes nobody"
    );
    Ok(())
}
