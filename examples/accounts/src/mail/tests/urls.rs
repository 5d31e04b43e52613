//! Values of `--mail` and `--mail-from`.

use super::super::Mailer;

const FROM: &str = "accounts@localhost";

fn refused(to: &str, from: &str) -> String {
    match Mailer::new(to, from) {
        Ok(_) => panic!("{to} and {from} are taken"),
        Err(error) => format!("{error:#} {error:?}"),
    }
}

#[test]
fn folders_and_servers_are_taken() {
    for to in [
        "mails",
        "/var/mail/accounts",
        "smtp://localhost:2525",
        "smtp://mail.example.org",
        "smtp://ada:hunter2@localhost:2525",
        "smtp://ada:hunter2@127.0.0.1:2525",
        "smtp://ada:hunter2@[::1]:2525",
        "smtps://ada:hunter2@mail.example.org",
        "SMTP://ada:hunter2@mail.example.org:587?tls=required",
    ] {
        for from in [FROM, "Accounts <accounts@example.org>"] {
            assert!(Mailer::new(to, from).is_ok(), "{to}, {from}");
        }
    }
}

#[test]
fn errors_name_refused_urls_without_their_password() {
    for to in [
        "",
        "http://ada:hunter2@example.org",
        "hunter2://example.org",
        "smtp://ada:hunter2@",
        "smtp://ada:hunter2@mail.example.org:hunter2",
        "smtp://ada:hunter2/@mail.example.org",
        "smtp://ada:1?tls=hunter2@mail.example.org",
        "smtp://ada:hunter2@mail.example.org?tls=hunter2",
        "smtp://ada:25/hunter2@mail.example.org",
        "smtp://ada:25#hunter2@mail.example.org",
        "smtp:ada:hunter2@mail.example.org",
        // Unencrypted.
        "smtp://ada:hunter2@mail.example.org",
        "smtp://ada:hunter2@127.0.0.1.example.org",
        "smtp://ada:hunter2@mail.example.org?tls=opportunistic",
        "smtp://ada:hunter2@mail.example.org?tls=opportunistic&tls=required",
        "SMTPS:ada:hunter2@mail.example.org",
    ] {
        let said = refused(to, FROM);
        assert!(said.starts_with("`--mail` cannot be used: it"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn the_sender_of_mails_is_an_address() {
    for from in [
        "",
        "accounts",
        "accounts@",
        "accounts@localhost\r\nBcc: ada@example.org",
    ] {
        let said = refused("mails", from);
        assert!(
            said.starts_with("`--mail-from` is no address: write "),
            "{said}"
        );
    }
}
