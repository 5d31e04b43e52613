//! The mails that the program has written into its folder, for a first try without a mail server.

use std::fs;
use std::path::Path;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::error::AppError;
use crate::page::{Frame, page};

const MAX_MAILS: usize = 20;

struct Mail {
    to: String,
    subject: String,
    text: String,
    /// The path of the link.
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    frame: Frame,
    mails_shown: Vec<Mail>,
}

pub(super) async fn show(State(app): State<App>, frame: Frame) -> Result<Response, AppError> {
    let folder = app.mails.clone().ok_or(AppError::NotFound)?;
    let origin = app.origin.to_string();
    let read = spawn_blocking(move || read(&folder, &origin)).await;
    let mails_shown = read.map_err(std::io::Error::other)??;
    Ok(page(StatusCode::OK, &MailsPage { frame, mails_shown }))
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
