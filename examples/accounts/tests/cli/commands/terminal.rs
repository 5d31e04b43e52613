//! The output on a terminal.

use super::register_verified;
use crate::terminal::Terminal;
use crate::world::World;

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn there_are_colours_unless_they_are_turned_off() {
    let world = World::sqlite();
    register_verified(&world, "ada");
    for arguments in [
        &["list"][..],
        &["audit"],
        &["deactivate", "unknown"],
        &["--help"],
    ] {
        let (_, shown) = Terminal::new(&world, &[], arguments).end();
        assert!(shown.contains('\u{1b}'), "{arguments:?}: {shown:?}");
        let no_colour = [("NO_COLOR", "1")];
        let (_, shown) = Terminal::new(&world, &no_colour, arguments).end();
        assert!(!shown.is_empty(), "{arguments:?}");
        assert!(!shown.contains('\u{1b}'), "{arguments:?}: {shown:?}");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the `script` of Linux")]
fn the_bar_of_an_import_is_gone_when_it_is_done() {
    let world = World::sqlite();
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3");
    let terminal = Terminal::new(&world, &[], &["import", "lback", original]);
    let (ended, shown) = terminal.end();
    assert_eq!(ended, Some(0));
    let last = shown.trim_end().lines().last().unwrap();
    assert!(
        last.ends_with("imported 10, already there 0, skipped 2, tokens 0"),
        "{shown:?}"
    );
}
