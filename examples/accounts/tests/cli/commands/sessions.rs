//! Sessions that an application has started, and the export of an account.

use serde_json::Value;

use super::{PASSWORD, execute, failed, is_let_in, register_verified, said};
use crate::world::{World, on_each_database};

on_each_database!(
    sessions_are_listed_and_ended,
    an_export_has_no_secret,
    a_deleted_account_is_exported_by_its_id,
);

/// A session of the first account, which expires in the year 2255.
fn start(world: &World, digest: u8) {
    let bytes = format!("{digest:02x}").repeat(32);
    let (sqlite, postgres) = (format!("x'{bytes}'"), format!("'\\x{bytes}'"));
    let (digest, is_remembered) = if world.database.starts_with("sqlite:") {
        (sqlite, "1")
    } else {
        (postgres, "TRUE")
    };
    execute(
        world,
        &format!(
            "INSERT INTO lback_session (digest, account, started_at, last_seen_at, authenticated_at, \
             idle_expires_at, expires_at, is_remembered, client, user_agent) VALUES ({digest}, '1', 0, 0, 0, \
             9000000000000000, 9000000000000000, {is_remembered}, '192.0.2.7', 'curl/8')"
        ),
    );
}

fn sessions_are_listed_and_ended(world: &World) {
    register_verified(world, "ada");
    for digest in 1..=3 {
        start(world, digest);
    }
    let table = said(world, &["sessions", "ada"], &[]);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(
        table.contains("192.0.2.7") && table.contains("curl/8"),
        "{table}"
    );
    let lines = said(world, &["sessions", "ada@example.org", "--json"], &[]);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["number"], 1);
    assert_eq!(first["expires"], "2255-03-14T16:00:00.000000Z");

    let ended = said(world, &["end-session", "ada", "2"], &[]);
    assert_eq!(ended, "ended session 2 of ada\n");
    let error = failed(world, &["end-session", "ada", "2"], &[]);
    assert!(error.contains("ada has no valid session 2"), "{error}");
    let ended = said(world, &["end-session", "ada", "--all"], &[]);
    assert_eq!(ended, "ended 2 sessions of ada\n");
    assert_eq!(said(world, &["sessions", "ada", "--json"], &[]), "");
    let log = said(
        world,
        &["audit", "--signal", "user_session_ended", "--json"],
        &[],
    );
    assert_eq!(log.matches("\"outcome\":\"revoked\"").count(), 3, "{log}");
}

fn an_export_has_no_secret(world: &World) {
    register_verified(world, "ada");
    assert!(is_let_in(world, "ada", PASSWORD));
    start(world, 0xab);
    let text = said(world, &["export", "ada"], &[]);
    let export: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(export["id"], "1");
    assert_eq!(export["account"]["email"], "ada@example.org");
    assert_eq!(export["account"]["has_password"], true);
    assert_eq!(export["sessions"][0]["client"], "192.0.2.7");
    assert_eq!(
        export["sessions"][0]["started_at"],
        "1970-01-01T00:00:00.000000Z"
    );
    let audit = export["audit"].as_array().unwrap();
    assert!(audit.iter().any(|entry| entry["outcome"] == "granted"));
    for secret in ["argon2id", "abababab", "171,171", "digest"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

fn a_deleted_account_is_exported_by_its_id(world: &World) {
    register_verified(world, "ada");
    let export: Value = serde_json::from_str(&said(world, &["export", "--id", "1"], &[])).unwrap();
    assert_eq!(export["account"]["username"], "ada");
    let export: Value = serde_json::from_str(&said(world, &["export", "--id", "7"], &[])).unwrap();
    assert!(export["account"].is_null() && export["sessions"].as_array().unwrap().is_empty());
    let error = failed(world, &["export", "unknown"], &[]);
    assert!(error.contains("there is no account `unknown`"), "{error}");
}
