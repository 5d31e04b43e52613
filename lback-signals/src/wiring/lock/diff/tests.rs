//! Tests the difference of two texts against its definition.

use std::collections::BTreeSet;

use test_support::cases::{Result, Unstructured, check, vec};

use super::diff;

#[test]
fn texts_with_the_same_lines_do_not_differ() {
    assert_eq!(diff("", ""), "");
    assert_eq!(diff("a\nb\n", "a\nb\n"), "");
    assert_eq!(diff("a\nb", "a\nb\n"), "");
    assert_eq!(diff("a\r\nb\r\n", "a\nb\n"), "", "as git may check it out");
}

#[test]
fn the_difference_is_the_lines_of_one_side() {
    assert_eq!(diff("a\nb\n", "a\nx\nb\n"), "+ x\n");
    assert_eq!(diff("a\nx\nb\n", "a\nb\n"), "- x\n");
    assert_eq!(diff("a\nx\nb\n", "a\ny\nb\n"), "- x\n+ y\n");
    assert_eq!(diff("", "a\n"), "+ a\n");
    assert_eq!(diff("a\n", ""), "- a\n");
    assert_eq!(diff("a\r\nx\r\n", "a\ny\n"), "- x\n+ y\n");
    assert_eq!(diff("a\n", "a\na\n"), "+ a\n");
}

#[test]
fn a_moved_line_is_removed_and_added() {
    assert_eq!(diff("a\nb\nc\nd\n", "b\nc\na\nd\n"), "- a\n+ a\n");
    assert_eq!(diff("a\nb\nc\nd\n", "c\na\nb\nd\n"), "+ c\n- c\n");
    assert_eq!(diff("a\nb\nc\nd\n", "a\nc\nx\nb\nd\n"), "- b\n+ x\n+ b\n");
}

type Lines = Vec<&'static str>;

fn lines(u: &mut Unstructured<'_>) -> Result<Lines> {
    vec(u, 0..=7, |u| Ok(*u.choose(&["", "a", "b", "- a"])?))
}

/// Returns each way to split the lines into removed and kept ones.
fn splits(lines: &Lines) -> Vec<(Lines, Lines)> {
    (0_u32..1 << lines.len())
        .map(|chosen| {
            let is_taken = |index: usize| chosen & (1 << index) != 0;
            let part = |taken| {
                let part = lines.iter().enumerate();
                let part = part.filter(|(index, _)| is_taken(*index) == taken);
                part.map(|(_, line)| *line).collect()
            };
            (part(true), part(false))
        })
        .collect()
}

#[test]
fn the_difference_is_the_shortest_that_makes_one_text_of_the_other() {
    check(256, 64, |u| {
        let (locked, wiring) = (lines(u)?, lines(u)?);
        let text = |lines: &Lines| {
            lines
                .iter()
                .flat_map(|line| [line, "\n"])
                .collect::<String>()
        };
        let diff = diff(&text(&locked), &text(&wiring));
        let side = |mark| -> Vec<&str> {
            diff.lines()
                .filter_map(|line| line.strip_prefix(mark))
                .collect()
        };
        let (removed, added) = (side("- "), side("+ "));
        assert_eq!(removed.len() + added.len(), diff.lines().count());

        let left_of = |lines: &Lines, taken: &[&str]| -> BTreeSet<Lines> {
            let splits = splits(lines).into_iter().filter(|(part, _)| part == taken);
            splits.map(|(_, left)| left).collect()
        };
        let left = left_of(&locked, &removed);
        assert!(!left.is_disjoint(&left_of(&wiring, &added)), "{diff}");

        let parts = |lines: &Lines| -> BTreeSet<Lines> {
            splits(lines).into_iter().map(|(part, _)| part).collect()
        };
        let (locked_parts, wiring_parts) = (parts(&locked), parts(&wiring));
        let common = locked_parts.intersection(&wiring_parts);
        let longest = common.map(Vec::len).max().unwrap();
        assert_eq!(
            removed.len() + added.len(),
            locked.len() + wiring.len() - 2 * longest
        );
        Ok(())
    });
}
