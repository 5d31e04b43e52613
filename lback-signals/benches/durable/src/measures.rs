//! The measures.

mod drain;
mod idle;
mod latency;
mod order;
mod snapshot;
mod transactions;

use crate::Result;
use crate::candidates::{self, Candidate};
use crate::engine::Engines;
use crate::options::Options;
use crate::report;

/// Measures what the options name, and prints the table.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let engines = Engines::new(&options.postgres).await?;
    let bench = Bench { engines, options };
    let before = report::load();
    let conditions = report::conditions(&bench.engines.admin, options).await?;
    let groups = match &*options.measure {
        "transactions" => transactions::measure(&bench).await?,
        "latency" => latency::measure(&bench).await?,
        "order" => order::measure(&bench).await?,
        "drain" => drain::measure(&bench).await?,
        "idle" => idle::measure(&bench).await?,
        "snapshot" => snapshot::measure(&bench).await?,
        "all" => {
            let mut groups = transactions::measure(&bench).await?;
            groups.extend(latency::measure(&bench).await?);
            groups.extend(order::measure(&bench).await?);
            groups.extend(drain::measure(&bench).await?);
            groups.extend(idle::measure(&bench).await?);
            groups.extend(snapshot::measure(&bench).await?);
            groups
        }
        unknown => return Err(format!("unknown measure {unknown}").into()),
    };
    println!("{}", report::table(&groups));
    println!(
        "Load average {before} before, {} after. {conditions}.",
        report::load()
    );
    Ok(())
}

/// The conditions of all measures.
struct Bench<'a> {
    engines: Engines,
    options: &'a Options,
}

impl Bench<'_> {
    /// Returns the candidates of these lists that are to be measured.
    fn candidates(&self, lists: &[&[&'static str]]) -> Vec<&'static str> {
        let names = lists.iter().flat_map(|list| list.iter());
        names
            .copied()
            .filter(|name| name.contains(&self.options.only))
            .collect()
    }

    /// Opens a candidate on an empty database. Returns its URL, too.
    async fn open(&self, candidate: &str) -> Result<(Box<dyn Candidate>, String)> {
        let url = if candidates::is_sqlite(candidate) {
            self.engines.sqlite(candidate).await?
        } else {
            self.engines.postgres(candidate).await?
        };
        Ok((candidates::open(candidate, &url).await?, url))
    }

    /// Removes the database of a candidate, so that nothing of it runs beside others.
    async fn close(&self, name: &str, candidate: Box<dyn Candidate>) -> Result<()> {
        drop(candidate);
        if !candidates::is_sqlite(name) {
            self.engines.drop_postgres(name).await?;
        }
        Ok(())
    }
}
