//! One round: senders and workers, which are disturbed, and what they have done in the end.

use std::collections::{HashMap, HashSet};
use std::thread;
use std::time::Duration;

use test_support::cases::{self, Unstructured};

use super::checks::{check_bookings, check_outcomes, check_runs, slowest_return};
use super::database::{Database, Kind};
use super::notes::{now_in_millis, outcomes_in, runs_in};
use super::processes::Process;
use super::programs::{LEASE, Role};

/// The most disturbances of a round.
const MOMENTS: u8 = 6;

/// How long a worker may take to claim a delivery whose lease has expired: a second, and a share for a busy machine.
const SLACK: Duration = Duration::from_secs(1 + 3);

/// A disturbance.
#[derive(Clone, Copy, Debug)]
enum Moment {
    KillSender,
    KillWorker,
    /// The clock of the database is set forward: leases expire while their workers are well.
    ExpireLeases,
    PauseWorker,
    RestartServer,
    CrashServer,
}

const IN_SQLITE: [Moment; 5] = [
    Moment::KillSender,
    Moment::KillWorker,
    Moment::KillWorker,
    Moment::ExpireLeases,
    Moment::PauseWorker,
];

const IN_POSTGRES: [Moment; 7] = [
    Moment::KillSender,
    Moment::KillWorker,
    Moment::KillWorker,
    Moment::ExpireLeases,
    Moment::PauseWorker,
    Moment::RestartServer,
    Moment::CrashServer,
];

/// The processes of a round, and their disturbances.
pub(super) struct Round<'d> {
    database: &'d Database<'d>,
    next_order: i64,
    senders: Vec<Process>,
    workers: Vec<Process>,
    /// The workers that may have lost a delivery, by their ids.
    disturbed: HashSet<u32>,
    killed_at: HashMap<u32, u64>,
    disturbed_at: Vec<u64>,
}

impl<'d> Round<'d> {
    pub(super) fn start(database: &'d Database<'d>) -> Self {
        let workers = match database.kind {
            Kind::Sqlite => 2,
            Kind::Postgres(_) => 4,
        };
        let mut round = Self {
            database,
            next_order: 1,
            senders: Vec::new(),
            workers: Vec::new(),
            disturbed: HashSet::new(),
            killed_at: HashMap::new(),
            disturbed_at: Vec::new(),
        };
        round.senders = (0..2).map(|_| round.sender()).collect();
        round.workers = (0..workers).map(|_| round.worker()).collect();
        round
    }

    fn sender(&mut self) -> Process {
        let first = self.next_order;
        self.next_order += 1_000;
        Process::start(Role::Sender { first }, self.database)
    }

    fn worker(&self) -> Process {
        Process::start(Role::Worker, self.database)
    }

    pub(super) fn disturb(&mut self, u: &mut Unstructured<'_>) -> cases::Result<()> {
        for _ in 0..u.int_in_range(2..=MOMENTS)? {
            thread::sleep(Duration::from_millis(u.int_in_range(0..=250)?));
            let moments: &[_] = match self.database.kind {
                Kind::Sqlite => &IN_SQLITE,
                Kind::Postgres(_) => &IN_POSTGRES,
            };
            self.disturb_once(*u.choose(moments)?, u)?;
        }
        Ok(())
    }

    fn disturb_once(&mut self, moment: Moment, u: &mut Unstructured<'_>) -> cases::Result<()> {
        let index = u.choose_index(self.workers.len())?;
        match (moment, self.database.kind) {
            (Moment::KillSender, _) => {
                let index = index % self.senders.len();
                self.senders[index].kill();
                self.senders[index] = self.sender();
                return Ok(());
            }
            (Moment::KillWorker, _) => {
                let killed = self.workers[index].id();
                self.disturbed.insert(killed);
                self.killed_at.insert(killed, now_in_millis());
                self.workers[index].kill();
                self.workers[index] = self.worker();
            }
            (Moment::ExpireLeases, _) => {
                self.disturb_all();
                self.database.expire_leases();
            }
            (Moment::PauseWorker, kind) => {
                match kind {
                    // It may hold the lock of the database, without which no worker renews a lease.
                    Kind::Sqlite => self.disturb_all(),
                    Kind::Postgres(_) => drop(self.disturbed.insert(self.workers[index].id())),
                }
                self.workers[index].pause();
                thread::sleep(LEASE + Duration::from_millis(u.int_in_range(300..=1_000)?));
                self.workers[index].resume();
            }
            // The restart may take longer than a lease.
            (Moment::RestartServer, Kind::Postgres(server)) => {
                self.disturb_all();
                server.restart("stop");
            }
            (Moment::CrashServer, Kind::Postgres(server)) => {
                self.disturb_all();
                server.restart("crash");
            }
            (Moment::RestartServer | Moment::CrashServer, Kind::Sqlite) => {
                unreachable!("SQLite has no server")
            }
        }
        self.disturbed_at.push(now_in_millis());
        Ok(())
    }

    fn disturb_all(&mut self) {
        self.disturbed.extend(self.workers.iter().map(Process::id));
    }

    /// Waits until all is delivered, and checks what has been done. Returns the longest time from the kill of a worker to
    /// the next start of what it had begun.
    pub(super) fn end(mut self, u: &mut Unstructured<'_>) -> cases::Result<Duration> {
        // On a busy machine the senders may have been killed before their first commit.
        self.database.wait_until_ordered();
        for mut sender in self.senders {
            sender.kill();
        }
        // The last worker takes over what the others leave, or all are well until the end.
        if u.ratio(1, 2)? {
            for worker in self.workers.drain(1..) {
                self.disturbed.insert(worker.id());
                self.killed_at.insert(worker.id(), now_in_millis());
            }
            self.disturbed_at.push(now_in_millis());
        }
        self.database.wait_until_delivered();
        for mut worker in self.workers {
            worker.end();
        }

        let committed = self.database.orders();
        check_outcomes(&outcomes_in(&self.database.folder), &committed);
        let runs = runs_in(&self.database.folder);
        check_runs(&runs, &committed, &self.disturbed);
        check_bookings(&self.database.bookings(), &committed);
        assert_eq!(self.database.signals(), 0, "signals without deliveries");
        let returned = slowest_return(&runs, &self.killed_at, &self.disturbed_at);
        assert!(
            returned < LEASE + SLACK,
            "a delivery of a killed worker was back after {returned:?}"
        );
        Ok(returned)
    }
}
