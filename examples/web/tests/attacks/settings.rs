//! Settings with which passwords and cookies would cross the network as plain text.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Starts the program, and returns its exit code and its message.
///
/// # Panics
///
/// If it serves.
fn refusal(settings: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut program = Command::new(env!("CARGO_BIN_EXE_web"))
        .args(settings)
        .arg("--data")
        .arg(&data)
        .env_remove("WEB_MAIL")
        .env_remove("RUST_BACKTRACE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It ends, or says what it serves.
    let mut line = String::new();
    let stdout = program.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    if !line.is_empty() {
        program.kill().unwrap();
    }
    let ended = program.wait_with_output().unwrap();
    assert_eq!(line, "", "{settings:?}");
    assert!(!data.exists(), "{settings:?}");
    (
        ended.status.code(),
        String::from_utf8(ended.stderr).unwrap(),
    )
}

#[test]
fn the_program_refuses_a_listener_that_other_machines_reach() {
    let (code, message) = refusal(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(1), "{message}");
    let reason = "Error: other machines can reach 0.0.0.0:";
    let mend = ": put a proxy with TLS before it and name the site by `--url https://…`, or listen on 127.0.0.1\n";
    assert!(
        message.starts_with(reason) && message.ends_with(mend),
        "{message}"
    );
}

#[test]
fn the_program_refuses_a_site_without_tls() {
    for listener in ["127.0.0.1:0", "0.0.0.0:0"] {
        for url in ["http://example.org", "http://127.0.0.1:8080", "example.org"] {
            let (code, message) = refusal(&["--listen", listener, "--url", url]);
            let expected =
                "Error: `--url` is not https: write `https://accounts.example.org`\n".to_owned();
            assert_eq!((code, message), (Some(1), expected), "{listener} {url}");
        }
    }
}

#[test]
fn the_program_refuses_to_send_its_mail_password_unencrypted() {
    let (code, message) = refusal(&["--mail", "smtp://ada:hunter2@mail.example.org"]);
    let expected =
        "Error: `--mail` would send its password unencrypted: write `smtps://…`, or append \
                    `?tls=required`\n"
            .to_owned();
    assert_eq!((code, message), (Some(1), expected));
}
