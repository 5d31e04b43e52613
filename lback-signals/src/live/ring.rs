//! The bounded buffer of dispatches.

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use super::{LiveDispatch, LiveRun};
use crate::observe::{ReceiverRun, RunOutcome};
use crate::report::DispatchId;

/// The levels of a tree, whose functions are recursive. A receiver in the background may send its own signal forever.
const MAX_LEVELS: usize = 32;

pub(super) struct Ring {
    capacity: usize,
    entries: VecDeque<Entry>,
    /// The positions of the entries, counted from the first one ever.
    positions: HashMap<DispatchId, u64>,
    dropped: u64,
}

struct Entry {
    dispatch: LiveDispatch,
    parent: Option<DispatchId>,
}

impl Ring {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: VecDeque::new(),
            positions: HashMap::new(),
            dropped: 0,
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn add(&mut self, dispatch: LiveDispatch, parent: Option<DispatchId>) {
        if self.entries.len() == self.capacity
            && let Some(oldest) = self.entries.pop_front()
        {
            self.positions.remove(&oldest.dispatch.id);
            self.dropped += 1;
        }
        let position = self.dropped + self.entries.len() as u64;
        self.positions.insert(dispatch.id, position);
        self.entries.push_back(Entry { dispatch, parent });
    }

    /// Adds a run to its dispatch, unless that was dropped. The attempt of a durable receiver is a separate entry.
    pub(super) fn add_run(&mut self, run: &ReceiverRun<'_>) {
        if is_attempt(run) && !self.positions.contains_key(&run.dispatch()) {
            let attempt = LiveDispatch {
                id: run.dispatch(),
                signal: run.receiver().signal(),
                request: None,
                sent_by: None,
                at: SystemTime::now(),
                runs: Vec::new(),
                children: Vec::new(),
            };
            self.add(attempt, None);
        }
        let position = self.positions.get(&run.dispatch());
        let index = position.and_then(|position| usize::try_from(position - self.dropped).ok());
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            entry.dispatch.runs.push(LiveRun {
                receiver: run.receiver(),
                outcome: run.outcome().name(),
                failure: match run.outcome() {
                    RunOutcome::Failed(kind) => Some(kind.name()),
                    _ => None,
                },
                duration: run.duration(),
            });
        }
    }

    /// Returns the dispatches below those whose receivers have sent them, and the requests in the order of their first
    /// dispatches.
    pub(super) fn tree(&self) -> Vec<LiveDispatch> {
        let mut children: HashMap<DispatchId, Vec<LiveDispatch>> = HashMap::new();
        let mut roots = Vec::new();
        // A dispatch is added after its parent, unless that is an attempt, which has ended after it.
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.dispatch.id);
        let mut levels: HashMap<DispatchId, usize> = HashMap::new();
        let parents = entries.iter().map(|entry| {
            let parent = entry.parent.and_then(|id| Some((id, *levels.get(&id)?)));
            let parent = parent.filter(|(_, level)| *level < MAX_LEVELS);
            levels.insert(entry.dispatch.id, parent.map_or(1, |(_, level)| level + 1));
            parent.map(|(id, _)| id)
        });
        let parents: Vec<_> = parents.collect();
        for (entry, parent) in entries.into_iter().zip(parents).rev() {
            let mut dispatch = entry.dispatch.clone();
            let mut below = children.remove(&dispatch.id).unwrap_or_default();
            below.reverse();
            dispatch.children = below;
            match parent {
                Some(parent) => children.entry(parent).or_default().push(dispatch),
                None => roots.push(dispatch),
            }
        }
        roots.reverse();
        let mut firsts: HashMap<Option<String>, DispatchId> = HashMap::new();
        for root in roots.iter().filter(|root| root.request.is_some()) {
            firsts.entry(root.request.clone()).or_insert(root.id);
        }
        roots.sort_by_key(|root| *firsts.get(&root.request).unwrap_or(&root.id));
        roots
    }
}

fn is_attempt(run: &ReceiverRun<'_>) -> bool {
    #[cfg(feature = "durable")]
    {
        run.attempt().is_some()
    }
    #[cfg(not(feature = "durable"))]
    {
        let _ = run;
        false
    }
}
