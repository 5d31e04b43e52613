//! Lines on standard input that are no password.

use std::process::Output;

use super::{PASSWORD, is_empty, printed, register};
use crate::calls::fed;
use crate::world::World;

const REGISTER: &[&str] = &["register", "ada", "ada@example.org"];

/// A line that is longer than any that is read.
const TOO_LONG: usize = 64 * 1024 + 1;

fn call(world: &World, arguments: &[&str], input: &[u8]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = fed(world.call(arguments), input);
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn an_invalid_password_does_not_register() {
    let world = World::sqlite();
    let too_long = [vec![b'a'; TOO_LONG], b"\n".to_vec()].concat();
    let too_long_to_hash = [vec![b'a'; 5000], b"\n".to_vec()].concat();
    let cases: [(&[u8], &str); 6] = [
        (b"", "there is no password on standard input"),
        (b"\n", "use at least 15 characters"),
        (b"too short\n", "use at least 15 characters"),
        (b"secret but no \xff UTF-8\n", "is not UTF-8"),
        (&too_long, "too long for a password"),
        (&too_long_to_hash, "use a shorter password"),
    ];
    for (input, words) in cases {
        let (code, said) = call(&world, REGISTER, input);
        assert_eq!(code, Some(2), "{words}");
        assert!(
            said.starts_with("error: ") && said.contains(words),
            "{said}"
        );
        assert!(!said.contains("secret") && !said.contains("aaa"), "{said}");
    }
    is_empty(&world);
}

#[test]
fn an_invalid_password_does_not_sign_in() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    // These could be one, and are not this account's.
    let too_long_to_hash = "a".repeat(5000);
    for line in ["", "too short", &too_long_to_hash] {
        let output = world.run(&["login", "ada"], &[line]);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stderr.is_empty());
    }
    let too_long = [vec![b'a'; TOO_LONG], b"\n".to_vec()].concat();
    for input in [&b""[..], b"secret but no \xff UTF-8\n", &too_long] {
        assert_eq!(call(&world, &["login", "ada"], input).0, Some(2));
    }
}

#[test]
fn a_change_wants_two_lines() {
    let world = World::sqlite();
    assert!(register(&world, "ada").status.success());
    let before = printed(&world, &["audit"]);
    let one_line = format!("{PASSWORD}\n");
    let (code, said) = call(&world, &["passwd", "ada"], one_line.as_bytes());
    assert_eq!(code, Some(2));
    assert!(
        said.contains("there is no password on standard input"),
        "{said}"
    );
    assert_eq!(printed(&world, &["audit"]), before);
}
