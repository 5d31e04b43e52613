//! The mails that the program has written into its folder, for a first try without a mail server.
//!
//! The path of their page has a secret, which the program prints at its start: other users of the machine, and a proxy that
//! forwards requests of other machines, can reach the listener.

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::REFERRER_POLICY;
use axum::response::{IntoResponse, Response};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::error::AppError;
use crate::page::{Frame, page};

const MAX_MAILS: usize = 20;

/// The page of the mails.
pub(crate) struct MailsPage {
    folder: PathBuf,
    path: String,
}

impl MailsPage {
    /// Creates the page of a folder, at a path with a new secret of 128 bits.
    pub(crate) fn new(folder: PathBuf) -> Result<Self, getrandom::Error> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret)?;
        Ok(Self {
            folder,
            path: format!("/mails/{:032x}", u128::from_ne_bytes(secret)),
        })
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

struct Mail {
    to: String,
    subject: String,
    text: String,
    /// The path of the link.
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsTemplate {
    frame: Frame,
    mails_shown: Vec<Mail>,
}

pub(super) async fn show(State(app): State<App>, frame: Frame) -> Result<Response, AppError> {
    let mails = app.mails.as_ref().ok_or(AppError::NotFound)?;
    let folder = mails.folder.clone();
    let origin = app.origin.to_string();
    let read = spawn_blocking(move || read(&folder, &origin)).await;
    let mails_shown = read.map_err(std::io::Error::other)??;
    let shown = page(StatusCode::OK, &MailsTemplate { frame, mails_shown });
    // The URL contains the secret.
    Ok(([(REFERRER_POLICY, "no-referrer")], shown).into_response())
}

/// Reads the last mails of a folder, newest first.
fn read(folder: &Path, origin: &str) -> std::io::Result<Vec<Mail>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "eml") {
            files.push(path);
        }
    }
    files.sort();
    let last = files.iter().rev().take(MAX_MAILS);
    last.map(|file| Ok(parse(&fs::read_to_string(file)?, origin)))
        .collect()
}

/// Reads a mail of this program, whose text is not encoded.
fn parse(mail: &str, origin: &str) -> Mail {
    let (head, text) = mail.split_once("\r\n\r\n").unwrap_or((mail, ""));
    let header = |name| {
        head.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default()
            .to_owned()
    };
    // Relative, so that it also works where the browser has another name for this machine.
    let link = text.lines().find_map(|line| line.strip_prefix(origin));
    Mail {
        to: header("To: "),
        subject: header("Subject: "),
        text: text.trim().to_owned(),
        link: link.filter(|it| it.starts_with('/')).map(str::to_owned),
    }
}
