//! Random histories of two workers, against a model.

mod deliveries;
mod interleaved;

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{
    Claim, ClaimRequest, Ending, MemoryOutbox, Operation, ReceiverClaim, SignalRow, Uuid,
};
use sqlx::ConnectOptions as _;
use test_support::cases::{self, Unstructured};
use test_support::rounds;
use tokio::sync::OnceCell;

use self::deliveries::Model;
use crate::postgres_schema::Schema;

const RECEIVERS: [&str; 2] = ["ship", "bill"];

/// A step of one of two workers, an application or a clock. Times are minutes.
#[derive(Clone, Debug)]
enum Step {
    Insert {
        signals: Vec<(u32, Vec<&'static str>, Option<&'static str>)>,
    },
    Claim {
        worker: usize,
        limits: [u32; 2],
        newest: u32,
        lease: i64,
    },
    /// Ends attempts by their place among all claims of the worker, of which it may have lost some.
    Finish {
        worker: usize,
        endings: Vec<(usize, Ending)>,
    },
    Renew {
        worker: usize,
        lease: i64,
    },
    /// Forgets the claims of a worker.
    Crash {
        worker: usize,
    },
    Wait(i64),
    SetBack(i64),
    SetForward(i64),
}

fn step(u: &mut Unstructured<'_>) -> cases::Result<Step> {
    let worker = u.int_in_range(0..=1)?;
    Ok(match u.int_in_range(0..=19)? {
        0..=3 => Step::Insert {
            signals: cases::vec(u, 1..=3, |u| {
                let receivers = [&RECEIVERS[..], &RECEIVERS[..1], &RECEIVERS[1..]];
                let receivers = u.choose(&receivers)?.to_vec();
                let key = u.choose(&[None, Some("7"), Some("7"), Some("8")])?;
                Ok((u.int_in_range(1..=2)?, receivers, *key))
            })?,
        },
        4..=8 => Step::Claim {
            worker,
            limits: [u.int_in_range(0..=3)?, u.int_in_range(0..=3)?],
            newest: u.int_in_range(1..=2)?,
            lease: u.int_in_range(1..=30)?,
        },
        9..=13 => Step::Finish {
            worker,
            endings: cases::vec(u, 1..=4, |u| Ok((u.int_in_range(0..=9)?, ending(u)?)))?,
        },
        14 => Step::Renew {
            worker,
            lease: u.int_in_range(1..=30)?,
        },
        15 => Step::Crash { worker },
        16..=17 => Step::Wait(u.int_in_range(1..=40)?),
        18 => Step::SetBack(60),
        _ => Step::SetForward(60),
    })
}

fn ending(u: &mut Unstructured<'_>) -> cases::Result<Ending> {
    let error = || "refused".to_owned();
    Ok(match u.int_in_range(0..=5)? {
        0..=2 => Ending::Done,
        3 => Ending::Retry {
            after: Duration::from_mins(u.int_in_range(0..=30)?),
            error: error(),
        },
        4 => Ending::Dead {
            error: error(),
            was_run: u.arbitrary()?,
            blocks_key: u.arbitrary()?,
        },
        _ => Ending::Released {
            after: Duration::from_mins(u.int_in_range(0..=30)?),
        },
    })
}

/// An outbox beside its model.
struct History<O> {
    outbox: O,
    model: Model,
    /// The claims of each worker, also those that it has lost or ended.
    claims: [Vec<Claim>; 2],
    /// By number, until when no one else may run a delivery: minutes that have really passed.
    running: BTreeMap<i64, i64>,
    passed: i64,
    done: Vec<Step>,
}

impl<O: TestOutbox> History<O> {
    fn new(outbox: O) -> Self {
        Self {
            outbox,
            model: Model::default(),
            claims: [Vec::new(), Vec::new()],
            running: BTreeMap::new(),
            passed: 0,
            done: Vec::new(),
        }
    }

