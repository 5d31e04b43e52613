//! The subcommands that change deliveries.

use std::iter;
use std::process::ExitCode;

use serde_json::json;

use super::arguments::{Discard, Erase, Replay, Retry, Selection};
use super::console::Console;
use super::error::CliError;
use super::instant::seconds;
use super::json::lines;
use super::operation::operation;
use super::pace::Pace;
use super::reading::each_dead;
use super::text::counted;
use crate::durable::admin::{Erased, Operation, OutboxAdmin, Replay as ReplayRequest};
use crate::durable::error::OutboxError;
use crate::registry::durable_receivers;

pub(super) async fn retry(
    outbox: &impl OutboxAdmin,
    console: &Console,
    retry: &Retry,
) -> Result<ExitCode, CliError> {
    let mut numbers = retry.numbers.clone();
    if numbers.is_empty() {
        each_dead(outbox, &retry.selection, |letter| {
            numbers.push(letter.number);
        })
        .await?;
    }
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return nothing(console, "retried");
    }
    let letters = counted(count(&numbers), "dead letter", "dead letters");
    console.confirm(
        &format!("retry {letters}?"),
        retry.change.yes,
        "no delivery",
    )?;

    let mut command = numbered("retry", &retry.numbers);
    let Selection { receiver, signal } = &retry.selection;
    let options = [("receiver", receiver), ("signal", signal)];
    for (option, value) in options {
        if let Some(value) = value {
            command = command + " --" + option + " " + value;
        }
    }
    if retry.all {
        command += " --all";
    }
    let operation = operation(command, &retry.change, retry.because.as_deref());
    let mut pace = Pace::new(console, retry.rate.rate, count(&numbers));
    let mut changed = 0;
    let mut pages = numbers.chunks(pace.page() as usize).peekable();
    while let Some(page) = pages.next() {
        let retried = outbox.retry(page, &operation).await;
        changed += retried.map_err(|error| halfway(error, changed))?;
        pace.passed(count(page), pages.peek().is_none()).await;
    }
    report(console, "retried", changed, Some(&operation))?;
    Ok(all_of(
        console,
        changed,
        &numbers,
        "delivery is not a dead letter",
        "deliveries are not dead letters",
    ))
}

pub(super) async fn discard(
    outbox: &impl OutboxAdmin,
    console: &Console,
    discard: &Discard,
) -> Result<ExitCode, CliError> {
    let mut numbers = discard.numbers.clone();
    numbers.sort_unstable();
    numbers.dedup();
    let deliveries = counted(count(&numbers), "delivery", "deliveries");
    let question = format!("discard {deliveries}, which cannot be undone?");
    console.confirm(&question, discard.change.yes, "no delivery")?;
    let because = Some(&*discard.because);
    let operation = operation(numbered("discard", &numbers), &discard.change, because);
    let discarded = outbox.discard(&numbers, &operation).await?;
    report(console, "discarded", discarded, Some(&operation))?;
    Ok(all_of(
        console,
        discarded,
        &numbers,
        "delivery runs or is gone",
        "deliveries run or are gone",
    ))
}

pub(super) async fn replay(
    outbox: &impl OutboxAdmin,
    console: &Console,
    replay: &Replay,
) -> Result<ExitCode, CliError> {
    let mut request = request(replay)?;
    let replayable = outbox.replayable(&request).await?;
    console.note(&match replayable.kept_since {
        Some(since) => format!(
            "signals are kept since {}; of earlier ones, only dead letters are stored",
            seconds(since)
        ),
        None => "no signal is kept, so only dead letters are replayed: write `keep = \"7d\"` in the `durable(…)` of the \
                 signal to keep its signals"
            .to_owned(),
    });
    if replayable.signals == 0 {
        return nothing(console, "replayed");
    }
    let deliveries = counted(replayable.signals, "signal", "signals");
    let question = format!("deliver {deliveries} to `{}` once more?", request.receiver);
    console.confirm(&question, replay.change.yes, "no delivery")?;

    let command = format!(
        "replay --receiver {} --since {}",
        request.receiver,
        seconds(replay.since)
    );
    let operation = operation(command, &replay.change, replay.because.as_deref());
    let mut pace = Pace::new(console, replay.rate.rate, replayable.signals);
    request.limit = pace.page();
    loop {
        let replayed = outbox.replay(&request, &operation).await;
        let replayed = replayed.map_err(|error| halfway(error, pace.done()))?;
        request.from = replayed.next;
        pace.passed(replayed.deliveries, replayed.next.is_none())
            .await;
        if replayed.next.is_none() {
            break;
        }
    }
    report(console, "replayed", pace.done(), Some(&operation))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the first page of a replay to a receiver of this program.
fn request(replay: &Replay) -> Result<ReplayRequest, CliError> {
    let receivers = durable_receivers().into_iter();
    let requests = receivers.filter_map(|it| ReplayRequest::to(it.info, replay.since));
    let mut requests: Vec<_> = requests.collect();
    if let Some(found) = requests
        .iter()
        .position(|it| it.receiver == replay.receiver)
    {
        return Ok(requests.swap_remove(found));
    }
    let mut names: Vec<_> = requests.into_iter().map(|it| it.receiver).collect();
    names.sort_unstable();
    let known = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", names.join(", "))
    };
    let name = replay.receiver.clone();
    Err(CliError::UnknownReceiver { name, known })
}

