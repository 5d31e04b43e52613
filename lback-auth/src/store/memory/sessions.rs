//! The stored sessions.

use time::OffsetDateTime;

use super::numbered::Numbered;
use crate::session::{Session, SessionDigest, SessionId};
use crate::store::{EndSessions, InsertedSession};
use crate::user_id::UserId;

/// How far the last use may be ahead of the clock of a purge, as for tokens.
const FAR_AHEAD: time::Duration = time::Duration::DAY;

/// The sessions by their numbers, each with its digest unless it was signed out.
#[derive(Clone, Default)]
pub(super) struct Sessions(Numbered<(Option<SessionDigest>, Session)>);

impl Sessions {
    pub(super) fn find(&self, digest: &SessionDigest, now: OffsetDateTime) -> Option<Session> {
        let (_, session) = self.0.get(self.number(digest)?)?;
        session.is_valid_at(now).then(|| session.clone())
    }

    pub(super) fn of_account(&self, account: &UserId) -> impl Iterator<Item = &Session> {
        let sessions = self.0.after(None).map(|(_, (_, session))| session);
        sessions.filter(move |session| session.user == *account)
    }

    pub(super) fn insert(&mut self, digest: &SessionDigest, session: &Session) -> InsertedSession {
        let is_new = |has: &dyn Fn(&Session) -> bool| {
            has(session) && !self.of_account(&session.user).any(has)
        };
        let client = session.client;
        let is_new_client = is_new(&|other| client.is_some() && other.client == client);
        let user_agent = &session.user_agent;
        let is_new_user_agent =
            is_new(&|other| user_agent.is_some() && other.user_agent == *user_agent);
        let number = self.0.push((Some(*digest), session.clone()));
        if let Some((_, stored)) = self.0.get_mut(number) {
            stored.id = SessionId(number);
        }
        InsertedSession {
            id: SessionId(number),
            is_new_client,
            is_new_user_agent,
        }
    }

    pub(super) fn touch(
        &mut self,
        digest: &SessionDigest,
        now: OffsetDateTime,
        idle_expires_at: OffsetDateTime,
        unless_seen_after: OffsetDateTime,
    ) {
        if let Some(number) = self.number(digest)
            && let Some((_, session)) = self.0.get_mut(number)
            && session.last_seen_at <= unless_seen_after
            && now < session.idle_expires_at
        {
            session.last_seen_at = now;
            session.idle_expires_at = idle_expires_at;
        }
    }

    pub(super) fn rotate(
        &mut self,
        account: &UserId,
        [old, new]: [&SessionDigest; 2],
        now: OffsetDateTime,
        authenticated_at: Option<OffsetDateTime>,
    ) -> Option<Session> {
        let number = self.number(old)?;
        let (digest, session) = self.0.get_mut(number)?;
        if session.user != *account || !session.is_valid_at(now) {
            return None;
        }
        *digest = Some(*new);
        session.authenticated_at = authenticated_at.unwrap_or(session.authenticated_at);
        Some(session.clone())
    }

    pub(super) fn sign_out(&mut self, digest: &SessionDigest) -> Option<Session> {
        let number = self.number(digest)?;
        let (digest, session) = self.0.get_mut(number)?;
        *digest = None;
        session.is_signed_out = true;
        Some(session.clone())
    }

    /// Deletes sessions of an account, and returns them.
    pub(super) fn end(&mut self, account: &UserId, which: EndSessions) -> Vec<Session> {
        self.remove(|digest, session| {
            let is_meant = match which {
                EndSessions::All => true,
                EndSessions::Except(kept) => *digest != Some(kept),
                EndSessions::One(id) => session.id == id,
            };
            is_meant && session.user == *account
        })
    }

    pub(super) fn delete_all(&mut self, accounts: [Option<&UserId>; 2]) {
        self.remove(|_, session| accounts.contains(&Some(&session.user)));
    }

    pub(super) fn purge(&mut self, now: OffsetDateTime) -> usize {
        let purged = self.remove(|_, session| {
            session.idle_expires_at.saturating_add(retention()) <= now
                || session.last_seen_at > now.saturating_add(FAR_AHEAD)
        });
        purged.len()
    }

    fn remove(
        &mut self,
        is_removed: impl Fn(&Option<SessionDigest>, &Session) -> bool,
    ) -> Vec<Session> {
        let rows = self.0.after(None);
        let removed = rows.filter(|(_, (digest, session))| is_removed(digest, session));
        let numbers: Vec<_> = removed.map(|(number, _)| number).collect();
        let removed = numbers
            .into_iter()
            .filter_map(|number| self.0.remove(number));
        removed.map(|(_, session)| session).collect()
    }

    fn number(&self, digest: &SessionDigest) -> Option<i64> {
        let mut rows = self.0.after(None);
        let found = rows.find(|(_, (stored, _))| stored.as_ref() == Some(digest));
        found.map(|(number, _)| number)
    }
}

fn retention() -> time::Duration {
    time::Duration::try_from(Session::KEPT_AFTER_EXPIRY).unwrap_or(time::Duration::MAX)
}
