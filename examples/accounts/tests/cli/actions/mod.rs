//! A day's worth of use: many generated actions, and an audit log that has them one to one.

mod action;
mod attempts;
mod flows;
mod generator;
mod model;
mod passwords;
mod planned;

use std::collections::BTreeSet;
use std::fs;

use rusqlite::Connection;
use test_support::rounds;

use self::action::{Action, Call};
use self::generator::Generator;
use self::model::{Model, Predicted};
use crate::log::{Entry, entries};
use crate::mails::mails;
use crate::random::Random;
use crate::world::World;

/// So many bring about each kind of action.
const ALL_ACTIONS: u32 = 2_000;

const SEED: u64 = 20_261_125;

#[test]
fn generated_actions_are_in_the_log_one_to_one() {
    let actions = rounds(ALL_ACTIONS);
    println!("{actions} actions of seed {SEED}");
    let world = World::sqlite();
    let mut model = Model::default();
    let mut generator = Generator::new(Random::new(SEED));
    let mut expected = Vec::new();
    let mut seen = BTreeSet::new();
    for number in 0..actions {
        let call = generator.next(&model);
        let request = format!("action-{number}");
        let predicted = model.apply(&call.action);
        perform(&world, &call, &request, &predicted, &mut model);
        for (signal, outcome, account) in &predicted.entries {
            expected.push(Entry {
                number: expected.len() as u64 + 1,
                time: String::new(),
                signal: (*signal).to_owned(),
                outcome: (*outcome).to_owned(),
                account: account.map(|id| id.to_string()),
                by: None,
                client: call.client.clone(),
                request: Some(request.clone()),
            });
        }
        seen.insert(predicted.label);
    }

    let mut logged = entries(&world, &[]);
    for entry in &mut logged {
        // No model foresees it.
        entry.time.clear();
    }
    for (logged, expected) in logged.iter().zip(&expected) {
        assert_eq!(logged, expected);
    }
    assert_eq!(logged.len(), expected.len());
    let not_seen: Vec<_> = model::LABELS
        .iter()
        .filter(|label| !seen.contains(*label))
        .collect();
    assert!(
        actions < ALL_ACTIONS || not_seen.is_empty(),
        "none of the actions was: {not_seen:?}"
    );
}

/// Makes the call, and compares what it comes to: the exit code and the mail.
fn perform(world: &World, call: &Call, request: &str, predicted: &Predicted, model: &mut Model) {
    let (arguments, lines) = (call.arguments(request), call.action.lines());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let output = world.run(&arguments, &lines);
    let what = format!("{request}, {}", predicted.label);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(predicted.code),
        "{what}: {stderr}"
    );
    if let Action::List = call.action {
        let listed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(listed.lines().count(), model.accounts.len(), "{what}");
    }

    let folder = world.folder().join("mails");
    let mut found = mails(&folder);
    let mail = found.pop();
    assert!(found.is_empty(), "{what}: more than one mail");
    let sent = mail.as_ref().map(|mail| (kind_of(&mail.file), &*mail.to));
    let wanted = predicted.mail.as_ref();
    assert_eq!(
        sent,
        wanted.map(|(kind, to)| (*kind, to.as_str())),
        "{what}"
    );
    if let Some(mail) = mail {
        fs::remove_file(folder.join(&mail.file)).unwrap();
        if let Some((purpose, token)) = mail.token() {
            model.mailed(purpose, token, &mail.to, predicted);
        }
    }
    if predicted.begins_wait {
        make_last(world);
    }
}

/// The kind of a mail: its file's name begins with the time.
fn kind_of(file: &str) -> &str {
    let kind = file.split_once('-').map(|(_, kind)| kind);
    kind.and_then(|kind| kind.strip_suffix(".eml"))
        .unwrap_or(file)
}

/// Makes the wait that was begun last so long that it does not end in this test, however slow the
/// machine is: the first would take a second. One that lasts for days is believed to come of a clock
/// that was wrong.
fn make_last(world: &World) {
    let database = Connection::open(world.folder().join("accounts.db")).unwrap();
    let long = "20 * 60 * 60 * 1000000"; // In microseconds.
    let made = database.execute(
        &format!(
            "UPDATE lback_attempt SET not_before = not_before + {long} WHERE not_before = \
             (SELECT max(not_before) FROM lback_attempt \
              WHERE not_before < unixepoch() * 1000000 + {long} / 2)"
        ),
        [],
    );
    assert_eq!(made.unwrap(), 1);
}
