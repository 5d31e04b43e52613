//! Mails that were written into a folder.

use std::fs;
use std::path::Path;

use lback_auth::TokenPurpose;

/// A file there.
pub(crate) struct Mail {
    /// The file's name.
    pub(crate) file: String,
    /// The address.
    pub(crate) to: String,
    /// The subject.
    pub(crate) subject: String,
    /// Its bodies, decoded.
    pub(crate) body: String,
    /// Whether it ends as one of several bodies does.
    pub(crate) is_whole: bool,
}

/// All of a folder, by their names; none, if there is no folder.
pub(crate) fn mails(folder: &Path) -> Vec<Mail> {
    let Ok(files) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut mails: Vec<_> = files
        .map(|file| Mail::read(&file.unwrap().path()))
        .collect();
    mails.sort_by(|one, other| one.file.cmp(&other.file));
    mails
}

impl Mail {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let header = |name: &str| {
            let values = head.lines().filter_map(|line| line.strip_prefix(name));
            values.collect::<String>()
        };
        Self {
            file: path.file_name().unwrap().to_string_lossy().into_owned(),
            to: header("To: "),
            subject: header("Subject: "),
            body: decoded(body),
            is_whole: text.ends_with("--\r\n"),
        }
    }

    /// The token in it, by the words before it.
    pub(crate) fn token(&self) -> Option<(TokenPurpose, &str)> {
        [
            (TokenPurpose::EmailVerification, "accounts verify -- "),
            (
                TokenPurpose::PasswordReset,
                "token, and for the new password:",
            ),
            (TokenPurpose::EmailChange, "accounts change-email --token "),
        ]
        .into_iter()
        .find_map(|(purpose, words)| {
            let (_, after) = self.body.split_once(words)?;
            let after = after.trim_start();
            let is_of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let end = after.find(|c| !is_of_token(c)).unwrap_or(after.len());
            Some((purpose, &after[..end]))
        })
    }
}

/// Undoes quoted-printable.
fn decoded(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part
            .get(..2)
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => bytes.push(byte),
            None => bytes.push(b'='),
        }
        let rest = if code.is_some() { &part[2..] } else { part };
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