pub(super) async fn erase(
    outbox: &impl OutboxAdmin,
    console: &Console,
    erase: &Erase,
) -> Result<ExitCode, CliError> {
    let stored = outbox.signals_of(&erase.subject).await?;
    if stored.is_empty() {
        report_erased(console, Erased::default(), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let signals = counted(count(&stored), "signal", "signals");
    let question = format!("erase {signals} of this subject, which cannot be undone?");
    console.confirm(&question, erase.change.yes, "nothing")?;
    // The subject is erased, so the log does not name it.
    let operation = operation("erase".to_owned(), &erase.change, erase.because.as_deref());
    let erased = outbox.erase(&erase.subject, &operation).await?;
    report_erased(console, erased, Some(&operation))?;
    let left = count(&outbox.signals_of(&erase.subject).await?);
    if left == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let signals = counted(left, "signal is", "signals are");
    console.note(&format!(
        "error: {signals} left, whose deliveries run: repeat the command when they have ended"
    ));
    Ok(ExitCode::FAILURE)
}

/// Returns a command with the numbers of deliveries.
fn numbered(command: &str, numbers: &[i64]) -> String {
    let words = numbers.iter().map(ToString::to_string);
    let words: Vec<_> = iter::once(command.to_owned()).chain(words).collect();
    words.join(" ")
}

fn report(
    console: &Console,
    what: &str,
    deliveries: u64,
    operation: Option<&Operation>,
) -> Result<(), CliError> {
    if console.is_json {
        let id = operation.map(|it| it.id.to_string());
        return console.print(&lines([
            json!({ "operation": id, "deliveries": deliveries }),
        ]));
    }
    let deliveries = counted(deliveries, "delivery", "deliveries");
    console.print(&format!("{what} {deliveries}\n"))
}

fn report_erased(
    console: &Console,
    Erased {
        signals,
        deliveries,
    }: Erased,
    operation: Option<&Operation>,
) -> Result<(), CliError> {
    if console.is_json {
        let id = operation.map(|it| it.id.to_string());
        return console.print(&lines([
            json!({ "operation": id, "signals": signals, "deliveries": deliveries }),
        ]));
    }
    let signals = counted(signals, "signal", "signals");
    let deliveries = counted(deliveries, "delivery", "deliveries");
    console.print(&format!("erased {signals} and {deliveries}\n"))
}

/// Reports that nothing is selected.
fn nothing(console: &Console, what: &str) -> Result<ExitCode, CliError> {
    report(console, what, 0, None)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns failure if not all deliveries of these numbers were changed.
fn all_of(console: &Console, changed: u64, numbers: &[i64], one: &str, many: &str) -> ExitCode {
    let left = count(numbers).saturating_sub(changed);
    if left == 0 {
        return ExitCode::SUCCESS;
    }
    console.note(&format!("error: {}", counted(left, one, many)));
    ExitCode::FAILURE
}

fn halfway(error: OutboxError, done: u64) -> CliError {
    if done == 0 {
        CliError::Outbox(error)
    } else {
        CliError::Halfway { error, done }
    }
}

fn count<T>(items: &[T]) -> u64 {
    items.len() as u64
}