    async fn run(&mut self, step: Step) {
        self.done.push(step.clone());
        match step {
            Step::Insert { signals } => {
                let rows = signals.iter().map(|(version, receivers, key)| {
                    self.model.insert(*version, receivers, *key);
                    let row = SignalRow::__new("order.paid", *version, "{}", receivers);
                    key.map_or(row.clone(), |key| row.__with_order(key))
                });
                let rows = rows.collect();
                self.outbox.insert(rows).await.unwrap();
            }
            Step::Claim {
                worker,
                limits,
                newest,
                lease,
            } => self.claim(worker, limits, newest, lease).await,
            Step::Finish { worker, endings } => self.finish(worker, endings).await,
            Step::Renew { worker, lease } => {
                let claims = &self.claims[worker];
                let lost = self.outbox.renew(claims, minutes(lease)).await.unwrap();
                assert_eq!(lost, self.model.renew(claims, lease));
                for claim in claims.iter().filter(|claim| !lost.contains(claim)) {
                    self.running.insert(claim.number, self.passed + lease);
                }
            }
            Step::Crash { worker } => self.claims[worker].clear(),
            Step::Wait(by) => {
                self.passed += by;
                self.set_clock(by).await;
            }
            Step::SetBack(by) => self.set_clock(-by).await,
            Step::SetForward(by) => {
                // Leases may end earlier by as much.
                self.running.values_mut().for_each(|until| *until -= by);
                self.set_clock(by).await;
            }
        }
    }

    async fn set_clock(&mut self, by: i64) {
        self.model.now += by;
        self.outbox.set_clock_offset(self.model.now * 60_000);
        // A worker polls more often than a clock is set: only then a claim finds what became due while it was back.
        for newest in 1..=2 {
            let receivers = receivers([1, 1], newest);
            self.outbox.next_due(&receivers).await.unwrap();
        }
    }

    async fn claim(&mut self, worker: usize, limits: [u32; 2], newest: u32, lease: i64) {
        let request = ClaimRequest {
            receivers: receivers(limits, newest),
            lease: minutes(lease),
            worker: worker.to_string(),
        };
        let claimed = self.outbox.claim(&request).await.unwrap();
        assert!(claimed.is_sorted_by_key(|it| it.claim.number));
        for (receiver, limit) in RECEIVERS.iter().zip(limits) {
            let mut due = self.model.due(receiver, newest);
            due.retain(|_, due_at| *due_at <= self.model.now);
            let of_receiver = claimed.iter().filter(|it| it.receiver == *receiver);
            let taken: Vec<_> = of_receiver
                .map(|it| {
                    due.remove(&it.claim.number)
                        .expect("a delivery that is due")
                })
                .collect();
            assert!(taken.len() == limit as usize || due.is_empty());
            // The outbox distinguishes times within one minute.
            let last = taken.iter().max();
            assert!(last <= due.values().min().or(last), "the longest due first");
        }
        for claimed in &claimed {
            let number = claimed.claim.number;
            let until = self.running.insert(number, self.passed + lease);
            assert!(until <= Some(self.passed), "two attempts run at once");
            self.model.claim(claimed, lease);
            self.claims[worker].push(claimed.claim);
        }
    }

    async fn finish(&mut self, worker: usize, endings: Vec<(usize, Ending)>) {
        let claims = &self.claims[worker];
        let mut attempts = BTreeMap::new();
        for (place, ending) in endings {
            if let Some(claim) = claims.iter().rev().nth(place) {
                attempts.insert(*claim, ending);
            }
        }
        let attempts: Vec<_> = attempts.into_iter().collect();
        let lost = self.outbox.finish(&attempts).await.unwrap();
        assert_eq!(lost, self.model.finish(&attempts));
        for (claim, _) in attempts.iter().filter(|(claim, _)| !lost.contains(claim)) {
            self.running.remove(&claim.number);
        }
    }

