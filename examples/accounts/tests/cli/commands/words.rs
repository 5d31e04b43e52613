//! Help, versions and completions.

use std::collections::BTreeSet;
use std::process::Command;

use super::said;
use crate::calls::fed;
use crate::world::World;

const COMMANDS: [&str; 19] = [
    "register",
    "verify",
    "login",
    "passwd",
    "reset",
    "change-email",
    "deactivate",
    "end-session",
    "export",
    "reactivate",
    "import",
    "purge",
    "work",
    "durable",
    "list",
    "audit",
    "sessions",
    "wiring",
    "completions",
];

#[test]
fn each_command_has_its_help() {
    let world = World::sqlite();
    let help = said(&world, &["--help"], &[]);
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let listed: BTreeSet<_> = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut expected = BTreeSet::from(COMMANDS);
    expected.insert("help");
    assert_eq!(listed, expected);
    for command in COMMANDS {
        let help = said(&world, &[command, "--help"], &[]);
        assert!(
            help.contains(&format!("Usage: accounts {command}")),
            "{help}"
        );
        assert_eq!(said(&world, &["help", command], &[]), help);
    }
    let import = said(&world, &["import", "lback", "--help"], &[]);
    assert!(import.contains("--keep-tokens"), "{import}");
}

#[test]
fn no_command_is_a_mistake_and_the_help_is_shown() {
    let output = World::sqlite().run(&[], &[]);
    assert_eq!(output.status.code(), Some(2));
    let help = String::from_utf8(output.stderr).unwrap();
    assert!(
        help.contains("Usage: accounts [OPTIONS] <COMMAND>"),
        "{help}"
    );
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = said(&World::sqlite(), &["--version"], &[]);
    assert_eq!(version, format!("accounts {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn passwords_of_the_environment_are_not_in_the_help() {
    let mut call = crate::program::accounts();
    call.arg("--help")
        .env("ACCOUNTS_DATABASE", "postgres://ada:hunter2@localhost/shop")
        .env("ACCOUNTS_MAIL", "smtp://ada:hunter2@localhost");
    let output = fed(call, b"");
    assert!(output.status.success());
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .contains("hunter2")
    );
}

#[test]
fn each_shell_has_completions() {
    let world = World::sqlite();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = said(&world, &["completions", shell], &[]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
    let script = said(&world, &["completions", "bash"], &[]);
    let mut bash = Command::new("bash");
    bash.arg("-n");
    let output = fed(bash, script.as_bytes());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && error.is_empty(), "{error}");
}

#[test]
fn a_shell_completes_the_commands() {
    let world = World::sqlite();
    let script = said(&world, &["completions", "bash"], &[]);
    // The calls of bash when the tabulator is pressed behind `accounts re`.
    let press = "\nCOMP_WORDS=(accounts re) COMP_CWORD=1\n_accounts accounts re accounts\n\
        printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile"]);
    let output = fed(bash, (script + press).as_bytes());
    let completed = String::from_utf8(output.stdout).unwrap();
    let completed: BTreeSet<_> = completed.lines().collect();
    assert_eq!(
        completed,
        BTreeSet::from(["reactivate", "register", "reset"])
    );
}
