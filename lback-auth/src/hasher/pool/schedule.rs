//! Who works next, and with which memory: the state of a pool, without its threads.

use std::collections::VecDeque;
use std::time::Instant;

use super::Memory;

/// Names a job. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// As many jobs wait as may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// First come, first served: a job that needs many places holds up those behind it, or it would
/// never have them.
pub(super) struct Schedule<J> {
    /// Places that no job has.
    free: usize,
    /// Those that are free in a moment: the answer is out, or the memory is being wiped.
    ending: usize,
    /// The most jobs that wait.
    queue: usize,
    /// Those without a place, by their tickets.
    waiting: VecDeque<Waiting<J>>,
    /// Those with a place and not yet begun.
    ready: VecDeque<Ready<J>>,
    /// What free places have kept, at most one for each; the last was used last.
    memories: Vec<Memory>,
    issued: u64,
}

struct Waiting<J> {
    ticket: Ticket,
    job: J,
    places: usize,
    deadline: Option<Instant>,
}

/// A job that has its places.
pub(super) struct Ready<J> {
    ticket: Ticket,
    pub(super) job: J,
    pub(super) seat: Seat,
}

/// The places that a job has, and their memory.
pub(super) struct Seat {
    places: usize,
    pub(super) memory: Memory,
    /// What its places have kept beside, and would be too much.
    in_the_way: Vec<Memory>,
}

impl Seat {
    /// Frees what is in the way, which takes a while: not under the lock.
    pub(super) fn make_room(&mut self) {
        self.in_the_way.clear();
    }

    #[cfg(test)]
    pub(super) fn in_the_way(&self) -> usize {
        self.in_the_way.len()
    }
}

impl<J> Schedule<J> {
    pub(super) fn new(places: usize, queue: usize) -> Self {
        Self {
            free: places,
            ending: 0,
            queue,
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            memories: Vec::new(),
            issued: 0,
        }
    }

    /// Takes a job on.
    pub(super) fn submit(
        &mut self,
        job: J,
        places: usize,
        deadline: Option<Instant>,
    ) -> Result<Ticket, Full> {
        if self.waiting.len() >= self.queue {
            // Unless it does not have to wait.
            let before: usize = self.waiting.iter().map(|job| job.places).sum();
            if before + places > self.free + self.ending {
                return Err(Full);
            }
        }
        self.issued += 1;
        let ticket = Ticket(self.issued);
        self.waiting.push_back(Waiting {
            ticket,
            job,
            places,
            deadline,
        });
        self.admit();
        Ok(ticket)
    }

    /// Gives free places to those who wait.
    fn admit(&mut self) {
        while let Some(next) = self.waiting.pop_front() {
            if next.places > self.free {
                self.waiting.push_front(next);
                return;
            }
            self.free -= next.places;
            // It goes on with what one of its places has kept, and what the others have has to go.
            let memory = self.memories.pop().unwrap_or_default();
            let kept = self.free.min(self.memories.len());
            let in_the_way = self.memories.split_off(kept);
            self.ready.push_back(Ready {
                ticket: next.ticket,
                job: next.job,
                seat: Seat {
                    places: next.places,
                    memory,
                    in_the_way,
                },
            });
        }
    }

    /// Takes out a job that has no place yet.
    pub(super) fn withdraw(&mut self, ticket: Ticket) -> Option<J> {
        let found = self.waiting.binary_search_by_key(&ticket, |job| job.ticket);
        let withdrawn = self.waiting.remove(found.ok()?)?;
        // It may have held up those behind it.
        self.admit();
        Some(withdrawn.job)
    }

    /// Takes out a job that nobody has begun, with or without a place.
    pub(super) fn revoke(&mut self, ticket: Ticket) {
        if self.withdraw(ticket).is_none()
            && let Some(found) = self.ready.iter().position(|job| job.ticket == ticket)
            && let Some(revoked) = self.ready.remove(found)
        {
            self.vacate(revoked.seat);
        }
    }

    /// Takes out those who have waited too long. All wait equally long, so that they are the first.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<J> {
        let is_late = |job: &Waiting<J>| job.deadline.is_some_and(|deadline| deadline <= now);
        let late = self.waiting.iter().take_while(|job| is_late(job)).count();
        let expired: Vec<J> = self.waiting.drain(..late).map(|late| late.job).collect();
        self.admit();
        expired
    }

    /// The next job to begin.
    pub(super) fn take(&mut self) -> Option<Ready<J>> {
        self.ready.pop_front()
    }

    /// Places will be free in a moment.
    pub(super) fn ends(&mut self, seat: &Seat) {
        self.ending += seat.places;
    }

    /// Places that were about to become free are.
    pub(super) fn release(&mut self, seat: Seat) {
        self.ending -= seat.places;
        self.vacate(seat);
    }

    fn vacate(&mut self, seat: Seat) {
        self.free += seat.places;
        if seat.memory.len() > 0 {
            self.memories.push(seat.memory);
        }
        self.admit();
    }

    /// A free place whose memory nobody has overwritten in time, to be wiped.
    pub(super) fn take_to_wipe(&mut self, now: Instant) -> Option<Seat> {
        let due = self.memories.iter().position(|memory| memory.is_due(now))?;
        self.free -= 1;
        self.ending += 1;
        Some(Seat {
            places: 1,
            memory: self.memories.remove(due),
            in_the_way: Vec::new(),
        })
    }

    /// Whether any memory of a free place will have to be wiped.
    pub(super) fn has_to_wipe(&self) -> bool {
        self.memories.iter().any(Memory::is_used)
    }

    /// Keeps the memory of so many places at most.
    pub(super) fn keep(&mut self, memories: usize) {
        self.memories.truncate(memories);
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    #[cfg(test)]
    pub(super) fn memories(&self) -> usize {
        self.memories.len()
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.free
    }
}
