//! One call of the program, and what may come of it.

use lback_auth::TokenPurpose;

/// A command, and the name of the account.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) account: String,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Register { email: String, password: String },
    SignIn { password: String },
    Verify { token: String },
    ChangePassword { old: String, new: String },
    AskForReset { email: String },
    Reset { token: String, new: String },
    AskForEmail { email: String },
    ChangeEmail { token: String, email: String },
}

impl Call {
    pub(super) fn new(account: &str, what: What) -> Self {
        let account = account.to_owned();
        Self { account, what }
    }

    pub(super) fn register(account: &str, password: &str) -> Self {
        let what = What::Register {
            email: format!("{account}@example.org"),
            password: password.to_owned(),
        };
        Self::new(account, what)
    }

    pub(super) fn sign_in(account: &str, password: &str) -> Self {
        let password = password.to_owned();
        Self::new(account, What::SignIn { password })
    }

    pub(super) fn arguments(&self) -> Vec<String> {
        let account = &self.account;
        let arguments = match &self.what {
            What::Register { email, .. } => vec!["register", account, email],
            What::SignIn { .. } => vec!["login", account],
            What::Verify { token } => vec!["verify", "--", token],
            What::ChangePassword { .. } => vec!["passwd", account],
            What::AskForReset { email } => vec!["reset", email],
            What::Reset { token, .. } => return vec!["reset".into(), format!("--token={token}")],
            What::AskForEmail { email } => vec!["change-email", account, email],
            What::ChangeEmail { token, .. } => {
                return vec!["change-email".into(), format!("--token={token}")];
            }
        };
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// The lines that it reads.
    pub(super) fn lines(&self) -> Vec<&str> {
        match &self.what {
            What::Register { password, .. } | What::SignIn { password } => vec![password],
            What::ChangePassword { old, new } => vec![old, new],
            What::Reset { new, .. } => vec![new],
            _ => Vec::new(),
        }
    }

    pub(super) fn token(&self) -> Option<(TokenPurpose, &str)> {
        match &self.what {
            What::Verify { token } => Some((TokenPurpose::EmailVerification, token)),
            What::Reset { token, .. } => Some((TokenPurpose::PasswordReset, token)),
            What::ChangeEmail { token, .. } => Some((TokenPurpose::EmailChange, token)),
            _ => None,
        }
    }

    /// Its entries in the audit log when it is done.
    pub(super) fn done(&self) -> &'static [&'static str] {
        match &self.what {
            What::Register { .. } => &[
                "user_registering allowed",
                "user_password_set done",
                "user_registered done",
            ],
            What::SignIn { .. } => &["user_password_checked right", "user_authenticated granted"],
            What::Verify { .. } => &["user_email_verified token"],
            What::ChangePassword { .. } => &[
                "user_password_checked right",
                "user_password_set done",
                "user_password_changed change",
            ],
            What::Reset { .. } => &["user_password_set done", "user_password_changed reset"],
            What::ChangeEmail { .. } => &["user_email_verified token", "user_email_changed done"],
            What::AskForReset { .. } | What::AskForEmail { .. } => &[],
        }
    }

    /// The purpose and the address of the mail that it asks for.
    pub(super) fn asks_for(&self) -> Option<(TokenPurpose, &str)> {
        match &self.what {
            What::Register { email, .. } => Some((TokenPurpose::EmailVerification, email)),
            What::AskForReset { email } => Some((TokenPurpose::PasswordReset, email)),
            What::AskForEmail { email } => Some((TokenPurpose::EmailChange, email)),
            _ => None,
        }
    }

    /// Its entries when it is refused, except for an invalid token, for which there are
    /// nothing.
    pub(super) fn refused(&self) -> &'static [&'static [&'static str]] {
        match &self.what {
            What::SignIn { .. } => &[
                &[
                    "user_password_checked right",
                    "user_authentication_failed email_not_verified",
                ],
                &[
                    "user_password_checked wrong",
                    "user_authentication_failed wrong_password",
                ],
                &["user_authentication_failed throttled"],
            ],
            _ => &[],
        }
    }

    /// Its entry for each token that is issued for its mail, and the purpose of the token.
    pub(super) fn mailed(&self) -> Option<(&'static str, TokenPurpose)> {
        match &self.what {
            What::Register { .. } => Some((
                "address_mail_due email-verification",
                TokenPurpose::EmailVerification,
            )),
            What::AskForReset { .. } => Some((
                "address_mail_due password-reset",
                TokenPurpose::PasswordReset,
            )),
            What::AskForEmail { .. } => {
                Some(("address_mail_due email-change", TokenPurpose::EmailChange))
            }
            _ => None,
        }
    }
}
