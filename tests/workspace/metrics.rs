//! The table of metrics in the guide.

use std::fs;
use std::path::Path;

use lback_signals::metrics::METRICS;

#[test]
fn the_table_of_the_guide_lists_the_metrics() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/observing.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `lback_"));
    let expected = METRICS.iter().map(|metric| {
        let labels: Vec<_> = metric.labels.iter().map(|it| format!("`{it}`")).collect();
        let labels = labels.join(", ");
        let row = format!(
            "| `{}` | {} | {} | {labels} | {} |",
            metric.name,
            format!("{:?}", metric.kind).to_lowercase(),
            metric.unit(),
            metric.description,
        );
        row.replace("|  |", "| |")
    });
    assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}
