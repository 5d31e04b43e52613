//! The audit log, as the program prints it.

use serde::Deserialize;

use crate::world::World;

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) time: String,
    pub(crate) signal: String,
    pub(crate) outcome: String,
    pub(crate) account: Option<String>,
    pub(crate) by: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) request: Option<String>,
}

/// The entries that match some options of `audit`, which has nothing else to say.
pub(crate) fn entries(world: &World, filter: &[&str]) -> Vec<Entry> {
    let output = world.run(&[&["audit", "--json"], filter].concat(), &[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && error.is_empty(), "{error}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let entries = lines.lines().map(serde_json::from_str);
    entries.collect::<Result<_, _>>().unwrap()
}
