//! Scheduler of a pool: which job runs next and with which memory, without threads.

use std::collections::VecDeque;
use std::time::Instant;

use super::Memory;

/// Id of a job. Ids increase in the order of submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// Error returned when the queue is full.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// First-come, first-served schedule. A job that needs many slots blocks those behind it, or it would never run.
pub(super) struct Schedule<J> {
    /// Free slots.
    free: usize,
    /// Slots about to become free: the answer is being sent, or the memory wiped.
    ending: usize,
    /// The maximum number of waiting jobs.
    queue: usize,
    /// Jobs without slots, in the order of their tickets.
    waiting: VecDeque<Waiting<J>>,
    /// Jobs with slots that have not begun.
    ready: VecDeque<Ready<J>>,
    /// Memories of free slots, at most one per slot; the most recently used comes last.
    memories: Vec<Memory>,
    issued: u64,
}

struct Waiting<J> {
    ticket: Ticket,
    job: J,
    slots: usize,
    deadline: Option<Instant>,
}

/// A job that has its slots.
pub(super) struct Ready<J> {
    ticket: Ticket,
    pub(super) job: J,
    pub(super) allocation: Allocation,
}

/// The slots of a job, and their memory.
pub(super) struct Allocation {
    slots: usize,
    pub(super) memory: Memory,
    /// Memories of these slots that the job does not use, and that would exceed the limit beside its own.
    surplus: Vec<Memory>,
}

impl Allocation {
    /// Frees the surplus memories. This is slow, so call it without the lock.
    pub(super) fn free_surplus(&mut self) {
        self.surplus.clear();
    }

    #[cfg(test)]
    pub(super) fn surplus(&self) -> usize {
        self.surplus.len()
    }
}

impl<J> Schedule<J> {
    pub(super) fn new(slots: usize, queue: usize) -> Self {
        Self {
            free: slots,
            ending: 0,
            queue,
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            memories: Vec::new(),
            issued: 0,
        }
    }

    /// Adds a job.
    pub(super) fn submit(
        &mut self,
        job: J,
        slots: usize,
        deadline: Option<Instant>,
    ) -> Result<Ticket, Full> {
        if self.waiting.len() >= self.queue {
            // A full queue accepts a job that would start at once.
            let before: usize = self.waiting.iter().map(|job| job.slots).sum();
            if before + slots > self.free + self.ending {
                return Err(Full);
            }
        }
        self.issued += 1;
        let ticket = Ticket(self.issued);
        self.waiting.push_back(Waiting {
            ticket,
            job,
            slots,
            deadline,
        });
        self.admit();
        Ok(ticket)
    }

    /// Assigns free slots to waiting jobs.
    fn admit(&mut self) {
        while let Some(next) = self.waiting.pop_front() {
            if next.slots > self.free {
                self.waiting.push_front(next);
                return;
            }
            self.free -= next.slots;
            // The job uses the memory of one of its slots; those of the others are freed.
            let memory = self.memories.pop().unwrap_or_default();
            let kept = self.free.min(self.memories.len());
            let surplus = self.memories.split_off(kept);
            self.ready.push_back(Ready {
                ticket: next.ticket,
                job: next.job,
                allocation: Allocation {
                    slots: next.slots,
                    memory,
                    surplus,
                },
            });
        }
    }

    /// Removes a job that has no slots yet.
    pub(super) fn withdraw(&mut self, ticket: Ticket) -> Option<J> {
        let found = self.waiting.binary_search_by_key(&ticket, |job| job.ticket);
        let withdrawn = self.waiting.remove(found.ok()?)?;
        // The job may have blocked those behind it.
        self.admit();
        Some(withdrawn.job)
    }

    /// Removes a job that has not begun, with or without slots.
    pub(super) fn revoke(&mut self, ticket: Ticket) {
        if self.withdraw(ticket).is_none()
            && let Some(found) = self.ready.iter().position(|job| job.ticket == ticket)
            && let Some(revoked) = self.ready.remove(found)
        {
            self.deallocate(revoked.allocation);
        }
    }

    /// Removes the jobs whose deadline has passed. All wait equally long, so these are the first.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<J> {
        let is_late = |job: &Waiting<J>| job.deadline.is_some_and(|deadline| deadline <= now);
        let late = self.waiting.iter().take_while(|job| is_late(job)).count();
        let expired: Vec<J> = self.waiting.drain(..late).map(|late| late.job).collect();
        self.admit();
        expired
    }

    /// Takes the next job to run.
    pub(super) fn take(&mut self) -> Option<Ready<J>> {
        self.ready.pop_front()
    }

    /// Counts the slots as about to become free.
    pub(super) fn mark_ending(&mut self, allocation: &Allocation) {
        self.ending += allocation.slots;
    }

    /// Frees slots that were [about to become free](Self::mark_ending).
    pub(super) fn release(&mut self, allocation: Allocation) {
        self.ending -= allocation.slots;
        self.deallocate(allocation);
    }

    fn deallocate(&mut self, allocation: Allocation) {
        self.free += allocation.slots;
        if allocation.memory.len() > 0 {
            self.memories.push(allocation.memory);
        }
        self.admit();
    }

    /// Takes a free slot whose memory is due to be wiped.
    pub(super) fn take_to_wipe(&mut self, now: Instant) -> Option<Allocation> {
        let due = self.memories.iter().position(|memory| memory.is_due(now))?;
        self.free -= 1;
        self.ending += 1;
        Some(Allocation {
            slots: 1,
            memory: self.memories.remove(due),
            surplus: Vec::new(),
        })
    }

    /// Returns whether the memory of any free slot has content.
    pub(super) fn has_to_wipe(&self) -> bool {
        self.memories.iter().any(Memory::is_used)
    }

    /// Drops all but the first `memories` memories.
    pub(super) fn truncate_memories(&mut self, memories: usize) {
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
