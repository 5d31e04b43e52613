//! The view as a table.

use std::fmt;
use std::time::SystemTime;

use super::{LiveDispatch, LiveView};

/// Writes the dispatches as a table. Times are ages.
impl fmt::Display for LiveView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dispatches, dropped) = {
            let state = self.lock();
            (state.ring.tree(), state.ring.dropped())
        };
        let mut rows = Vec::new();
        let mut request = None;
        for dispatch in &dispatches {
            if dispatch.request.is_some() && dispatch.request != request {
                let name = dispatch.request.as_deref().unwrap_or_default();
                rows.push(Row::new(0, format!("request {}", name.escape_default())));
            }
            request.clone_from(&dispatch.request);
            add_rows(&mut rows, usize::from(request.is_some()), dispatch, None);
        }
        let width = rows.iter().map(Row::width).max().unwrap_or_default();
        for Row { depth, name, rest } in &rows {
            let width = width.saturating_sub(2 * depth);
            let line = format!("{:indent$}{name:width$}  {rest}", "", indent = 2 * depth);
            writeln!(f, "{}", line.trim_end())?;
        }
        if dropped > 0 {
            writeln!(f, "{dropped} older dispatches were dropped")?;
        }
        Ok(())
    }
}

struct Row {
    depth: usize,
    name: String,
    rest: String,
}

impl Row {
    fn new(depth: usize, name: String) -> Self {
        Self {
            depth,
            name,
            rest: String::new(),
        }
    }

    /// Returns the width of the first column. Zero if there is no second one.
    fn width(&self) -> usize {
        if self.rest.is_empty() {
            return 0;
        }
        2 * self.depth + self.name.chars().count()
    }
}

/// Adds a dispatch, the runs of its receivers, and below each run what the receiver has sent.
fn add_rows(rows: &mut Vec<Row>, depth: usize, dispatch: &LiveDispatch, now: Option<SystemTime>) {
    let now = now.unwrap_or_else(SystemTime::now);
    let age = now.duration_since(dispatch.at).unwrap_or_default();
    rows.push(Row {
        rest: format!("{:.1} s ago", age.as_secs_f64()),
        ..Row::new(depth, dispatch.signal.name().to_owned())
    });
    for (index, run) in dispatch.runs.iter().enumerate() {
        let outcome = run.failure.unwrap_or(run.outcome);
        let milliseconds = run.duration.as_secs_f64() * 1e3;
        rows.push(Row {
            rest: format!("{outcome}, {milliseconds:.1} ms"),
            ..Row::new(depth + 1, run.receiver.id().to_owned())
        });
        // Closures that were connected by one call are one receiver.
        let before = &dispatch.runs[..index];
        if before.iter().any(|it| it.receiver == run.receiver) {
            continue;
        }
        let mut sent = dispatch.children.iter();
        while let Some(child) = sent.find(|child| child.sent_by == Some(run.receiver)) {
            add_rows(rows, depth + 2, child, Some(now));
        }
    }
    let has_run = |child: &&LiveDispatch| {
        let mut runs = dispatch.runs.iter();
        runs.any(|run| child.sent_by == Some(run.receiver))
    };
    for child in dispatch.children.iter().filter(|child| !has_run(child)) {
        add_rows(rows, depth + 2, child, Some(now));
    }
}
