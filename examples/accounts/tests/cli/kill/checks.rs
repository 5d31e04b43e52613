//! Properties that hold after each round.

use std::collections::{BTreeMap, HashMap};

use lback_auth::{AccountsError, Hasher};

use super::history::{History, Sent};
use super::tables::Account;
use crate::mails::Mail;

/// The hashes that were looked at, and their passwords.
pub(super) type Hashes = BTreeMap<String, String>;

/// The accounts and the tokens are what the audit log says, and nothing else.
pub(super) fn log_agrees_with_tables(history: &History, hashes: &mut Hashes) {
    let (tables, replay) = (&history.tables, &history.replay);
    for account in &tables.accounts {
        let Account { id, name, .. } = account;
        let logged = replay.accounts.get(id);
        let logged = logged.unwrap_or_else(|| panic!("{name} is there and not in the log"));
        assert_eq!((name, &account.email), (&logged.name, &logged.email));
        let verified = logged.is_verified.then_some(&logged.email);
        assert_eq!(account.verified_email.as_ref(), verified, "of {name}");
        let known = hashes.get(&account.password);
        if known != Some(&logged.password) {
            let verdict = Hasher::current().verify(&logged.password, &account.password);
            assert!(verdict.unwrap().is_right(), "{name} has another password");
            hashes.insert(account.password.clone(), logged.password.clone());
        }
    }
    // None is deleted here.
    assert_eq!(
        tables.accounts.len(),
        replay.accounts.len(),
        "an account is in the log alone"
    );

    for token in &tables.tokens {
        let out = (token.account.clone(), token.purpose.as_str());
        assert!(
            replay.tokens.contains(&out),
            "{out:?} is out and not in the log"
        );
    }
    assert_eq!(
        tables.tokens.len(),
        replay.tokens.len(),
        "a token is in the log alone"
    );
}

/// Of each call all is in the log or nothing, and all if it has said so.
pub(super) fn calls_are_whole(history: &History) {
    let logs = logs(history);
    for (number, (call, end)) in history.calls.iter().enumerate() {
        let log = logs.get(&number).map_or(&[][..], Vec::as_slice);
        let requests = history.tables.requests.iter();
        let waiting = requests.filter(|call| **call == number).count();
        let state =
            || format!("call {number}: {call:?}, {end:?}, in the log: {log:?}, waiting: {waiting}");

        let mailed = call.mailed().map_or("", |(mailed, _)| mailed);
        let (mails, own): (Vec<&str>, Vec<&str>) = log.iter().partition(|entry| **entry == mailed);
        let asks = mails.len() + waiting;
        assert!(waiting <= 1, "asked for more than a mail: {}", state());
        let is_done = own == call.done() && (call.mailed().is_none() || asks > 0);
        let is_refused = call.refused().iter().any(|refused| own == *refused);
        let is_nothing = own.is_empty() && asks == 0;
        assert!(
            is_done || is_refused || is_nothing,
            "half done: {}",
            state()
        );

        if end.is_refusal() {
            // A wait is noted once for each time, and that can be another's.
            let is_in_log = is_refused || is_nothing && end.said.contains("too many");
            assert!(is_in_log, "refused, and it is not so: {}", state());
        } else if end.is_said() {
            assert!(is_done, "said, and not done: {}", state());
        }
        match end.code {
            None => {}
            Some(0) => assert!(end.is_said() && !end.is_refusal(), "{}", state()),
            Some(1) => assert!(end.is_refusal(), "{}", state()),
            Some(2) if call.token().is_some() => {
                let is_used_up = end
                    .complained
                    .contains(&AccountsError::InvalidToken.to_string());
                assert!(is_nothing && is_used_up, "{}", state());
            }
            Some(_) => panic!("failed: {}", state()),
        }
    }
}

/// The entries of each call in the log.
fn logs(history: &History) -> BTreeMap<usize, Vec<&str>> {
    let mut logs = BTreeMap::<_, Vec<_>>::new();
    for entry in &history.tables.log {
        logs.entry(entry.call)
            .or_default()
            .push(entry.what.as_str());
    }
    logs
}

/// No token has worked twice.
pub(super) fn tokens_work_once(history: &History) {
    let logs = logs(history);
    let mut uses = BTreeMap::<_, Vec<_>>::new();
    for (number, (call, end)) in history.calls.iter().enumerate() {
        if let Some((_, token)) = call.token()
            && (end.is_said() || logs.contains_key(&number))
        {
            uses.entry(token).or_default().push(number);
        }
    }
    for calls in uses.values() {
        assert_eq!(
            calls.len(),
            1,
            "a token has worked for all of the calls {calls:?}"
        );
    }
}

/// Checks that the mails with tokens of the last round are about stored accounts. Returns those whose token works. The
/// token of each other one was replaced by a later attempt, since its worker was killed.
pub(super) fn mails_are_true(history: &History, mails: &[Mail]) -> Vec<Sent> {
    let sent = mails.iter().filter_map(|mail| {
        let (purpose, token) = mail.token()?;
        let row = history.tables.token(purpose, token)?;
        assert_eq!(row.email, mail.to);
        Some(Sent {
            purpose,
            token: token.to_owned(),
            account: history.replay.accounts[&row.account].name.clone(),
            to: mail.to.clone(),
        })
    });
    sent.collect()
}

/// Checks that each completed request has its mail, and that the token of each mail was stored before the mail.
pub(super) fn requests_have_their_mails(history: &History) {
    let logs = logs(history);
    let mut asked = HashMap::<_, (usize, usize)>::new();
    for (number, (call, _)) in history.calls.iter().enumerate() {
        let (Some(asks), Some((mailed, _))) = (call.asks_for(), call.mailed()) else {
            continue;
        };
        let log = logs.get(&number).map_or(&[][..], Vec::as_slice);
        let issued = log.iter().filter(|entry| **entry == mailed).count();
        let is_completed = issued > 0 && !history.tables.requests.contains(&number);
        let (completed, tokens) = asked.entry(asks).or_default();
        *completed += usize::from(is_completed);
        *tokens += issued;
    }
    for ((purpose, to), (completed, tokens)) in asked {
        let mails = history.mails.iter();
        let mails = mails
            .filter(|mail| (mail.0, &*mail.1) == (purpose, to))
            .count();
        assert!(
            (completed..=tokens).contains(&mails),
            "{to} got {mails} mails for {purpose:?}, of {completed} requests and {tokens} tokens"
        );
    }
    for (purpose, to) in &history.mails {
        let mut calls = history.calls.iter();
        let is_asked = calls.any(|(call, _)| call.asks_for() == Some((*purpose, to)));
        assert!(
            is_asked,
            "{to} got a mail for {purpose:?} that no call asked for"
        );
    }
}

/// Checks that each notice is about a completed change, and that each change has its notice, except those that wait. A
/// notice can be there twice, since its worker was killed before it completed the delivery.
pub(super) fn notices_are_true(history: &History) {
    let due = &history.replay.notices;
    for (subject, to) in &history.notices {
        let is_due = due.contains(&(subject.as_str(), to.clone()));
        assert!(is_due, "{to} was sent `{subject}`, and it is not so");
    }
    let mut missing = due.clone();
    for (subject, to) in &history.notices {
        if let Some(found) = missing.iter().position(|it| (it.0, &it.1) == (subject, to)) {
            missing.swap_remove(found);
        }
    }
    let waiting = history.tables.notices;
    assert!(
        missing.len() <= waiting,
        "{missing:?} are lost, and {waiting} wait"
    );
}
