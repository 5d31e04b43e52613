use super::*;

#[test]
fn debug_tells_usable_from_unusable_and_no_more() {
    let shown = |stored: Option<&str>| {
        let password = Password::from_stored(stored.map(str::to_owned));
        assert_eq!(format!("{password:?}"), format!("{password:#?}"));
        format!("{password:?}")
    };
    assert_eq!(
        shown(Some(
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY"
        )),
        "Password(usable)"
    );
    assert_eq!(shown(Some("plain-text")), "Password(usable)");
    assert_eq!(shown(None), "Password(unusable)");
}

#[test]
fn messages_are_one_line_without_a_full_stop() {
    let every = [
        PasswordError::Empty,
        PasswordError::TooLong,
        PasswordError::Entropy,
        PasswordError::Corrupt,
        PasswordError::UnknownScheme,
        PasswordError::CostOutOfBounds,
        PasswordError::UnknownPepper,
        PasswordError::Busy,
        PasswordError::OutOfMemory,
    ];
    for error in every {
        let message = error.to_string();
        assert!(
            !message.contains("  ") && !message.ends_with('.'),
            "{message}"
        );
    }
}

#[test]
fn the_epoch_goes_with_the_hash_unless_one_is_given() {
    let stored = |text: &str| Password::from_stored(Some(text.to_owned()));
    let one = stored("one");
    assert_eq!(one.epoch(), stored("one").epoch());
    assert_ne!(one.epoch(), stored("other").epoch());
    assert_ne!(stored("").epoch(), Password::unusable().epoch());

    let mut upgraded = one.clone();
    upgraded.upgrade(stored("other"));
    assert_eq!(
        (upgraded.stored(), upgraded.epoch()),
        (Some("other"), one.epoch())
    );

    let mut ended = one.clone();
    ended.end_sessions();
    assert_eq!(ended.stored(), Some("one"));
    assert_ne!(ended.epoch(), one.epoch());
    let first = ended.epoch();
    ended.end_sessions();
    assert!(![first, one.epoch()].contains(&ended.epoch()));

    let mut removed = one.clone();
    removed.remove();
    assert!(!removed.is_usable());
    assert!(![one.epoch(), Password::unusable().epoch()].contains(&removed.epoch()));
}
