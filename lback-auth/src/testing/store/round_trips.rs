//! Cases about storing texts unchanged.

use super::audit::entry;
use super::fixture::{Fixture, password, state_of};
use super::trial::{HOUR, NOW, Outcome, Trial};
use crate::normal_form::NormalForm;
use crate::request_context::RequestContext;
use crate::store::UnverifiedHolders::Replace;
use crate::store::{AccountStore, AuditEntry, EmailSet, Expected, TokenKey};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// Texts that some database, driver or language has handled wrongly.
const TEXTS: [&str; 62] = [
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\\\",
    "\\'",
    "\\0",
    "\\x00",
    "\\n",
    "%",
    "_",
    "%s %d %n",
    "{}",
    "{0}",
    "${HOME}",
    "$(reboot)",
    "`reboot`",
    "$1",
    "?1",
    ":name",
    "@name",
    "--",
    "/*",
    "*/",
    "#",
    ";",
    "'; DROP TABLE users; --",
    "' OR '1'='1",
    "1' UNION SELECT * FROM users --",
    "\"; DELETE FROM users",
    "NULL",
    "null",
    "None",
    "undefined",
    "true",
    "0",
    "-0",
    "1e309",
    "NaN",
    "<script>alert(1)</script>",
    "&lt;&#39;&amp;",
    "%00%27%5C",
    "../../etc/passwd",
    "a\tb",
    "a\nb\r\nc",
    "a\u{1}\u{7F}\u{1B}[31mb",
    "a  b",
    "a\u{A0}b\u{3000}c",
    "a\u{200B}b\u{FEFF}c",
    "\u{E9} e\u{301}",
    "\u{1E9E} \u{DF} ss",
    "\u{130} I i \u{131}",
    "\u{3A3} \u{3C3} \u{3C2}",
    "\u{FB01} \u{2460} \u{FF21}",
    "\u{5D0}\u{5D1}\u{5D2} abc \u{627}\u{628}",
    "\u{202E}abc\u{202C}",
    "\u{1F469}\u{200D}\u{1F680} \u{1F1E9}\u{1F1EA}",
    "Z\u{351}\u{36B}\u{343}\u{36A}\u{302}",
    "\u{6F22}\u{5B57} \u{20BB7} \u{1F980}",
    "\u{D7FF}\u{E000}\u{FFFD}\u{FFFF}\u{10FFFF}",
    "\u{85}\u{2028}\u{2029}",
];

/// Returns texts with each of [`TEXTS`] at the beginning, in the middle and at the end, and long texts.
fn texts() -> Vec<String> {
    let texts = (0..).zip(TEXTS).flat_map(|(number, text)| {
        let (first, last) = (format!("{text}-{number}"), format!("{number}-{text}"));
        [first, last, format!("{number}-{text}-{number}")]
    });
    let long = ["x", "\u{E9}", "\u{6F22}", "\u{1F980}", "'", "\\"].map(|text| text.repeat(150));
    texts.chain(long).collect()
}

pub async fn usernames_round_trip_byte_for_byte<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    for (number, name) in texts().iter().enumerate() {
        let user = trial.account(name, &format!("{number}@example.org"));
        let stored = trial.stored(&user).await?.state();
        assert_eq!(stored.username, *name, "`insert` returns the username");
        let id = stored.id.clone().expect("a stored account has an id");
        let found = state_of(store.find(&id).await?);
        assert_eq!(found.as_ref(), Some(&stored), "`find`");
        let found = state_of(store.find_by_login(&NormalForm::of(name)).await?);
        assert_eq!(
            found.as_ref(),
            Some(&stored),
            "`find_by_login` with {name:?}"
        );
    }
    Ok(())
}

pub async fn addresses_round_trip_byte_for_byte<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let store = &trial.store;
    for (number, email) in texts().iter().enumerate() {
        let user = trial.account(&format!("name {number}"), email);
        let stored = trial.stored(&user).await?.state();
        assert_eq!(stored.email, *email, "`insert` returns the address");
        let id = stored.id.expect("a stored account has an id");
        let marked = trial.write(async |tx| store.mark_verified(tx, &id, email).await);
        let marked = state_of(marked.await?).expect("the address is that of the account");
        assert_eq!(
            marked.verified.as_ref(),
            Some(email),
            "`mark_verified` stores the address"
        );
        let form = NormalForm::of(email);
        let found = state_of(store.find_by_email(&form).await?);
        assert_eq!(
            found.as_ref(),
            Some(&marked),
            "`find_by_email` with {email:?}"
        );
        let found = state_of(store.find_by_login(&form).await?);
        assert_eq!(
            found.as_ref(),
            Some(&marked),
            "`find_by_login` with {email:?}"
        );
    }
    Ok(())
}

pub async fn changed_addresses_round_trip_byte_for_byte<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let store = &trial.store;
    let id = trial.stored_named("ada").await?;
    let mut old = "ada@example.org".to_owned();
    for new in texts() {
        let set = trial.write(async |tx| store.set_email(tx, &id, &old, &new, Replace).await);
        assert!(matches!(set.await?, EmailSet::Set { .. }), "{new:?}");
        let found = state_of(store.find(&id).await?).expect("the account is stored");
        assert_eq!(
            (found.email, found.verified),
            (new.clone(), Some(new.clone()))
        );
        old = new;
    }
    Ok(())
}

pub async fn hashes_round_trip_byte_for_byte<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let ada = trial.named("ada").with_password(None, 1);
    let id = trial.stored(&ada).await?.stored_id();
    let mut old: Option<String> = None;
    for text in texts() {
        let expected = password(old.as_deref(), 1);
        let expected = Expected::Stored(&expected);
        let new = password(Some(&text), 1);
        let set = trial
            .write(async |tx| trial.store.set_password(tx, &id, expected, &new).await)
            .await?;
        assert!(set.is_some(), "the previous hash, {old:?}, is stored");
        let found = state_of(trial.store.find(&id).await?).expect("the account is stored");
        assert_eq!(found.password.as_ref(), Some(&text));
        old = Some(text);
    }
    Ok(())
}

pub async fn addresses_of_tokens_round_trip_byte_for_byte<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let id = trial.stored_named("ada").await?;
    let purpose = TokenPurpose::EmailChange;
    for email in texts() {
        let token = PendingToken::new([1; 32], email.clone(), NOW, NOW + HOUR);
        let put = trial
            .write(async |tx| trial.store.put_token(tx, &id, purpose, &token).await)
            .await?;
        assert!(put);
        let token = TokenKey::of_pending(purpose, &token);
        let found = trial.store.find_by_token(&token, NOW).await?;
        assert_eq!(found.map(|(_, email)| email), Some(email.clone()));
        let owner = trial.consume(&token, NOW).await?;
        assert_eq!(owner.map(|owner| owner.email), Some(email));
    }
    Ok(())
}

pub async fn audit_entries_round_trip_byte_for_byte<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let mut entries = Vec::new();
    for text in texts() {
        let context = RequestContext::new()
            .with_actor(UserId::new(&text))
            .with_request_id(&text);
        let user = Some(UserId::new(&text));
        let named = AuditEntry::new(NOW, text.clone(), "named");
        let other = entry(&text).with_user(user).with_context(context);
        entries.extend([named, other]);
    }
    trial.append(&entries).await?;
    let found = trial.store.audit(None, u32::MAX).await?;
    let found: Vec<_> = found.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(found, entries, "all entries of the audit log");
    Ok(())
}
