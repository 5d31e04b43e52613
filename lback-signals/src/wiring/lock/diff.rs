//! The difference of two texts, by lines.

use std::fmt::Write;

#[cfg(test)]
mod tests;

/// Returns the lines that only one side has, prefixed with `-` or `+`, in their order.
pub(super) fn diff(locked: &str, wiring: &str) -> String {
    let locked: Vec<_> = locked.lines().collect();
    let wiring: Vec<_> = wiring.lines().collect();
    // The table below is quadratic, so leave out the common lines at both ends.
    let start = locked
        .iter()
        .zip(&wiring)
        .take_while(|(old, new)| old == new)
        .count();
    let (locked, wiring) = (&locked[start..], &wiring[start..]);
    let ends = locked.iter().rev().zip(wiring.iter().rev());
    let end = ends.take_while(|(old, new)| old == new).count();
    let (locked, wiring) = (&locked[..locked.len() - end], &wiring[..wiring.len() - end]);

    // common[i][j]: the length of the longest common subsequence of locked[i..] and wiring[j..].
    let mut common = vec![vec![0_usize; wiring.len() + 1]; locked.len() + 1];
    for (i, old) in locked.iter().enumerate().rev() {
        for (j, new) in wiring.iter().enumerate().rev() {
            common[i][j] = if old == new {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let mut diff = String::new();
    let (mut i, mut j) = (0, 0);
    while i < locked.len() || j < wiring.len() {
        if i < locked.len() && j < wiring.len() && locked[i] == wiring[j] {
            i += 1;
            j += 1;
        } else if j == wiring.len() || (i < locked.len() && common[i + 1][j] >= common[i][j + 1]) {
            let _ = writeln!(diff, "- {}", locked[i]);
            i += 1;
        } else {
            let _ = writeln!(diff, "+ {}", wiring[j]);
            j += 1;
        }
    }
    diff
}
