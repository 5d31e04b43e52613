//! Cases about sessions.

use std::time::Duration;

use time::{OffsetDateTime, PrimitiveDateTime};

use super::fixture::{AccountState, Fixture};
use super::trial::{HOUR, MICROSECOND, NOW, Outcome, Trial};
use crate::session::{Remember, Session, SessionDigest, SessionTimeouts};
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, AttemptTime, EmailSet, EndSessions, Inserted, InsertedSession};
use crate::token::PendingToken;
use crate::user_id::UserId;

const DAY: time::Duration = time::Duration::DAY;

/// An hour of inactivity, a day overall.
const TIMEOUTS: SessionTimeouts =
    SessionTimeouts::new(Duration::from_hours(1), Duration::from_hours(24));

/// Returns the digest of the token of this number.
pub(super) fn digest(number: u8) -> SessionDigest {
    SessionDigest::of(&number.to_string()).expect("a token is short")
}

/// Returns a session that starts now.
pub(super) fn session(id: &UserId) -> Session {
    Session::new(id.clone(), NOW, TIMEOUTS, Remember::No)
}

/// Returns a session of this client and user agent.
fn from(id: &UserId, client: &str, user_agent: &str) -> Session {
    let client = client.parse().expect("an address");
    session(id).with_client(Some(client), Some(user_agent.to_owned()))
}

impl<S: AccountStore> Trial<S> {
    async fn insert_session(&self, number: u8, session: &Session) -> Outcome<InsertedSession> {
        let store = &self.store;
        self.write(async |tx| store.insert_session(tx, &digest(number), session).await)
            .await
    }

    /// Stores the session of this number, and returns it as stored.
    pub(super) async fn start_session(&self, id: &UserId, number: u8) -> Outcome<Session> {
        let mut session = session(id);
        session.id = self.insert_session(number, &session).await?.id;
        Ok(session)
    }

    async fn find_session(&self, number: u8, now: OffsetDateTime) -> Outcome<Option<Session>> {
        let found = self.store.find_session(&digest(number), now).await?;
        Ok(found.map(|(session, _)| session))
    }

    async fn is_valid(&self, number: u8) -> Outcome<bool> {
        Ok(self.find_session(number, NOW).await?.is_some())
    }

    async fn end_sessions(&self, id: &UserId, which: EndSessions) -> Outcome<Vec<Session>> {
        let store = &self.store;
        let ended = self
            .write(async |tx| store.end_sessions(tx, id, which).await)
            .await?;
        let (_, mut sessions) = ended.expect("the account is stored");
        sessions.sort_by_key(|session| session.id);
        Ok(sessions)
    }
}

pub async fn a_session_is_found_with_its_account<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.named("ada").with_password(Some("hash"), 1).verified();
    let ada = trial.stored(&ada).await?;
    let bob = trial.stored_named("bob").await?;
    let of_ada = trial.start_session(&ada.stored_id(), 1).await?;
    let of_bob = trial.start_session(&bob, 2).await?;
    assert_ne!(of_ada.id, of_bob.id, "each session has its own id");
    let found = trial.store.find_session(&digest(1), NOW).await?;
    let found: Option<(Session, AccountState)> =
        found.map(|(session, user)| (session, user.state()));
    assert_eq!(found, Some((of_ada, ada.state())));
    let found = trial.store.find_session(&digest(3), NOW).await?;
    assert!(found.is_none(), "no session has this digest");
    Ok(())
}

pub async fn every_field_of_a_session_is_stored<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let mut expected = Vec::new();
    for (number, (remember, client, user_agent)) in (1..).zip([
        (Remember::No, None, None),
        (Remember::Yes, Some("192.0.2.7"), Some("")),
        (Remember::No, Some("2001:db8::7"), Some("Mozilla/5.0 (X11)")),
    ]) {
        let client = client.map(|client| client.parse().expect("an address"));
        let mut session = Session::new(id.clone(), NOW, TIMEOUTS, remember)
            .with_client(client, user_agent.map(str::to_owned));
        session.last_seen_at = NOW + MICROSECOND;
        session.authenticated_at = NOW + MICROSECOND * 2;
        session.id = trial.insert_session(number, &session).await?.id;
        let found = trial.find_session(number, NOW).await?;
        assert_eq!(found.as_ref(), Some(&session));
        expected.push(session);
    }
    assert_eq!(trial.store.sessions(&id).await?, expected);
    let other = trial.stored_named("bob").await?;
    assert_eq!(trial.store.sessions(&other).await?, []);
    Ok(())
}

pub async fn an_expired_session_is_not_found<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let session = trial.start_session(&id, 1).await?;
    for (now, found, what) in [
        (NOW + HOUR - MICROSECOND, true, "the last microsecond"),
        (NOW + HOUR, false, "the expiry"),
        (NOW + DAY * 300, false, "long after the expiry"),
        (NOW - PendingToken::CLOCK_TOLERANCE, true, "the tolerance"),
        (
            NOW - PendingToken::CLOCK_TOLERANCE - MICROSECOND,
            false,
            "before the session was seen, by a clock that was set back",
        ),
        (NOW - DAY * 300, false, "long before the session was seen"),
    ] {
        let is_found = trial.find_session(1, now).await?.is_some();
        assert_eq!(is_found, found, "{what}");
        assert_eq!(session.is_valid_at(now), found, "{what}");
    }
    let all = trial.store.sessions(&id).await?;
    assert_eq!(all, [session], "an expired session stays");
    Ok(())
}

