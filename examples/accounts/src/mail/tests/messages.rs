//! The contents of mails.

use std::sync::LazyLock;

use clap::Parser;
use lback_auth::User;
use minijinja::HtmlEscape;
use proptest::prelude::*;

use super::super::super::cli::Cli;
use super::super::super::output::shown;
use super::super::message::{Kind, Mail, Templates};
use super::{KINDS, mail, token, user};

const HOSTILE: [&str; 9] = [
    "ada\r\nBcc: everybody@example.org\r\n\r\nBuy",
    "<script>alert(1)</script><img src=https://example.org>",
    "{{ token }}{% include \"layout.html\" %}{# ",
    "\u{202E}gro.elpmaxe\u{2066}",
    "a\u{200B}d\u{AD}a\u{2060}\u{FEFF}\u{E0041}",
    "\u{1B}[2J\u{1B}]0;ada\u{7}\u{9B}31m",
    "one\u{2028}two\u{2029}three\u{85}four\u{B}five\0six",
    "\" onclick='alert(1)' &amp; &#60;b>",
    "=?utf-8?q?ada?=, <ada@example.com>",
];

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::new().unwrap());

fn formatted(mail: &Mail) -> String {
    let from = "Accounts <accounts@example.org>".parse().unwrap();
    let message = Templates::new().unwrap().message(mail, &from).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

#[test]
fn each_kind_says_who_and_what_in_all_its_parts() {
    let (templates, token) = (Templates::new().unwrap(), token());
    for kind in KINDS {
        let mail = mail(kind, "ada lovelace", &token);
        let parts = templates.parts(&mail).unwrap();
        assert!(!parts.subject.is_empty() && !parts.subject.contains('\n'));
        assert!(!parts.subject.contains(token.expose()), "{kind:?}");
        assert!(parts.html.contains(&format!(
            "<h1 style=\"font-size: 20px\">{}</h1>",
            parts.subject
        )));
        for text in [&parts.text, &parts.html] {
            assert!(text.contains("ada lovelace"), "{kind:?}: {text}");
            assert!(text.contains("If it was not you"), "{kind:?}: {text}");
            assert_eq!(
                text.contains(token.expose()),
                mail.token.is_some(),
                "{kind:?}"
            );
        }
        assert!(
            !parts.text.contains('<') && !parts.html.contains("http"),
            "{kind:?}"
        );
    }
}

#[test]
fn a_mail_has_its_headers_and_both_parts() {
    let text = formatted(&mail(Kind::Verification, "ada", &token()));
    for line in [
        "From: Accounts <accounts@example.org>",
        "To: ada@example.org",
        "Subject: Verify your address",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
    ] {
        assert!(
            text.contains(&format!("{line}\r\n")),
            "{line} is not in {text}"
        );
    }
    for start in [
        "Message-ID: <",
        "Date: ",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(
            text.contains(&format!("\r\n{start}")),
            "{start} is not in {text}"
        );
    }
}

#[test]
fn a_token_is_in_the_file_as_it_is() {
    let (templates, token) = (Templates::new().unwrap(), token());
    for kind in KINDS {
        let mail = mail(kind, "ada", &token);
        let whole = templates.parts(&mail).unwrap().text.replace('\n', "\r\n");
        assert!(formatted(&mail).contains(&whole), "{whole}");
    }
    for name in ["ada", "\u{5D0}", "="].map(|name| name.repeat(150)) {
        for kind in KINDS {
            let mail = mail(kind, &name, &token);
            let text = formatted(&mail);
            let parts = templates.parts(&mail).unwrap();
            for line in parts
                .text
                .lines()
                .filter(|line| line.contains(token.expose()))
            {
                assert!(
                    text.contains(&format!("\r\n{line}\r\n")),
                    "{line} is not in {text}"
                );
            }
        }
    }
}

#[test]
fn the_command_line_takes_the_commands_in_mails() {
    // An option, if it is taken for one.
    let token = std::iter::repeat_with(token)
        .find(|token| token.expose().starts_with('-'))
        .unwrap();
    let templates = Templates::new().unwrap();
    let mut commands = 0;
    for kind in KINDS {
        let parts = templates.parts(&mail(kind, "ada", &token)).unwrap();
        for command in parts
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("  accounts "))
        {
            assert!(
                parts.html.contains(&format!(">accounts {command}</code>")),
                "{kind:?}"
            );
            let words = ["accounts"].into_iter().chain(command.split(' '));
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{kind:?}: {error}");
            }
            commands += 1;
        }
    }
    assert_eq!(commands, 4);
}

