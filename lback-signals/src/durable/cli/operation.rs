//! The operation that the outbox notes.

use std::env;

use uuid::Uuid;

use super::arguments::Change;
use crate::durable::admin::Operation;

/// Returns the operation of a command.
pub(super) fn operation(command: String, change: &Change, because: Option<&str>) -> Operation {
    Operation {
        id: Uuid::now_v7(),
        command,
        operator: change.operator.clone().unwrap_or_else(user),
        because: because.map(str::to_owned),
    }
}

/// Returns the user of this process.
fn user() -> String {
    let names = ["LOGNAME", "USER", "USERNAME"];
    let mut users = names.into_iter().filter_map(|name| env::var(name).ok());
    users
        .find(|user| !user.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}
