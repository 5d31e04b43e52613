//! Random trees of transactions, compared with a simple model.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use test_support::cases::{Result, Unstructured, check, vec};
use test_support::rounds;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Send,
    /// Panics and unwinds out of this many transactions, or of all if there are fewer.
    Panic(u8),
    Transaction(Vec<Step>, End, Run),
}

#[derive(Clone, Copy, Debug)]
enum End {
    Commit,
    CommitElsewhere,
    CommitWithDatabase,
    Rollback,
    Abandon,
    Drop,
}

#[derive(Clone, Copy, Debug)]
enum Run {
    OnThisThread,
    InTask,
    WithCurrentScope,
}

/// The phase of a receiver, and the number of the signal that it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Received {
    Now(u32),
    AfterCommit(u32),
    AfterRollback(u32),
}

/// Returns the number of the nested signal that receivers of a signal send. No other code sends it, and its
/// receivers send nothing.
fn follow_up(number: u32) -> Option<u32> {
    (number < 1_000 && number.is_multiple_of(3)).then_some(number + 1_000)
}

#[derive(Default)]
struct ReceivedLog(Mutex<Vec<Received>>);

impl ReceivedLog {
    fn push(&self, received: Received) {
        self.0.lock().unwrap().push(received);
    }
}

#[signal(owned)]
struct Numbered {
    number: u32,
}

#[receiver(signal = Numbered)]
fn now(event: &Numbered, log: Res<'_, ReceivedLog>) {
    log.push(Received::Now(event.number));
}

#[receiver(signal = Numbered, after_commit)]
fn committed(event: &Numbered, log: Res<'_, ReceivedLog>) {
    log.push(Received::AfterCommit(event.number));
    if let Some(number) = follow_up(event.number) {
        Numbered { number }.send();
    }
}

#[receiver(signal = Numbered, after_rollback)]
fn rolled_back(event: &Numbered, log: Res<'_, ReceivedLog>) {
    log.push(Received::AfterRollback(event.number));
    if let Some(number) = follow_up(event.number) {
        Numbered { number }.send();
    }
}

/// The number of levels that a panic still has to unwind.
struct Unwinding(u8);

/// Runs the steps with real transactions.
fn perform(steps: &[Step], next: &mut u32) {
    for step in steps {
        match step {
            Step::Send => {
                let number = *next;
                *next += 1;
                Numbered { number }.send();
            }
            Step::Panic(levels) => resume_unwind(Box::new(Unwinding(*levels))),
            Step::Transaction(steps, end, run) => {
                let transaction = Transaction::new();
                let inside = || match run {
                    Run::OnThisThread => transaction.run(|| perform(steps, next)),
                    Run::InTask => {
                        let task = async { perform(steps, next) };
                        pollster::block_on(transaction.run_async(task));
                    }
                    Run::WithCurrentScope => {
                        let inside = transaction.run(Scope::current);
                        let performed = thread::scope(|threads| {
                            threads
                                .spawn(|| inside.enter(|| perform(steps, next)))
                                .join()
                        });
                        performed.unwrap_or_else(|panic| resume_unwind(panic));
                    }
                };
                match catch_unwind(AssertUnwindSafe(inside)) {
                    Ok(()) => end_with(transaction, *end),
                    Err(panic) => {
                        // If `run` did not see the panic, the drop does the same.
                        drop(transaction);
                        if let Some(Unwinding(levels @ 1..)) = panic.downcast_ref() {
                            resume_unwind(Box::new(Unwinding(levels - 1)));
                        }
                    }
                }
            }
        }
    }
}

fn end_with(transaction: Transaction, end: End) {
    match end {
        End::Commit => drop(transaction.commit()),
        End::CommitElsewhere => drop(thread::spawn(|| transaction.commit()).join()),
        End::CommitWithDatabase => {
            let answer = std::future::ready(Ok::<(), ()>(()));
            drop(pollster::block_on(transaction.commit_with(answer)));
        }
        End::Rollback => drop(transaction.rollback()),
        End::Abandon => drop(transaction.abandon()),
        End::Drop => drop(transaction),
    }
}

