//! Calls that are made in other ways than [`World::run`](crate::world::World::run) does.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The output of a call that is given this on standard input.
pub(crate) fn fed(mut call: Command, input: &[u8]) -> Output {
    let call = call
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = call.spawn().unwrap();
    // One that reads nothing may have ended by now.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// A call that is made by a script of the shell, as `"$@"`.
pub(crate) fn in_shell(script: &str, call: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", script, "sh"])
        .arg(call.get_program())
        .args(call.get_args());
    if let Some(folder) = call.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in call.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}
