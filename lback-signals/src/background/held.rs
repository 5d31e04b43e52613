//! Jobs of nested sends, held until the send around them has handed over its own.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};

use super::Job;
use crate::sent::Sent;

type Jobs = Vec<(Sent, Job)>;

thread_local! {
    /// `Some` while a send whose receivers run in the background calls the others. Never dropped, so
    /// that it is there for as long as its thread is: [`Holding`] leaves nothing in it.
    static HELD: RefCell<ManuallyDrop<Option<Jobs>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// The jobs that one send holds.
#[derive(Default)]
pub(crate) struct Held {
    jobs: Jobs,
}

impl Held {
    /// `None` inside a send that holds jobs already: the outermost one holds all of them.
    pub(crate) fn new() -> Option<Self> {
        let is_outermost = HELD.with_borrow(|held| held.is_none());
        is_outermost.then(Self::default)
    }

    /// Holds the jobs that are handed over on this thread until the guard is dropped.
    pub(crate) fn hold(&mut self) -> Holding<'_> {
        let outer = replace(Some(mem::take(&mut self.jobs)));
        Holding {
            held: self,
            outer,
            not_send: PhantomData,
        }
    }

    /// Hands the jobs over, where waiting for a place need not block.
    pub(crate) async fn hand_over_async(mut self) {
        self.jobs = self.take();
        self.jobs.reverse();
        // The drop hands over the jobs that are left when this is cancelled.
        while let Some((_, job)) = self.jobs.pop() {
            // A refusal has been announced.
            drop(super::submit_async(job).await);
        }
    }

    /// Takes the jobs out, in the order of sending.
    fn take(&mut self) -> Jobs {
        let mut jobs = mem::take(&mut self.jobs);
        jobs.sort_by_key(|(sent, _)| *sent);
        jobs
    }
}

/// Hands the jobs over, also those of a send that is cancelled: the sends inside it were complete.
impl Drop for Held {
    fn drop(&mut self) {
        for (_, job) in self.take() {
            drop(super::submit(job));
        }
    }
}

/// Holds jobs on this thread while it lives.
pub(crate) struct Holding<'h> {
    held: &'h mut Held,
    /// The jobs of another send, on whose thread this one is polled.
    outer: Option<Jobs>,
    not_send: PhantomData<*const ()>,
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.held.jobs = replace(self.outer.take()).unwrap_or_default();
    }
}

/// Holds a job, if a send on this thread holds any.
#[inline]
pub(super) fn hold(sent: Sent, job: Job) -> Result<(), Job> {
    HELD.with_borrow_mut(|held| match &mut **held {
        Some(jobs) => {
            jobs.push((sent, job));
            Ok(())
        }
        None => Err(job),
    })
}

fn replace(jobs: Option<Jobs>) -> Option<Jobs> {
    ManuallyDrop::into_inner(HELD.replace(ManuallyDrop::new(jobs)))
}