/// The model: the received signals, and those that are pending in the open transactions.
#[derive(Default)]
struct Expected {
    received: Vec<Received>,
    next: u32,
    /// The pending signals, from the outermost transaction to the innermost.
    open: Vec<Vec<u32>>,
}

impl Expected {
    fn send(&mut self, number: u32) {
        self.received.push(Received::Now(number));
        match self.open.last_mut() {
            Some(pending) => pending.push(number),
            None => self.commit(number),
        }
    }

    /// Delivers a signal once no open transaction is left around it.
    fn commit(&mut self, number: u32) {
        self.received.push(Received::AfterCommit(number));
        if let Some(number) = follow_up(number) {
            self.send(number);
        }
    }

    fn roll_back(&mut self, pending: Vec<u32>) {
        for number in pending {
            self.received.push(Received::AfterRollback(number));
            if let Some(number) = follow_up(number) {
                self.send(number);
            }
        }
    }

    fn perform(&mut self, steps: &[Step]) -> Result<(), u8> {
        for step in steps {
            match step {
                Step::Send => {
                    self.next += 1;
                    self.send(self.next - 1);
                }
                Step::Panic(levels) => return Err(*levels),
                Step::Transaction(steps, end, _) => {
                    self.open.push(Vec::new());
                    let performed = self.perform(steps);
                    let pending = self.open.pop().unwrap();
                    match (performed, end) {
                        (Err(levels), _) => {
                            self.roll_back(pending);
                            if levels > 0 {
                                return Err(levels - 1);
                            }
                        }
                        (Ok(()), End::Abandon) => {}
                        (Ok(()), End::Rollback | End::Drop) => self.roll_back(pending),
                        (Ok(()), End::Commit | End::CommitElsewhere | End::CommitWithDatabase) => {
                            match self.open.last_mut() {
                                Some(outer) => outer.extend(pending),
                                None => pending.into_iter().for_each(|number| self.commit(number)),
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn end(u: &mut Unstructured<'_>) -> Result<End> {
    const ENDS: [End; 12] = [
        End::Commit,
        End::Commit,
        End::Commit,
        End::Commit,
        End::Commit,
        End::Commit,
        End::CommitElsewhere,
        End::CommitWithDatabase,
        End::Rollback,
        End::Rollback,
        End::Abandon,
        End::Drop,
    ];
    Ok(*u.choose(&ENDS)?)
}

fn run(u: &mut Unstructured<'_>) -> Result<Run> {
    Ok(match u.int_in_range(0..=9)? {
        0..=5 => Run::OnThisThread,
        6..=8 => Run::InTask,
        _ => Run::WithCurrentScope,
    })
}

/// On the outermost level most steps are transactions. Nested levels have fewer, so that the trees are finite.
fn steps(u: &mut Unstructured<'_>, depth: usize) -> Result<Vec<Step>> {
    const TRANSACTIONS_IN_TEN: [u8; 5] = [9, 4, 2, 2, 2];
    vec(u, 0..=5, |u| {
        let transactions = TRANSACTIONS_IN_TEN.get(depth).copied().unwrap_or(0);
        if u.int_in_range(0..=9)? >= 10 - transactions {
            let steps = steps(u, depth + 1)?;
            return Ok(Step::Transaction(steps, end(u)?, run(u)?));
        }
        Ok(match u.int_in_range(0..=8)? {
            8 => Step::Panic(u.int_in_range(0..=2)?),
            _ => Step::Send,
        })
    })
}

#[test]
fn random_trees_of_transactions_match_the_model() {
    check(rounds(10_000), 8_192, |u| {
        let steps = steps(u, 0)?;
        let mut expected = Expected::default();
        let _ = expected.perform(&steps);

        let log = Arc::new(ReceivedLog::default());
        let scope = Scope::new().provide_dyn(Arc::clone(&log));
        let _ = catch_unwind(AssertUnwindSafe(|| scope.run(|| perform(&steps, &mut 0))));
        let received = log.0.lock().unwrap();
        assert_eq!(*received, expected.received, "{steps:#?}");
        Ok(())
    });
}
