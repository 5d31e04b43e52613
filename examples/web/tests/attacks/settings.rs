//! Settings with which passwords and cookies would cross the network as plain text, or the site would not work as its
//! operator means.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Starts the program with a folder of data that does not exist, and returns its exit code and its message.
///
/// # Panics
///
/// If the program serves, or creates the folder.
fn refusal(settings: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let refused = refusal_with_folder(settings, &data);
    assert!(!data.exists(), "{settings:?}");
    refused
}

/// Starts the program with this folder of data, and returns its exit code and its message.
fn refusal_with_folder(settings: &[&str], data: &Path) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_web"))
        .args(settings)
        .arg("--data")
        .arg(data)
        .env_remove("WEB_MAIL")
        .env_remove("RUST_BACKTRACE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program ends, or prints that it serves.
    let mut line = String::new();
    let stdout = program.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    if !line.is_empty() {
        program.kill().unwrap();
    }
    let ended = program.wait_with_output().unwrap();
    assert_eq!(line, "", "{settings:?}");
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
    let (code, message) = refusal(&[
        "--mail",
        "smtp://ada:hunter2@mail.example.org",
        "--mail-from",
        "accounts@example.org",
    ]);
    let expected =
        "Error: `--mail` would send its password unencrypted: write `smtps://…`, or append \
                    `?tls=required`\n"
            .to_owned();
    assert_eq!((code, message), (Some(1), expected));
}

#[test]
fn the_program_refuses_a_mail_server_without_a_sender_or_a_password() {
    let server = "smtps://ada:hunter2@mail.example.org";
    let expected = "Error: `--mail` needs a sender: write `--mail-from accounts@example.org`\n";
    assert_eq!(
        refusal(&["--listen", "127.0.0.1:0", "--mail", server]),
        (Some(1), expected.to_owned())
    );

    let server = "smtps://ada@mail.example.org";
    let settings = [
        "--listen",
        "127.0.0.1:0",
        "--mail",
        server,
        "--mail-from",
        "accounts@example.org",
    ];
    let expected = "Error: `--mail` is no mail server: write `smtps://USER:PASSWORD@HOST`\n";
    assert_eq!(refusal(&settings), (Some(1), expected.to_owned()));
}

/// All users would share the count of the proxy otherwise, or choose the address that counts.
#[test]
fn the_program_refuses_a_number_of_proxies_that_does_not_match_the_url() {
    let (code, message) = refusal(&[
        "--listen",
        "127.0.0.1:0",
        "--url",
        "https://accounts.example.org",
    ]);
    let expected = "Error: `--url` needs the number of proxies that append to `X-Forwarded-For`: write \
                    `--trusted-proxies 1` for one proxy, or `--trusted-proxies 0` for none\n";
    assert_eq!((code, &*message), (Some(1), expected));

    let (code, message) = refusal(&["--listen", "127.0.0.1:0", "--trusted-proxies", "1"]);
    let expected = "Error: `--trusted-proxies` without `--url`: name the site by `--url https://…`, or remove \
                    `--trusted-proxies`\n";
    assert_eq!((code, &*message), (Some(1), expected));
}

#[cfg(unix)]
#[test]
fn the_program_refuses_a_folder_that_other_users_can_open() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let shown = data.display();
    let expected =
        format!("Error: other users have access to the folder {shown}: run `chmod 700 {shown}`\n");
    for mode in [0o755, 0o750, 0o701, 0o770] {
        fs::set_permissions(&data, Permissions::from_mode(mode)).unwrap();
        let refused = refusal_with_folder(&["--listen", "127.0.0.1:0"], &data);
        assert_eq!(refused, (Some(1), expected.clone()), "{mode:o}");
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "{mode:o}");
    }
}
