//! Colours, which are for those alone who see them.

use std::process::Output;

use super::{PASSWORD, WRONG_PASSWORD, login, register_verified};
use crate::calls::fed;
use crate::world::World;

const ESCAPE: char = '\u{1b}';

/// Calls whose output has colours on a terminal, with what they read.
const COLOURED: [(&[&str], &str); 7] = [
    (&["list"], ""),
    (&["audit"], ""),
    (&["login", "ada"], PASSWORD),
    (&["login", "ada"], WRONG_PASSWORD),
    (&["deactivate", "unknown"], ""),
    (&["--help"], ""),
    (&["sign-in"], ""),
];

/// All that each of them prints.
fn printed(world: &World, environment: &[(&str, &str)]) -> Vec<String> {
    let run = |(arguments, line): &(&[&str], &str)| {
        let mut call = world.call(arguments);
        call.envs(environment.iter().copied());
        let Output { stdout, stderr, .. } = fed(call, format!("{line}\n").as_bytes());
        String::from_utf8([stdout, stderr].concat()).unwrap()
    };
    COLOURED.iter().map(run).collect()
}

fn world() -> World {
    let world = World::sqlite();
    register_verified(&world, "ada");
    assert_eq!(login(&world, "ada", WRONG_PASSWORD).0, Some(1));
    world
}

#[test]
fn there_are_none_on_a_pipe() {
    let world = world();
    for environment in [&[][..], &[("TERM", "xterm-256color")], &[("NO_COLOR", "1")]] {
        for text in printed(&world, environment) {
            assert!(!text.is_empty() && !text.contains(ESCAPE), "{text:?}");
        }
    }
}

#[test]
fn there_are_some_on_a_pipe_if_that_is_asked_for() {
    for text in printed(&world(), &[("CLICOLOR_FORCE", "1")]) {
        assert!(text.contains(ESCAPE), "{text:?}");
    }
}