pub async fn a_session_may_expire_at_the_maximum_time<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let forever = SessionTimeouts::new(Duration::MAX, Duration::MAX);
    let session = Session::new(id, NOW, forever, Remember::Yes);
    assert_eq!(session.expires_at, PrimitiveDateTime::MAX.assume_utc());
    trial.insert_session(1, &session).await?;
    assert!(trial.find_session(1, NOW + DAY * 300).await?.is_some());
    Ok(())
}

pub async fn touch_session_stores_the_last_use<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let (store, minute) = (&trial.store, time::Duration::MINUTE);
    let id = trial.stored_named("ada").await?;
    let started = trial.start_session(&id, 1).await?;
    let other = trial.start_session(&id, 2).await?;
    let touch = async |now: OffsetDateTime| {
        let digest = digest(1);
        let touched = store.touch_session(&digest, now, now + HOUR, now - minute);
        touched.await?;
        Outcome::Ok(store.sessions(&id).await?.into_iter().next())
    };
    let now = NOW + minute - MICROSECOND;
    assert_eq!(touch(now).await?, Some(started.clone()), "seen just before");
    let now = NOW + minute;
    let mut seen = started;
    (seen.last_seen_at, seen.idle_expires_at) = (now, now + HOUR);
    assert_eq!(
        touch(now).await?,
        Some(seen.clone()),
        "seen a minute before"
    );
    let now = NOW - HOUR;
    assert_eq!(touch(now).await?, Some(seen.clone()), "a clock set back");
    let now = NOW + minute + HOUR;
    assert_eq!(touch(now).await?, Some(seen), "the session has expired");
    let now = NOW + minute;
    store
        .touch_session(&digest(3), now, now + HOUR, now)
        .await?;
    let found = trial.find_session(2, NOW).await?;
    assert_eq!(found, Some(other), "another session");
    Ok(())
}

pub async fn rotate_session_replaces_the_digest<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let mut session = trial.start_session(&ada, 1).await?;
    let rotate = async |id: &UserId, [old, new]: [u8; 2], now, authenticated_at| {
        let digests = [&digest(old), &digest(new)];
        trial
            .write(async |tx| {
                store
                    .rotate_session(tx, id, digests, now, authenticated_at)
                    .await
            })
            .await
    };
    let rotated = rotate(&ada, [1, 2], NOW, None).await?;
    assert_eq!(rotated, Some(session.clone()), "only the digest changes");
    assert_eq!(trial.find_session(1, NOW).await?, None, "the old token");
    let found = trial.find_session(2, NOW).await?;
    assert_eq!(found, Some(session.clone()), "the new token");

    session.authenticated_at = NOW + HOUR / 2;
    let at = session.authenticated_at;
    let rotated = rotate(&ada, [2, 3], at, Some(at)).await?;
    assert_eq!(rotated, Some(session.clone()), "the password was entered");

    for (id, old, now, what) in [
        (&ada, 2, NOW, "an old token"),
        (&ada, 9, NOW, "an unknown token"),
        (&bob, 3, NOW, "a session of another account"),
        (&ada, 3, NOW + HOUR, "an expired session"),
        (&ada, 3, NOW - HOUR, "a clock that was set back"),
    ] {
        let rotated = rotate(id, [old, 4], now, Some(now)).await?;
        assert_eq!(rotated, None, "{what}");
    }
    assert_eq!(trial.find_session(3, NOW).await?, Some(session));
    Ok(())
}

pub async fn sign_out_keeps_the_session_without_its_digest<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    let mut session = trial.start_session(&id, 1).await?;
    let other = trial.start_session(&id, 2).await?;
    let sign_out = async |number| {
        let signed_out = trial
            .write(async |tx| store.sign_out(tx, &digest(number)).await)
            .await?;
        Outcome::Ok(signed_out.map(|(session, user)| (session, user.stored_id())))
    };
    session.is_signed_out = true;
    assert_eq!(sign_out(1).await?, Some((session.clone(), id.clone())));
    assert_eq!(sign_out(1).await?, None, "signed out already");
    assert_eq!(sign_out(9).await?, None, "an unknown token");
    assert_eq!(trial.find_session(1, NOW).await?, None);
    assert_eq!(trial.find_session(2, NOW).await?, Some(other.clone()));
    assert_eq!(store.sessions(&id).await?, [session, other]);
    Ok(())
}

