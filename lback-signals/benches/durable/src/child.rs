//! A worker in another process.

use std::io::{Read as _, stdin};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use crate::{Result, candidates, handled};

/// Runs the worker of a candidate until standard input is closed.
pub(crate) async fn work(candidate: &str, url: &str) -> Result<()> {
    handled::set_child();
    let candidate = candidates::open(candidate, url).await?;
    let worker = candidate.start().await?;
    println!("ready");
    tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new())).await??;
    worker.stop().await;
    Ok(())
}

/// The other process.
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    reader: JoinHandle<()>,
}

impl Process {
    /// Starts a worker whose starts are noted in this process.
    pub(crate) async fn start(candidate: &str, url: &str) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["worker", candidate, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(output).lines();
        if lines.next_line().await?.as_deref() != Some("ready") {
            return Err(format!("the worker of {candidate} did not start").into());
        }
        let input = child.stdin.take();
        let reader = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let Some((number, time)) = line.split_once(' ') else {
                    continue;
                };
                if let (Ok(number), Ok(time)) = (number.parse(), time.parse()) {
                    handled::started_at(number, time);
                }
            }
        });
        Ok(Self {
            child,
            input,
            reader,
        })
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        drop(self.input.take());
        self.child.wait().await?;
        self.reader.await?;
        Ok(())
    }
}
