//! How far calls had come when they were killed.

use std::fmt;

use super::history::History;

#[derive(Default)]
pub(super) struct Tally {
    /// In which some were killed.
    pub(super) rounds: u32,
    calls: usize,
    /// Killed when nothing was in the log.
    before: usize,
    /// Killed when it was in the log, and nothing was said.
    unsaid: usize,
    /// Killed when it was said.
    said: usize,
}

impl Tally {
    /// The calls of a round, which begins with this one.
    pub(super) fn count(&mut self, history: &History, first: usize) {
        let mut is_killed = false;
        for (number, (_, end)) in history.calls.iter().enumerate().skip(first) {
            self.calls += 1;
            if !end.is_killed() {
                continue;
            }
            is_killed = true;
            let is_in_log = history.tables.log.iter().any(|entry| entry.call == number);
            *match (
                end.is_said(),
                is_in_log || history.tables.requests.contains(&number),
            ) {
                (true, _) => &mut self.said,
                (false, true) => &mut self.unsaid,
                (false, false) => &mut self.before,
            } += 1;
        }
        self.rounds += u32::from(is_killed);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rounds,
            calls,
            before,
            unsaid,
            said,
        } = self;
        write!(
            f,
            "{rounds} rounds with {calls} calls; killed before anything was done: {before}, \
             before it was said: {unsaid}, afterwards: {said}"
        )
    }
}