pub async fn end_sessions_ends_all_or_others_or_one<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let of_bob = trial.start_session(&bob, 9).await?;
    let mut sessions = Vec::new();
    for number in 1..=4 {
        sessions.push(trial.start_session(&ada, number).await?);
    }
    trial
        .write(async |tx| store.sign_out(tx, &digest(2)).await)
        .await?;
    sessions[1].is_signed_out = true;

    let one = |session: &Session| EndSessions::One(session.id);
    assert_eq!(trial.end_sessions(&ada, one(&of_bob)).await?, []);
    let ended = trial.end_sessions(&ada, one(&sessions[3])).await?;
    assert_eq!(ended, sessions[3..], "the one");
    assert_eq!(trial.end_sessions(&ada, one(&sessions[3])).await?, []);

    let others = EndSessions::Except(digest(3));
    let ended = trial.end_sessions(&ada, others).await?;
    assert_eq!(ended, sessions[..2], "all others");
    assert!(!trial.is_valid(1).await? && trial.is_valid(3).await?);

    trial.start_session(&ada, 5).await?;
    assert_eq!(trial.end_sessions(&ada, EndSessions::All).await?.len(), 2);
    assert_eq!(store.sessions(&ada).await?, []);
    assert!(trial.is_valid(9).await?, "the session of another account");
    Ok(())
}

pub async fn a_new_client_and_user_agent_are_recognized<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    for (number, (session, is_new)) in (1..).zip([
        (from(&ada, "192.0.2.7", "one"), (true, true)),
        (from(&ada, "192.0.2.7", "one"), (false, false)),
        (from(&ada, "192.0.2.8", "one"), (true, false)),
        (from(&ada, "192.0.2.8", "two"), (false, true)),
        (from(&bob, "192.0.2.7", "one"), (true, true)),
        (session(&ada), (false, false)),
    ]) {
        let inserted = trial.insert_session(number, &session).await?;
        let news = (inserted.is_new_client, inserted.is_new_user_agent);
        assert_eq!(news, is_new, "session {number}");
    }
    for number in 1..=2 {
        trial
            .write(async |tx| store.sign_out(tx, &digest(number)).await)
            .await?;
    }
    let again = trial
        .insert_session(7, &from(&ada, "192.0.2.7", "one"))
        .await?;
    assert!(!again.is_new_client, "signing out does not forget a client");
    trial.end_sessions(&ada, EndSessions::All).await?;
    let again = trial
        .insert_session(8, &from(&ada, "192.0.2.7", "one"))
        .await?;
    assert!(
        again.is_new_client,
        "sessions that were ended are forgotten"
    );
    Ok(())
}

pub async fn no_session_outlives_its_account<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let mut ids = Vec::new();
    for (number, name) in (1..).zip(["deleted", "replaced", "overtaken"]) {
        let id = trial.stored_named(name).await?;
        trial.start_session(&id, number).await?;
        ids.push(id);
    }
    let ada = trial.stored_named("ada").await?;
    trial.start_session(&ada, 9).await?;
    let (old, new) = ("ada@example.org", "overtaken@example.org");
    trial
        .write(async |tx| {
            store.delete(tx, &ids[0]).await?;
            let newcomer = trial.named("replaced");
            let inserted = store.insert(tx, &newcomer, Replace, NOW).await?;
            assert!(matches!(inserted, Inserted::Stored { .. }));
            let set = store.set_email(tx, &ada, old, new, Replace).await?;
            assert!(matches!(set, EmailSet::Set { .. }));
            Ok(())
        })
        .await?;
    for id in &ids {
        assert_eq!(store.sessions(id).await?, [], "the account is deleted");
    }
    assert!(trial.is_valid(9).await?, "the session of another account");
    Ok(())
}

pub async fn sessions_of_an_unknown_id_are_none<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    let ada = trial.stored_named("ada").await?;
    let session = trial.start_session(&ada, 1).await?;
    for text in ["", "no such id", "99999999999999999999", "1\0"] {
        let id = UserId::new(text);
        assert_eq!(store.sessions(&id).await?, [], "{text:?}");
        let ended = trial
            .write(async |tx| store.end_sessions(tx, &id, EndSessions::All).await)
            .await?;
        assert!(ended.is_none(), "{text:?}");
    }
    assert_eq!(store.sessions(&ada).await?, [session]);
    Ok(())
}

pub async fn purge_deletes_sessions_that_expired_long_ago<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    trial.start_session(&id, 1).await?;
    trial.start_session(&id, 2).await?;
    trial
        .write(async |tx| store.sign_out(tx, &digest(2)).await)
        .await?;
    let long_ago = NOW + HOUR + Session::KEPT_AFTER_EXPIRY;
    let far_behind = NOW - PendingToken::FAR_AHEAD;
    for (now, gone, what) in [
        (NOW, 0, "the session is valid"),
        (long_ago - MICROSECOND, 0, "it shows a known client"),
        (far_behind, 0, "the clock of the purge may be behind"),
        (long_ago, 2, "it expired long ago"),
    ] {
        assert_eq!(store.purge(AttemptTime::At(now)).await?, gone, "{what}");
    }
    trial.start_session(&id, 3).await?;
    let purged = store.purge(AttemptTime::At(far_behind - MICROSECOND));
    assert_eq!(purged.await?, 1, "it was used far in the future");
    assert_eq!(store.sessions(&id).await?, []);
    Ok(())
}
