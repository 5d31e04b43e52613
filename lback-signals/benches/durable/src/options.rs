//! The arguments of the program.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use crate::Result;

pub(crate) const USAGE: &str = "usage: durable-benches MEASURE [OPTION VALUE]…

measures:
  transactions  transactions per second with one application row and two deliveries
  latency       from the commit to the start of the receiver, in this and in another process
  order         the same of many keys, alone and beside one key with a backlog
  drain         deliveries per second of a backlog
  idle          statements per second and CPU time without deliveries
  snapshot      the claim while a snapshot is held
  all           each of them

options:
  --rounds N   how often each candidate is measured (5)
  --rows N     the backlog of `drain` and `order` (100000)
  --samples N  the deliveries of `latency`, and the keys of `order` (200)
  --seconds N  the time of `transactions` (5), `idle` (30) and `snapshot` (60), and the longest of `drain` (30)
  --only NAME  measures only candidates whose name contains it

Needs LBACK_POSTGRES_URL, as run.sh sets it.";

/// The task of this process.
pub(crate) enum Command {
    Measure(Options),
    /// Runs the worker of a candidate, as the other process of `latency`.
    Worker {
        candidate: String,
        url: String,
    },
}

pub(crate) struct Options {
    pub(crate) measure: String,
    pub(crate) postgres: String,
    pub(crate) rounds: usize,
    pub(crate) rows: usize,
    pub(crate) samples: u32,
    /// Overrides the default of each measure.
    seconds: Option<u64>,
    pub(crate) only: String,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command> {
        let measure = arguments.next().ok_or("no measure")?;
        if measure == "worker" {
            let candidate = arguments.next().ok_or("no candidate")?;
            let url = arguments.next().ok_or("no URL")?;
            return Ok(Command::Worker { candidate, url });
        }
        let mut options = Self {
            measure,
            postgres: env::var("LBACK_POSTGRES_URL")
                .map_err(|_| "LBACK_POSTGRES_URL is not set")?,
            rounds: 5,
            rows: 100_000,
            samples: 200,
            seconds: None,
            only: String::new(),
        };
        while let Some(option) = arguments.next() {
            let value = arguments.next().ok_or(format!("no value of {option}"))?;
            match &*option {
                "--rounds" => options.rounds = positive(&value)?,
                "--rows" => options.rows = positive(&value)?,
                "--samples" => options.samples = positive(&value)?,
                "--seconds" => options.seconds = Some(positive(&value)?),
                "--only" => options.only = value,
                _ => return Err(format!("unknown option {option}").into()),
            }
        }
        Ok(Command::Measure(options))
    }

    /// Returns the time of a measure whose default is this many seconds.
    pub(crate) fn time(&self, default: u64) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(default))
    }
}

fn positive<N: FromStr + Default + PartialEq>(text: &str) -> Result<N> {
    let number = text.parse().ok().filter(|number| *number != N::default());
    number.ok_or_else(|| format!("{text} is no positive number").into())
}
