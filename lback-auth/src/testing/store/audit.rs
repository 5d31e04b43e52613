//! Cases about audit entries.

use std::net::IpAddr;

use time::{OffsetDateTime, UtcOffset};

use super::trial::{HOUR, MICROSECOND, NOW, Outcome, Trial};
use crate::request_context::RequestContext;
use crate::store::{AccountStore, AuditEntry, AuditNumber};
use crate::user_id::UserId;

pub(super) fn entry(outcome: &str) -> AuditEntry {
    AuditEntry::new(NOW, "user_authenticated", outcome.to_owned())
}

/// Returns contexts with each combination of fields that a store could lose.
fn contexts() -> Vec<RequestContext> {
    let client = |client: &str| client.parse::<IpAddr>().expect("an address");
    let empty = RequestContext::new();
    vec![
        empty.clone(),
        empty.clone().with_actor(UserId::new(7)),
        empty.clone().with_client(client("192.0.2.7")),
        empty.clone().with_client(client("::ffff:192.0.2.7")),
        empty.clone().with_client(client("::1")),
        empty.clone().with_client(client("2001:db8:1:2:3:4:5:6")),
        empty.clone().with_request_id(""),
        empty.clone().with_request_id("\u{1F980}".repeat(200)),
        empty
            .with_actor(UserId::new("no such id"))
            .with_client(client("0.0.0.0"))
            .with_request_id("01J9ZQ"),
    ]
}

/// Returns instants that a store could round or reject, to the microsecond.
fn instants() -> Vec<OffsetDateTime> {
    let epoch = OffsetDateTime::UNIX_EPOCH;
    let offset = UtcOffset::from_hms(5, 30, 0).expect("an offset");
    vec![
        NOW,
        NOW.to_offset(offset),
        epoch,
        epoch + MICROSECOND,
        epoch - MICROSECOND,
        epoch + HOUR * 24 * 365 * 1000 + MICROSECOND * 999_999,
    ]
}

impl<S: AccountStore> Trial<S> {
    pub(super) async fn append(&self, entries: &[AuditEntry]) -> Outcome {
        self.write(async |tx| self.store.append_audit(tx, entries).await)
            .await
    }
}

pub async fn audit_entries_are_returned_in_append_order<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    assert!(
        store.audit(None, 10).await?.is_empty(),
        "no entry is appended"
    );
    let mut entries: Vec<_> = (0..12)
        .rev()
        .map(|number| entry(&number.to_string()))
        .collect();
    entries[3].at = NOW - HOUR;
    entries.push(entries[0].clone());
    trial.append(&entries[..1]).await?;
    trial.append(&[]).await?;
    trial.append(&entries[1..9]).await?;
    trial.append(&entries[9..]).await?;

    let all = store.audit(None, u32::MAX).await?;
    assert!(
        all.is_sorted_by(|(one, _), (other, _)| one < other),
        "numbers ascend"
    );
    let found: Vec<_> = all.iter().map(|(_, entry)| entry.clone()).collect();
    assert_eq!(found, entries, "all entries, in order");
    for limit in [0, 1, 5, 12, 13, 14] {
        for start in 0..=all.len() {
            let after = start.checked_sub(1).map(|last| all[last].0);
            let page = store.audit(after, limit).await?;
            let end = all.len().min(start + limit as usize);
            assert_eq!(
                page,
                all[start..end],
                "at most {limit} entries after {start}"
            );
        }
    }
    let after_all = store.audit(Some(AuditNumber(i64::MAX)), 10).await?;
    assert_eq!(after_all, [], "no entry has a number after the maximum");
    Ok(())
}

pub async fn append_audit_accepts_many_entries<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let entries: Vec<_> = (0..5_000)
        .map(|number: u32| entry(&number.to_string()))
        .collect();
    trial.append(&entries).await?;
    let found = trial.store.audit(None, u32::MAX).await?;
    let found: Vec<_> = found.into_iter().map(|(_, entry)| entry).collect();
    assert!(found == entries, "all entries, in order");
    Ok(())
}

pub async fn every_field_of_an_audit_entry_is_stored<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let mut entries = vec![entry("authenticated"), AuditEntry::new(NOW, "", "")];
    for user in [None, Some(ada), Some(UserId::new("no such id"))] {
        entries.push(entry("user").with_user(user));
    }
    for context in contexts() {
        entries.push(entry("context").with_context(context));
    }
    for at in instants() {
        entries.push(AuditEntry::new(at, "user_registered", "registered"));
    }
    trial.append(&entries).await?;
    let found = trial.store.audit(None, u32::MAX).await?;
    let found: Vec<_> = found.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(found, entries, "all fields of all entries");
    Ok(())
}

pub async fn audit_entries_survive_the_account<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let entry = entry("deleted").with_user(Some(ada.clone()));
    trial.append(std::slice::from_ref(&entry)).await?;
    let deleted = trial.write(async |tx| trial.store.delete(tx, &ada).await);
    assert!(deleted.await?.is_some());
    let found = trial.store.audit(None, 10).await?;
    assert!(
        found.iter().map(|(_, entry)| entry).eq([&entry]),
        "the audit entry remains"
    );
    Ok(())
}

pub async fn audit_of_returns_the_entries_about_one_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let bob = trial.stored_named("bob").await?;
    let by_ada = RequestContext::new().with_actor(ada.clone());
    let about = |number: usize| match number % 3 {
        0 => Some(ada.clone()),
        1 => Some(bob.clone()),
        _ => None,
    };
    let entries: Vec<_> = (0..12)
        .map(|number| entry(&number.to_string()).with_user(about(number)))
        .map(|entry| entry.with_context(by_ada.clone()))
        .collect();
    trial.append(&entries).await?;
    let deleted = trial.write(async |tx| trial.store.delete(tx, &ada).await);
    assert!(deleted.await?.is_some());

    let mut all = trial.store.audit(None, u32::MAX).await?;
    all.retain(|(_, entry)| entry.user.as_ref() == Some(&ada));
    assert_eq!(all.len(), 4, "the entries about ada");
    for limit in [0, 1, 3, 4, 5] {
        for start in 0..=all.len() {
            let after = start.checked_sub(1).map(|last| all[last].0);
            let page = trial.store.audit_of(&ada, after, limit).await?;
            let end = all.len().min(start + limit as usize);
            assert_eq!(
                page,
                all[start..end],
                "at most {limit} entries about ada after {start}"
            );
        }
    }
    let unknown = UserId::new("no such id");
    assert_eq!(trial.store.audit_of(&unknown, None, 10).await?, []);
    Ok(())
}
