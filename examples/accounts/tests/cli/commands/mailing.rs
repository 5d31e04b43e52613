//! Mails that do not go out.

use std::net::TcpListener;

use super::{PASSWORD, last_token, register_verified, said, sent};
use crate::world::{World, on_each_database};

on_each_database!(
    an_account_is_there_whose_mail_is_not_out_and_another_can_be_had,
    an_unsent_mail_can_be_requested_again,
    a_notice_that_is_not_out_does_not_undo_what_it_tells_of,
);

/// A mail server that is not there.
fn no_server() -> String {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The warning of a call whose mail is not sent.
fn warned(world: &World, arguments: &[&str], lines: &[&str]) -> String {
    let server = no_server();
    let url = format!("smtp://ada:hunter2@{server}");
    let output = world.run(&[&["--mail", &url], arguments].concat(), lines);
    let warning = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{warning}");
    assert!(warning.starts_with("warning: "), "{warning}");
    assert!(warning.contains(&format!("the mail server {server} ")));
    assert_eq!(warning.matches("\nhint: `--mail` says ").count(), 1);
    assert!(!warning.contains("hunter2"), "{warning}");
    warning
}

fn an_account_is_there_whose_mail_is_not_out_and_another_can_be_had(world: &World) {
    let register = ["register", "ada", "ada@example.org"];
    let warning = warned(world, &register, &[PASSWORD]);
    let expected = "the verification mail to ada@example.org was not sent";
    assert!(warning.contains(expected), "{warning}");
    let advice = "`accounts verify --again ada@example.org` sends another";
    assert!(warning.contains(advice), "{warning}");
    assert!(said(world, &["list"], &[]).contains("ada@example.org"));
    assert!(sent(world).is_empty());

    said(world, &["verify", "--again", "ada@example.org"], &[]);
    said(world, &["verify", "--", &last_token(world)], &[]);
}

fn an_unsent_mail_can_be_requested_again(world: &World) {
    register_verified(world, "ada");
    for (arguments, advice) in [
        (
            &["reset", "ada@example.org"][..],
            "`accounts reset ada@example.org` sends another",
        ),
        (
            &["change-email", "ada", "countess@example.org"],
            "`accounts change-email` sends another",
        ),
    ] {
        let mails = sent(world).len();
        let warning = warned(world, arguments, &[]);
        assert!(warning.contains(advice), "{warning}");
        said(world, arguments, &[]);
        assert_eq!(sent(world).len(), mails + 1);
    }
}

fn a_notice_that_is_not_out_does_not_undo_what_it_tells_of(world: &World) {
    register_verified(world, "ada");
    let server = format!("smtp://{}", no_server());
    let passwd = ["--mail", &server, "passwd", "ada"];
    let output = world.run(&passwd, &[PASSWORD, super::NEW_PASSWORD]);
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(
        warning.contains("the password is changed all the same"),
        "{warning}"
    );
    assert!(super::is_let_in(world, "ada", super::NEW_PASSWORD));
}
