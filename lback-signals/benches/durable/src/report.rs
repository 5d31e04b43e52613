//! The table of results.

use std::fmt::Write as _;
use std::fs;

use sqlx::PgPool;

use crate::Result;
use crate::options::Options;

/// Candidates that did the same. The first one is the base of the ratios.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    cases: Vec<(&'static str, Vec<f64>)>,
}

impl Group {
    pub(crate) fn new(
        name: impl Into<String>,
        unit: &'static str,
        candidates: &[&'static str],
    ) -> Self {
        Self {
            name: name.into(),
            unit,
            cases: candidates.iter().map(|it| (*it, Vec::new())).collect(),
        }
    }

    /// Adds the result of a round.
    pub(crate) fn add(&mut self, candidate: &str, value: f64) {
        eprintln!("{}: {candidate}: {value:.3} {}", self.name, self.unit);
        let case = self.cases.iter_mut().find(|case| case.0 == candidate);
        case.expect("a candidate of the group").1.push(value);
    }
}

/// Returns the table of the groups.
pub(crate) fn table(groups: &[Group]) -> String {
    let mut table = String::from(
        "| measure | candidate | median | least to most | ratio |\n|---|---|---:|---:|---:|\n",
    );
    for group in groups {
        let mut base = None;
        for (candidate, values) in &group.cases {
            let mut values = values.clone();
            if values.is_empty() {
                continue;
            }
            values.sort_by(f64::total_cmp);
            let (least, most) = (values[0], values[values.len() - 1]);
            let median = median(&values);
            let base = *base.get_or_insert(median);
            let _ = writeln!(
                table,
                "| {} | {candidate} | {} {} | {} to {} | {} |",
                group.name,
                number(median),
                group.unit,
                number(least),
                number(most),
                number(median / base),
            );
        }
    }
    table
}

/// Returns the median of sorted values.
fn median(values: &[f64]) -> f64 {
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// Returns a percentile of sorted values, 0 if there are none.
pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let index = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or_default()
}

fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Returns the load average of the machine.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Returns the versions and settings of a run.
pub(crate) async fn conditions(admin: &PgPool, options: &Options) -> Result<String> {
    let mut text = format!("PostgreSQL {}", setting(admin, "server_version").await?);
    for name in ["fsync", "synchronous_commit", "shared_buffers"] {
        let _ = write!(text, ", {name} {}", setting(admin, name).await?);
    }
    let sqlite: String = {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await?;
        sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&pool)
            .await?
    };
    let _ = write!(text, "; SQLite {sqlite}, WAL, synchronous NORMAL");
    let cores = std::thread::available_parallelism()?;
    let _ = write!(
        text,
        "; {cores} cores; {} rounds, {} rows",
        options.rounds, options.rows
    );
    for name in [
        "apalis-postgres",
        "apalis-sqlite",
        "graphile_worker",
        "pg_task",
        "sqlx",
    ] {
        if let Some(version) = locked(name) {
            let _ = write!(text, "; {name} {version}");
        }
    }
    if cfg!(debug_assertions) {
        text += "; not optimised";
    }
    Ok(text)
}

async fn setting(admin: &PgPool, name: &str) -> Result<String> {
    let setting = sqlx::query_scalar("SELECT current_setting($1)").bind(name);
    Ok(setting.fetch_one(admin).await?)
}

/// Returns the version of a crate in the lock file.
fn locked(name: &str) -> Option<&'static str> {
    let lock = include_str!("../Cargo.lock");
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    after.split('"').next()
}