#[test]
fn a_name_does_no_harm_to_a_text() {
    let (templates, token) = (Templates::new().unwrap(), token());
    for kind in KINDS {
        let harmless = templates.parts(&mail(kind, "HARMLESS", &token)).unwrap();
        for name in HOSTILE {
            let parts = templates.parts(&mail(kind, name, &token)).unwrap();
            let shown = shown(name);
            assert_eq!(parts.subject, harmless.subject);
            assert_eq!(parts.text, harmless.text.replace("HARMLESS", &shown));
            let escaped = HtmlEscape(&shown).to_string();
            assert_eq!(parts.html, harmless.html.replace("HARMLESS", &escaped));
            assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
            let unseen = [
                '\u{1B}',
                '\u{202E}',
                '\u{2028}',
                '\u{200B}',
                '\u{AD}',
                '\u{E0041}',
            ];
            assert!(!parts.text.contains(unseen), "{:?}", parts.text);
        }
    }
}

#[test]
fn a_name_adds_no_header() {
    let names = |text: &str| {
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        let lines = headers
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']));
        let names = lines.map(|line| line.split_once(':').unwrap().0.to_owned());
        names.collect::<Vec<_>>()
    };
    let token = token();
    let harmless = names(&formatted(&mail(Kind::PasswordReset, "ada", &token)));
    assert_eq!(harmless.len(), 8, "{harmless:?}");
    for name in HOSTILE {
        let text = formatted(&mail(Kind::PasswordReset, name, &token));
        assert_eq!(names(&text), harmless);
        assert!(!text.contains("\nBcc"), "{text}");
    }
}

#[test]
fn an_address_that_is_none_is_an_error() {
    let templates = Templates::new().unwrap();
    let from = "accounts@example.org".parse().unwrap();
    for to in [
        "",
        "ada",
        "ada@",
        "ada lovelace@example.org",
        "ada@example.org\r\nBcc: everybody@example.org",
        "\"ada\r\nBcc: everybody\"@example.org",
        "ada@example.org>\u{85}<everybody@example.org",
        "Ada <ada@example.org>",
        "ada@example.org, everybody@example.org",
    ] {
        let mail = Mail::new(Kind::PasswordChanged, &user("ada"), to);
        let Err(error) = templates.message(&mail, &from) else {
            panic!("{to:?} was taken");
        };
        assert!(error.to_string().contains("address"), "{error:#}");
    }
}

/// Parts of addresses, many of which are valid.
fn address() -> impl Strategy<Value = String> {
    let part = || {
        prop_oneof![
            3 => "[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,8}",
            1 => "[ -~]{1,8}",
            1 => r#""[ -~]{0,6}""#,
            1 => r"\PC{1,4}",
            1 => any::<String>(),
        ]
    };
    let domain = prop_oneof![2 => r"[a-zäßλ字]{1,6}(\.[a-z0-9]{1,5}){0,2}", 1 => part()];
    (part(), domain).prop_map(|(local_part, domain)| format!("{local_part}@{domain}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::rounds(40_000)))]

    #[test]
    fn there_is_a_mail_for_each_address_that_an_account_can_have(to in address()) {
        // More than a third of them are valid.
        if User::new("ada", &to).is_err() {
            return Ok(());
        }
        let from = "accounts@example.org".parse().unwrap();
        let mail = Mail::new(Kind::PasswordChanged, &user("ada"), &to);
        let message = TEMPLATES.message(&mail, &from);
        prop_assert!(message.is_ok(), "{:?}", message.err());
        let message = message.unwrap();
        let to_whom: Vec<_> = message.envelope().to().iter().map(ToString::to_string).collect();
        prop_assert_eq!(to_whom, [to]);
    }
}

#[test]
fn an_account_can_have_no_address_without_a_mail() {
    for to in [
        "\"a,b\"@x.example",
        "\"<b>\"@a.example",
        "\"ada\"@example.org",
        "\"a b\"@example.org",
        "\"a@b\"@example.org",
    ] {
        assert!(User::new("ada", to).is_err(), "{to}");
    }
}

#[test]
fn a_missing_value_of_a_template_is_an_error() {
    let mail = Mail::new(Kind::Verification, &user("ada"), "ada@example.org");
    let error = Templates::new().unwrap().parts(&mail).err().unwrap();
    assert!(error.to_string().contains("undefined"), "{error:#}");
}
