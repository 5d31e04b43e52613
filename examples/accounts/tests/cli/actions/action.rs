//! The actions, and their command lines.

pub(super) struct Call {
    pub(super) action: Action,
    pub(super) client: Option<String>,
}

/// Names and addresses are as they are typed, in any case.
#[derive(Clone)]
pub(super) enum Action {
    Register {
        username: String,
        email: String,
        password: String,
    },
    Verify {
        token: String,
    },
    VerifyAgain {
        email: String,
    },
    Login {
        login: String,
        password: String,
    },
    Passwd {
        login: String,
        present: String,
        new: String,
    },
    AskForReset {
        email: String,
    },
    Reset {
        token: String,
        new: String,
    },
    ChangeEmail {
        login: String,
        email: String,
    },
    ConfirmEmail {
        token: String,
    },
    Deactivate {
        login: String,
    },
    Reactivate {
        login: String,
    },
    List,
    Audit,
    Purge,
}

impl Call {
    pub(super) fn arguments(&self, request: &str) -> Vec<String> {
        let mut arguments = vec!["--request-id", request];
        if let Some(client) = &self.client {
            arguments.extend(["--client", client]);
        }
        arguments.extend(self.action.words());
        arguments.into_iter().map(str::to_owned).collect()
    }
}

impl Action {
    fn words(&self) -> Vec<&str> {
        match self {
            Self::Register {
                username, email, ..
            } => vec!["register", username, email],
            Self::Verify { token } => vec!["verify", "--", token],
            Self::VerifyAgain { email } => vec!["verify", "--again", email],
            Self::Login { login, .. } => vec!["login", login],
            Self::Passwd { login, .. } => vec!["passwd", login],
            Self::AskForReset { email } => vec!["reset", email],
            Self::Reset { token, .. } => vec!["reset", "--token", token],
            Self::ChangeEmail { login, email } => vec!["change-email", login, email],
            Self::ConfirmEmail { token } => vec!["change-email", "--token", token],
            Self::Deactivate { login } => vec!["deactivate", login],
            Self::Reactivate { login } => vec!["reactivate", login],
            Self::List => vec!["list", "--json"],
            Self::Audit => vec!["audit", "-n", "3"],
            Self::Purge => vec!["purge"],
        }
    }

    /// The lines that it reads.
    pub(super) fn lines(&self) -> Vec<&str> {
        match self {
            Self::Register { password, .. } | Self::Login { password, .. } => vec![password],
            Self::Passwd { present, new, .. } => vec![present, new],
            Self::Reset { new, .. } => vec![new],
            _ => Vec::new(),
        }
    }
}
