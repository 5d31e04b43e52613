//! The subcommands that change nothing.

mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use self::rows::{DELIVERIES, GROUPS, Group, OPERATIONS, delivery_row, operation_row};
use super::arguments::{Dead, List, Page, Selection};
use super::console::Console;
use super::error::CliError;
use super::json;
use super::table::table;
use super::text::{counted, shortened};
use crate::durable::admin::{DeliveryFilter, DeliveryState, OutboxAdmin, StoredDelivery};
use crate::wiring::{AcceptedForms, wiring};

/// The number of deliveries that are read at a time.
const PAGE: u32 = 1000;

pub(super) async fn list(
    outbox: &impl OutboxAdmin,
    console: &Console,
    list: &List,
) -> Result<(), CliError> {
    let state = list.state.map(DeliveryState::from);
    page(outbox, console, &list.selection, state, &list.page).await
}

pub(super) async fn dead(
    outbox: &impl OutboxAdmin,
    console: &Console,
    dead: &Dead,
) -> Result<(), CliError> {
    if dead.group {
        return groups(outbox, console, &dead.selection).await;
    }
    let state = Some(DeliveryState::Dead);
    page(outbox, console, &dead.selection, state, &dead.page).await
}

async fn page(
    outbox: &impl OutboxAdmin,
    console: &Console,
    selection: &Selection,
    state: Option<DeliveryState>,
    page: &Page,
) -> Result<(), CliError> {
    let filter = filter(selection, state, page.after, page.limit.saturating_add(1));
    let mut found = outbox.deliveries(&filter).await?;
    let has_more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    if console.is_json {
        console.print(&json::lines(found.iter().map(json::delivery)))?;
    } else {
        let rows: Vec<_> = found.iter().map(delivery_row).collect();
        console.print(&table(DELIVERIES, &rows, console.has_colors))?;
    }
    if let (true, Some(last)) = (has_more, found.last()) {
        console.note(&format!("there are more: add --after {}", last.number));
    }
    Ok(())
}

/// Counts the dead letters by receiver, signal, version and the start of their error.
async fn groups(
    outbox: &impl OutboxAdmin,
    console: &Console,
    selection: &Selection,
) -> Result<(), CliError> {
    let mut groups = BTreeMap::new();
    each_dead(outbox, selection, |letter| {
        let error = shortened(letter.error.as_deref().unwrap_or_default());
        let key = (letter.receiver, letter.signal, letter.version, error);
        let group = groups.entry(key).or_insert_with(Group::default);
        group.add(letter.number, letter.failed_at);
    })
    .await?;
    if console.is_json {
        return console.print(&json::lines(groups.iter().map(rows::group_json)));
    }
    let rows: Vec<_> = groups.iter().map(rows::group_row).collect();
    console.print(&table(GROUPS, &rows, console.has_colors))
}

/// Reads all dead letters that are selected.
pub(super) async fn each_dead(
    outbox: &impl OutboxAdmin,
    selection: &Selection,
    mut take: impl FnMut(StoredDelivery),
) -> Result<(), CliError> {
    let mut after = i64::MIN;
    loop {
        let filter = filter(selection, Some(DeliveryState::Dead), after, PAGE);
        let found = outbox.deliveries(&filter).await?;
        let Some(last) = found.last() else {
            return Ok(());
        };
        after = last.number;
        found.into_iter().for_each(&mut take);
    }
}

fn filter(
    selection: &Selection,
    state: Option<DeliveryState>,
    after: i64,
    limit: u32,
) -> DeliveryFilter {
    DeliveryFilter {
        receiver: selection.receiver.clone(),
        signal: selection.signal.clone(),
        state,
        after,
        limit: Some(limit),
    }
}

pub(super) async fn show(
    outbox: &impl OutboxAdmin,
    console: &Console,
    number: i64,
    with_payload: bool,
) -> Result<(), CliError> {
    let filter = DeliveryFilter {
        after: number.saturating_sub(1),
        limit: Some(1),
        ..DeliveryFilter::default()
    };
    let delivery = outbox.deliveries(&filter).await?.pop();
    let delivery = delivery.filter(|it| it.number == number);
    let signal = outbox.signal_of(number).await?;
    let (Some(delivery), Some(signal)) = (delivery, signal) else {
        return Err(CliError::NoDelivery(number));
    };
    if console.is_json {
        let mut value = json::delivery(&delivery);
        value["stored_signal"] = json::signal(&signal, with_payload);
        return console.print(&json::lines([value]));
    }
    console.print(&rows::details(&delivery, &signal, with_payload))
}

pub(super) async fn check(
    outbox: &impl OutboxAdmin,
    console: &Console,
    lock: Option<&Path>,
) -> Result<ExitCode, CliError> {
    let accepted = match lock {
        None => AcceptedForms::from(&wiring()),
        Some(file) => accepted_by(file)?,
    };
    let stranded = outbox.check(accepted).await?;
    if console.is_json {
        console.print(&json::lines(stranded.iter().map(json::stranded)))?;
    } else if stranded.is_empty() {
        console.print("each stored delivery has a receiver\n")?;
    } else {
        let lines: Vec<_> = stranded.iter().map(ToString::to_string).collect();
        console.print(&(lines.join("\n") + "\n"))?;
    }
    Ok(if stranded.is_empty() {
        ExitCode::SUCCESS
    } else {
        let pending = stranded.iter().map(|it| it.form.pending).sum();
        let deliveries = counted(pending, "delivery has", "deliveries have");
        console.note(&format!("error: {deliveries} no receiver"));
        ExitCode::FAILURE
    })
}

fn accepted_by(lock: &Path) -> Result<AcceptedForms, CliError> {
    let file = lock.display().to_string();
    let text = fs::read_to_string(lock).map_err(|error| CliError::Lock {
        file: file.clone(),
        error,
    })?;
    AcceptedForms::from_lock(&text).map_err(|error| CliError::LockText { file, error })
}

pub(super) fn schema(outbox: &impl OutboxAdmin, console: &Console) -> Result<(), CliError> {
    let schema: Option<&str> = match outbox.database() {
        #[cfg(feature = "durable-sqlite")]
        Some("SQLite") => Some(crate::durable::SqliteOutbox::schema()),
        #[cfg(feature = "durable-postgres")]
        Some("PostgreSQL") => Some(crate::durable::PostgresOutbox::schema()),
        _ => None,
    };
    console.print(schema.ok_or(CliError::NoTables)?)
}

pub(super) async fn log(
    outbox: &impl OutboxAdmin,
    console: &Console,
    limit: u32,
) -> Result<(), CliError> {
    let operations = outbox.operations(limit).await?;
    if console.is_json {
        return console.print(&json::lines(operations.iter().map(json::operation)));
    }
    let rows: Vec<_> = operations.iter().map(operation_row).collect();
    console.print(&table(OPERATIONS, &rows, console.has_colors))
}

pub(super) async fn export(
    outbox: &impl OutboxAdmin,
    console: &Console,
    subject: &str,
) -> Result<(), CliError> {
    let signals = outbox.signals_of(subject).await?;
    console.print(&json::lines(
        signals.iter().map(|it| json::signal(it, true)),
    ))
}
