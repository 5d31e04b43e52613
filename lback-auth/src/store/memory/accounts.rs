//! The accounts.

use super::numbered::Numbered;
use crate::{
    EmailVerification, Expected, NormalForm, Password, SessionEpoch, User, UserId, UserParts,
};

/// The accounts by their numbers, which are their ids.
#[derive(Clone, Default)]
pub(super) struct Accounts(Numbered<UserParts>);

/// Who has a name or an address that another account is to have.
#[derive(Clone, Copy)]
pub(super) enum Holder {
    Nobody,
    /// An account that is no obstacle.
    Replaceable(i64),
    Another,
}

impl Accounts {
    /// The number of an account that there is.
    pub(super) fn number(&self, id: &UserId) -> Option<i64> {
        number_of(id).filter(|number| self.0.get(*number).is_some())
    }

    pub(super) fn get(&self, number: i64) -> Option<User> {
        self.0.get(number).cloned().map(User::from_parts)
    }

    pub(super) fn find(&self, id: &UserId) -> Option<User> {
        self.get(number_of(id)?)
    }

    pub(super) fn by_login(&self, login: &NormalForm) -> Option<User> {
        let by_verified = self.first(|parts| has_address(parts, login) && is_verified(parts));
        let number = by_verified
            .or_else(|| self.first(|parts| has_name(parts, login)))
            .or_else(|| self.first(|parts| has_address(parts, login)));
        self.get(number?)
    }

    pub(super) fn by_email(&self, email: &NormalForm) -> Option<User> {
        self.get(self.first(|parts| has_address(parts, email))?)
    }

    /// Nobody comes after what is no account's id.
    pub(super) fn page(&self, after: Option<&UserId>, limit: u32) -> Vec<User> {
        let after = after.map(|id| number_of(id).unwrap_or(i64::MAX));
        let page = self.0.after(after).take(limit as usize);
        page.map(|(_, parts)| User::from_parts(parts.clone()))
            .collect()
    }

    /// The number of the account with this name.
    pub(super) fn named(&self, name: &str) -> Option<i64> {
        let name = NormalForm::of(name);
        self.first(|parts| has_name(parts, &name))
    }

    pub(super) fn holder_of_name(&self, name: &str, may_replace: bool) -> Holder {
        self.holder(self.named(name), may_replace)
    }

    pub(super) fn holder_of_address(&self, email: &str, may_replace: bool) -> Holder {
        let email = NormalForm::of(email);
        self.holder(self.first(|parts| has_address(parts, &email)), may_replace)
    }

    /// Adds one, with what a store keeps of it.
    pub(super) fn push(&mut self, user: &User) -> User {
        let mut parts = user.clone().into_parts();
        parts.password = kept(&parts.password);
        let verified = parts.email_verification.verified_email();
        parts.email_verification = EmailVerification::from_parts(verified.map(str::to_owned), None);
        self.0.push(|number| {
            parts.id = Some(UserId::new(number));
            parts.clone()
        });
        User::from_parts(parts)
    }

    pub(super) fn remove(&mut self, number: i64) -> Option<User> {
        self.0.remove(number).map(User::from_parts)
    }

    pub(super) fn set_password(
        &mut self,
        id: &UserId,
        expected: Expected<'_>,
        password: &Password,
    ) -> Option<User> {
        let is_expected = |parts: &UserParts| match expected {
            Expected::Any => true,
            Expected::Stored(stored) => {
                let kept = &parts.password;
                (kept.stored(), kept.epoch()) == (stored.stored(), stored.epoch())
            }
        };
        self.change(id, is_expected, |parts| parts.password = kept(password))
    }

    pub(super) fn mark_verified(&mut self, id: &UserId, email: &str) -> Option<User> {
        let has_it = |parts: &UserParts| parts.email == email;
        self.change(id, has_it, |parts| {
            parts.email_verification = EmailVerification::verified(email);
        })
    }

    pub(super) fn set_email(&mut self, id: &UserId, new: &str, name_follows: bool) -> Option<User> {
        self.change(
            id,
            |_| true,
            |parts| {
                if name_follows {
                    new.clone_into(&mut parts.username);
                }
                new.clone_into(&mut parts.email);
                parts.email_verification = EmailVerification::verified(new);
            },
        )
    }

    pub(super) fn set_active(
        &mut self,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> Option<User> {
        self.change(
            id,
            |_| true,
            |parts| {
                parts.active = is_active;
                parts.password = kept(&parts.password).with_epoch(epoch);
            },
        )
    }

    /// Changes an account, if it is there and as it should be, and says what it is then.
    fn change(
        &mut self,
        id: &UserId,
        condition: impl FnOnce(&UserParts) -> bool,
        change: impl FnOnce(&mut UserParts),
    ) -> Option<User> {
        let parts = self
            .0
            .get_mut(number_of(id)?)
            .filter(|parts| condition(parts))?;
        change(parts);
        Some(User::from_parts(parts.clone()))
    }

    fn first(&self, is_it: impl Fn(&UserParts) -> bool) -> Option<i64> {
        let mut all = self.0.after(None);
        all.find(|(_, parts)| is_it(parts))
            .map(|(number, _)| number)
    }

    fn holder(&self, number: Option<i64>, may_replace: bool) -> Holder {
        let Some((number, parts)) = number.and_then(|number| Some((number, self.0.get(number)?)))
        else {
            return Holder::Nobody;
        };
        let never_verified = parts.email_verification.verified_email().is_none();
        if may_replace && parts.active && never_verified {
            Holder::Replaceable(number)
        } else {
            Holder::Another
        }
    }
}

/// The number whose text an id is, and of which there is one spelling.
fn number_of(id: &UserId) -> Option<i64> {
    let number = id.as_str().parse().ok()?;
    (UserId::new(number) == *id).then_some(number)
}

/// What a store keeps of a password.
fn kept(password: &Password) -> Password {
    Password::from_stored(password.stored().map(str::to_owned)).with_epoch(password.epoch())
}

fn has_name(parts: &UserParts, name: &NormalForm) -> bool {
    NormalForm::of(&parts.username) == *name
}

fn has_address(parts: &UserParts, email: &NormalForm) -> bool {
    NormalForm::of(&parts.email) == *email
}

fn is_verified(parts: &UserParts) -> bool {
    parts.email_verification.is_verified(&parts.email)
}
