//! Sign-ins that are not granted.

use super::{
    NEW_PASSWORD, PASSWORD, WRONG_PASSWORD, execute, last_token, login, register,
    register_verified, said,
};
use crate::world::{World, on_each_database};

on_each_database!(
    a_wrong_password_an_unknown_name_and_an_account_out_of_use_are_told_in_the_same_words,
    guesses_have_to_wait_whether_or_not_there_is_such_an_account_and_a_reset_ends_that,
);

/// So many are looked at; the ten that are free, and the one that begins a wait.
const LOOKED_AT: usize = 11;

fn a_wrong_password_an_unknown_name_and_an_account_out_of_use_are_told_in_the_same_words(
    world: &World,
) {
    register_verified(world, "ada");
    register_verified(world, "grace");
    register(world, "alan");
    said(world, &["deactivate", "grace"], &[]);
    let denied = (Some(1), "denied\n".to_owned());
    assert_eq!(login(world, "ada", WRONG_PASSWORD), denied);
    assert_eq!(login(world, "unknown", PASSWORD), denied);
    assert_eq!(login(world, "grace", PASSWORD), denied);
    assert_eq!(login(world, "grace", WRONG_PASSWORD), denied);
    assert_eq!(login(world, "alan", WRONG_PASSWORD), denied);

    // Only a caller that knows the password learns that.
    let unverified = "denied: the address has to be verified first\n".to_owned();
    assert_eq!(login(world, "alan", PASSWORD), (Some(1), unverified));
    let granted = "granted to ada\n".to_owned();
    assert_eq!(login(world, "ada", PASSWORD), (Some(0), granted));
}

fn guesses_have_to_wait_whether_or_not_there_is_such_an_account_and_a_reset_ends_that(
    world: &World,
) {
    register_verified(world, "ada");
    is_made_to_wait(world, "unknown");
    is_made_to_wait(world, "ada");
    // Even with the right one, as long as the wait is.
    let (code, printed) = login(world, "ada", PASSWORD);
    assert_eq!(code, Some(1), "{printed}");

    said(world, &["reset", "ada@example.org"], &[]);
    let reset = ["reset", "--token", &last_token(world)];
    said(world, &reset, &[NEW_PASSWORD]);
    assert_eq!(login(world, "ada", NEW_PASSWORD).0, Some(0));
}

/// Guesses, and has the wait last that this begins: it is a second, which is soon over.
fn is_made_to_wait(world: &World, name: &str) {
    for _ in 0..LOOKED_AT {
        let denied = (Some(1), "denied\n".to_owned());
        assert_eq!(login(world, name, WRONG_PASSWORD), denied);
    }
    // By 20 hours, in microseconds. One of days would be believed to come of a clock that was wrong.
    execute(
        world,
        "UPDATE lback_attempt SET not_before = not_before + 72000000000 WHERE attempts > 10",
    );
    let (code, printed) = login(world, name, WRONG_PASSWORD);
    assert_eq!(code, Some(1));
    let seconds = printed.strip_prefix("denied: too many attempts; try again in ");
    let seconds = seconds.and_then(|seconds| seconds.strip_suffix(" s\n"));
    assert!(seconds.unwrap().parse::<u64>().unwrap() > 0);
}
