//! Looking into the log.

use super::{PASSWORD, WRONG_PASSWORD, login, register_verified, said};
use crate::log::{Entry, entries};
use crate::world::{World, on_each_database};

on_each_database!(
    each_filter_leaves_what_matches_and_they_go_together,
    an_entry_says_who_asked_from_where,
    the_log_is_a_table_for_people,
);

/// Two accounts, and sign-ins of all kinds.
fn play(world: &World) {
    register_verified(world, "ada");
    register_verified(world, "grace");
    assert_eq!(login(world, "ada", PASSWORD).0, Some(0));
    assert_eq!(login(world, "ada", WRONG_PASSWORD).0, Some(1));
    assert_eq!(login(world, "grace", WRONG_PASSWORD).0, Some(1));
    assert_eq!(login(world, "unknown", WRONG_PASSWORD).0, Some(1));
    let context = ["--client", "192.0.2.7", "--request-id", "night shift"];
    said(world, &[&context[..], &["deactivate", "ada"]].concat(), &[]);
}

fn each_filter_leaves_what_matches_and_they_go_together(world: &World) {
    play(world);
    let all = entries(world, &[]);
    let some = |filter: &[&str], matches: &dyn Fn(&Entry) -> bool| {
        let expected: Vec<_> = all.iter().filter(|entry| matches(entry)).cloned().collect();
        assert!(
            !expected.is_empty() && expected.len() < all.len(),
            "{filter:?}"
        );
        assert_eq!(entries(world, filter), expected, "{filter:?}");
    };
    let is_adas = |entry: &Entry| entry.account.as_deref() == Some("1");
    let is_wrong = |entry: &Entry| entry.outcome == "wrong_password";
    some(&["--user", "ada"], &is_adas);
    some(&["--user", "ada@example.org"], &is_adas);
    some(&["--id", "1"], &is_adas);
    some(&["--outcome", "wrong_password"], &is_wrong);
    some(
        &["--user", "ada", "--outcome", "wrong_password"],
        &|entry| is_adas(entry) && is_wrong(entry),
    );
    some(&["--signal", "user_authenticated"], &|entry| {
        entry.signal == "user_authenticated"
    });
    let since = &all[all.len() / 2].time;
    some(&["--since", since], &|entry| entry.time >= *since);
    let last = all[all.len() - 3].number;
    some(&["-n", "3"], &|entry| entry.number >= last);
    let wrong = all.iter().rfind(|entry| is_wrong(entry)).unwrap().number;
    some(&["--outcome", "wrong_password", "-n", "1"], &|entry| {
        entry.number == wrong
    });
    assert_eq!(entries(world, &["-n", "0"]), []);
    assert_eq!(entries(world, &["-n", "1000"]), all);
    assert_eq!(entries(world, &["--id", "99"]), []);
    assert_eq!(entries(world, &["--signal", "no_such_signal"]), []);
}

fn an_entry_says_who_asked_from_where(world: &World) {
    play(world);
    let last = entries(world, &["-n", "1"]).remove(0);
    assert_eq!(last.signal, "user_deactivated");
    assert_eq!(last.outcome, "done");
    assert_eq!(last.account.as_deref(), Some("1"));
    assert_eq!(last.by, None);
    assert_eq!(last.client.as_deref(), Some("192.0.2.7"));
    assert_eq!(last.request.as_deref(), Some("night shift"));
}

fn the_log_is_a_table_for_people(world: &World) {
    play(world);
    let table = said(world, &["audit"], &[]);
    let (header, rows) = table.split_once('\n').unwrap();
    let header: Vec<_> = header.split_whitespace().collect();
    let columns = [
        "TIME", "SIGNAL", "OUTCOME", "ACCOUNT", "BY", "CLIENT", "REQUEST",
    ];
    assert_eq!(header, columns);
    assert_eq!(rows.lines().count(), entries(world, &[]).len());
    let last: Vec<_> = rows.lines().last().unwrap().split_whitespace().collect();
    let expected = [
        "user_deactivated",
        "done",
        "1",
        "-",
        "192.0.2.7",
        "night",
        "shift",
    ];
    assert_eq!(last[1..], expected);
}
