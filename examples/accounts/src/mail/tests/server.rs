//! Mails that go to a server, or do not.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::message::Kind;
use super::super::{Mailer, Unsent};
use super::{LONG, mail, token};

pub(super) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A server for one connection, which returns all that it was sent. Its answers are the default
/// unless `answer` has another for a line; the end of a mail is the line `.`.
async fn serve(
    mut answer: impl FnMut(&str) -> Option<String> + Send + 'static,
) -> (String, JoinHandle<String>) {
    let (listener, url) = listen().await;
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        let (mut told, mut is_in_mail) = (String::new(), false);
        writing
            .write_all(b"220 mail.example.org\r\n")
            .await
            .unwrap();
        while let Some(line) = lines.next_line().await.unwrap() {
            told.push_str(&line);
            told.push('\n');
            let given = answer(&line);
            if is_in_mail && line != "." {
                continue;
            }
            is_in_mail = line == "DATA";
            let default = if is_in_mail {
                "354 go on"
            } else {
                "250 it is so"
            };
            let answer = given.unwrap_or_else(|| default.to_owned());
            writing
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .unwrap();
            if line == "QUIT" {
                break;
            }
        }
        told
    });
    (url, serving)
}

async fn send_to(url: &str, kind: Kind) -> Result<(), Unsent> {
    let mailer = Mailer::with_patience(url, "accounts@example.org", LONG).unwrap();
    let sent = mailer.send(mail(kind, "ada", &token())).await;
    let unsent = mailer.unsent.lock().unwrap();
    let unsent: Vec<_> = unsent.iter().map(ToString::to_string).collect();
    let expected = sent.as_ref().err().map(ToString::to_string);
    assert_eq!(unsent, Vec::from_iter(expected));
    sent
}

#[tokio::test]
async fn a_server_gets_a_mail() {
    let (url, serving) = serve(|_| None).await;
    send_to(&url, Kind::PasswordReset).await.unwrap();
    let told = serving.await.unwrap();
    for line in [
        "MAIL FROM:<accounts@example.org>",
        "RCPT TO:<ada@example.org>",
        "Subject: Reset your password",
        "Content-Type: text/html; charset=utf-8",
    ] {
        assert!(
            told.contains(&format!("{line}\n")),
            "{line} is not in {told}"
        );
    }
    assert!(told.contains("\n  accounts reset --token "), "{told}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_reported() {
    let (listener, url) = listen().await;
    drop(listener);
    let said = send_to(&url, Kind::EmailChange)
        .await
        .unwrap_err()
        .to_string();
    let (_, address) = url.split_once("//").unwrap();
    let expected = format!(
        "the address change mail to ada@example.org was not sent: \
         the mail server {address} did not take it: "
    );
    assert!(said.starts_with(&expected), "{said}");
    assert_eq!(
        said.matches("Connection refused (os error ").count(),
        1,
        "{said}"
    );
}

#[tokio::test]
async fn a_server_that_knows_no_recipient_is_reported() {
    let refuse = |line: &str| {
        line.starts_with("RCPT")
            .then(|| "550 no such\u{7} user".to_owned())
    };
    let (url, serving) = serve(refuse).await;
    let said = send_to(&url, Kind::PasswordReset)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("permanent error (550): no such\\u{7} user"),
        "{said}"
    );
    assert!(!serving.await.unwrap().contains("Subject"));
}

#[tokio::test]
async fn a_server_that_answers_with_the_token_is_reported_without_it() {
    let mut seen = None;
    let repeat = move |line: &str| {
        if let Some(command) = line.strip_prefix("  ").filter(|it| it.contains("accounts")) {
            seen = Some(command.to_owned());
        }
        (line == ".").then(|| format!("554 we take no {}", seen.as_deref().unwrap_or("mails")))
    };
    let (url, serving) = serve(repeat).await;
    let said = send_to(&url, Kind::Verification)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("the server answered 554, with a secret in words that are not shown"),
        "{said}"
    );
    assert!(!said.contains("we take no"), "{said}");
    serving.await.unwrap();
}

#[tokio::test]
async fn a_server_that_answers_with_the_password_is_reported_without_it() {
    let repeat = |line: &str| {
        if line.starts_with("EHLO") {
            return Some("250-mail.example.org\r\n250 AUTH PLAIN".to_owned());
        }
        let told = line.strip_prefix("AUTH PLAIN ")?;
        Some(format!("535 bad credentials for {told}"))
    };
    let (url, serving) = serve(repeat).await;
    let url = url.replace("//", "//ada:hunter2@");
    let said = send_to(&url, Kind::Verification)
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("the server answered 535, "), "{said}");
    assert!(!said.contains("bad credentials"), "{said}");
    serving.await.unwrap();
}

#[tokio::test]
async fn a_server_that_never_answers_is_reported() {
    let (listener, url) = listen().await;
    let patience = Duration::from_millis(20);
    let (_, address) = url.split_once("//").unwrap();
    let url = format!("smtp://ada:hunter2@{address}");
    let mailer = Mailer::with_patience(&url, "accounts@example.org", patience).unwrap();
    let sent = mailer
        .send(mail(Kind::PasswordChanged, "ada", &token()))
        .await;
    assert_eq!(
        sent.unwrap_err().to_string(),
        "the notice of a new password to ada@example.org was not sent: \
         the mail server ADDRESS did not take it: it took longer than 20ms"
            .replace("ADDRESS", address),
    );
    drop(listener);
}
