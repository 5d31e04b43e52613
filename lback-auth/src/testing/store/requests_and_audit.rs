//! Cases about requests and audit entries.

use std::net::IpAddr;

use time::{OffsetDateTime, UtcOffset};

use super::fixture::epoch;
use super::trial::{HOUR, MICROSECOND, NOW, Outcome, Trial};
use crate::request_context::RequestContext;
use crate::store::{AccountStore, AddressRequest, AuditEntry, AuditNumber, RequestNumber};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

pub(super) fn request(email: &str) -> AddressRequest {
    AddressRequest {
        purpose: TokenPurpose::PasswordReset,
        email: email.to_owned(),
        user: None,
        epoch: None,
        requested_at: NOW,
        context: RequestContext::new(),
    }
}

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
    pub(super) async fn file(&self, request: &AddressRequest) -> Outcome {
        self.write(async |tx| self.store.file_request(tx, request).await)
            .await
    }

    pub(super) async fn take(&self, number: RequestNumber) -> Outcome<bool> {
        self.write(async |tx| self.store.take_request(tx, number).await)
            .await
    }

    pub(super) async fn append(&self, entries: &[AuditEntry]) -> Outcome {
        self.write(async |tx| self.store.append_audit(tx, entries).await)
            .await
    }

    /// Takes the next request, and asserts that it is this one.
    pub(super) async fn take_next(&self, request: &AddressRequest) -> Outcome {
        let (number, next) = self
            .store
            .next_request(None)
            .await?
            .expect("a request is filed");
        assert_eq!(
            next, *request,
            "the request that was filed first, with all of its fields"
        );
        assert!(self.take(number).await?, "the request was not taken before");
        Ok(())
    }
}

pub async fn requests_are_returned_in_filing_order<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    assert_eq!(store.next_request(None).await?, None, "no request is filed");
    let late = AddressRequest {
        requested_at: NOW + HOUR,
        ..request("late@example.org")
    };
    let (first, last) = (request("a@example.org"), request("A@example.org"));
    for request in [&late, &first, &first] {
        trial.file(request).await?;
    }
    let next = store.next_request(None).await?;
    assert_eq!(
        store.next_request(None).await?,
        next,
        "`next_request` does not take the request"
    );
    trial.take_next(&late).await?;
    trial.take_next(&first).await?;
    trial.file(&last).await?;
    trial.take_next(&first).await?;
    trial.take_next(&last).await?;
    assert_eq!(
        store.next_request(None).await?,
        None,
        "all requests are taken"
    );
    Ok(())
}

pub async fn take_request_takes_a_request_once<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let (first, second) = (request("first@example.org"), request("second@example.org"));
    trial.file(&first).await?;
    trial.file(&second).await?;
    let next = trial.store.next_request(None).await?;
    let (number, _) = next.expect("a request is filed");
    for (number, is_filed) in [
        (RequestNumber(i64::MIN), false),
        (RequestNumber(-1), false),
        (RequestNumber(i64::MAX), false),
        (number, true),
        (number, false),
    ] {
        let taken = trial.take(number).await?;
        assert_eq!(taken, is_filed, "`take_request` of {number:?}");
    }
    trial.take_next(&second).await
}

pub async fn every_field_of_a_request_is_stored<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let mut requests = Vec::new();
    for purpose in TokenPurpose::ALL {
        for user in [None, Some(ada.clone()), Some(UserId::new("no such id"))] {
            let plain = request("Ada@example.org");
            requests.push(AddressRequest {
                purpose,
                epoch: user.as_ref().map(|_| epoch(7)),
                user,
                ..plain
            });
        }
    }
    for context in contexts() {
        requests.push(AddressRequest {
            context,
            ..request("")
        });
    }
    for requested_at in instants() {
        requests.push(AddressRequest {
            requested_at,
            ..request("")
        });
    }
    for request in &requests {
        trial.file(request).await?;
    }
    for request in &requests {
        trial.take_next(request).await?;
    }
    Ok(())
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

pub async fn requests_and_audit_entries_survive_the_account<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let entry = entry("deleted").with_user(Some(ada.clone()));
    let request = AddressRequest {
        user: Some(ada.clone()),
        ..request("ada@example.org")
    };
    trial.append(std::slice::from_ref(&entry)).await?;
    trial.file(&request).await?;
    let deleted = trial.write(async |tx| trial.store.delete(tx, &ada).await);
    assert!(deleted.await?.is_some());
    let found = trial.store.audit(None, 10).await?;
    assert!(
        found.iter().map(|(_, entry)| entry).eq([&entry]),
        "the audit entry remains"
    );
    trial.take_next(&request).await
}