    async fn compare(&self) {
        let (model, outbox) = (&self.model, &self.outbox);
        let mut expected = BTreeMap::new();
        for delivery in model.deliveries.values() {
            let state = match (delivery.due, delivery.token) {
                (None, _) if !delivery.is_parked => 2,
                (Some(due), Some(_)) if due > model.now => 1,
                _ => 0,
            };
            expected
                .entry(delivery.receiver.to_owned())
                .or_insert([0; 3])[state] += 1;
        }
        let counts = outbox.counts().await.unwrap().into_iter();
        let counts: BTreeMap<_, _> = counts
            .map(|it| (it.receiver, [it.waiting, it.running, it.dead]))
            .collect();
        assert_eq!(counts, expected);
        assert_eq!(outbox.signals().await.unwrap(), model.signals() as u64);

        let dead = model.deliveries.iter();
        let dead = dead.filter(|(_, it)| it.due.is_none() && !it.is_parked);
        let dead: Vec<_> = dead.map(|(number, it)| (*number, it.attempt)).collect();
        let letters = outbox.dead_letters().await.unwrap().into_iter();
        let letters: Vec<_> = letters.map(|it| (it.number, it.attempt)).collect();
        assert_eq!(letters, dead);

        let due = RECEIVERS
            .iter()
            .flat_map(|it| model.due(it, 1).into_values());
        let due = due.min().map(|due| (due - model.now).max(0));
        let next = outbox.next_due(&receivers([1, 0], 1)).await.unwrap();
        assert_eq!(
            next.map(|next| next.as_secs().div_ceil(60).cast_signed()),
            due
        );
    }
}

impl<O> Drop for History<O> {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("after these steps, the last of which fails:");
            for step in &self.done {
                println!("    {step:?}");
            }
        }
    }
}

fn receivers(limits: [u32; 2], newest: u32) -> Vec<ReceiverClaim> {
    let receivers = RECEIVERS.into_iter().zip(limits);
    let receivers = receivers.map(|(name, limit)| ReceiverClaim {
        names: vec![name],
        oldest_version: 1,
        newest_version: newest,
        limit,
    });
    receivers.collect()
}

fn operation() -> Operation {
    Operation {
        id: Uuid::now_v7(),
        command: "discard".to_owned(),
        operator: "model".to_owned(),
        because: None,
    }
}

fn minutes(minutes: i64) -> Duration {
    Duration::from_mins(minutes.unsigned_abs())
}

/// Runs as many histories, or the share of them that `LBACK_ROUNDS` says. Each failure prints its history, and the
/// seed with which `ARBTEST_SEED` repeats it.
fn histories<O: TestOutbox>(count: u32, new: impl AsyncFn() -> O) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    cases::check(rounds(count), 1024, |u| {
        let steps = cases::vec(u, 10..=40, step)?;
        runtime.block_on(async {
            let mut history = History::new(new().await);
            history.set_clock(0).await;
            for part in steps.chunks(4) {
                for step in part {
                    history.run(step.clone()).await;
                }
                history.compare().await;
            }
        });
        Ok(())
    });
}

#[test]
fn the_outbox_in_memory_does_what_the_model_does() {
    histories(10_000, async || MemoryOutbox::new());
}

#[test]
fn the_outbox_in_sqlite_does_what_the_model_does() {
    histories(10_000, crate::sqlite::outbox_in_memory);
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn the_outbox_in_postgres_does_what_the_model_does() {
    let made = OnceCell::new();
    histories(1_000, async || {
        let (schema, outbox) = made
            .get_or_init(|| async {
                let schema = Schema::new().await;
                let outbox = crate::postgres::outbox(&schema).await;
                (schema, outbox)
            })
            .await;
        let mut connection = schema.options().connect().await.unwrap();
        let empty = "TRUNCATE lback_delivery, lback_signal RESTART IDENTITY";
        let emptied = sqlx::raw_sql(empty).execute(&mut connection).await;
        emptied.unwrap();
        outbox.clone()
    });
}
