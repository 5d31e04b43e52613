use super::*;

#[test]
fn common_passwords_are_refused_in_any_case() {
    let policy = PasswordPolicy::new().with_min_length(8);
    for password in [
        "password",
        "PassWord",
        "qwerty123456789",
        "1Q2W3E4R5T6Y7U8I9O0P",
        "Manchester United".replace(' ', "").as_str(),
        "friend\u{A0}of\u{2003}emily",
    ] {
        assert_eq!(codes(&policy, password, ADA), ["common"], "{password}");
    }
    for password in [
        "password and more",
        "my password",
        "qwerty123456789 and more",
    ] {
        assert!(codes(&policy, password, ADA).is_empty(), "{password}");
    }
}

#[test]
fn texts_of_the_owner_are_refused_whole_and_in_any_case() {
    let policy = PasswordPolicy::new().with_min_length(8);
    let owner = PasswordOwner::new("Ada L\u{F6}velace", "Lovelace.A@Example.org");
    for (password, expected) in [
        ("ada l\u{F6}velace", "is_username"),
        ("ADA\u{A0}LO\u{308}VELACE", "is_username"),
        ("lovelace.a@example.ORG", "is_email"),
        ("LOVELACE.A", "is_email"),
    ] {
        assert_eq!(codes(&policy, password, owner), [expected], "{password}");
        assert!(codes(&policy, password, ADA).is_empty(), "{password}");
    }
    for password in [
        "ada l\u{F6}velace!",
        "ada lovelace",
        "lovelace.a@",
        "example.org",
        "1lovelace.a",
    ] {
        assert!(codes(&policy, password, owner).is_empty(), "{password}");
    }
}

#[test]
fn the_local_part_ends_at_the_last_at_sign() {
    let policy = PasswordPolicy::new().with_min_length(8);
    let owner = PasswordOwner::new("", "\"lovelace@home\"@example.org");
    assert_eq!(codes(&policy, "\"lovelace@home\"", owner), ["is_email"]);
    assert!(codes(&policy, "\"lovelace", owner).is_empty());
    assert_eq!(
        codes(&policy, "no address", PasswordOwner::new("", "no address")),
        ["is_email"]
    );
}

#[test]
fn the_service_and_the_words_of_the_application_are_refused() {
    let policy = PasswordPolicy::new()
        .with_min_length(8)
        .with_service_name("Former Name")
        .with_service_name("Analytical Engines")
        .with_blocked_words(["Babbage & Co.", "Difference Engine"])
        .with_blocked_words(vec!["Punched Card".to_owned()]);
    for (password, expected) in [
        ("ANALYTICAL ENGINES", "is_service_name"),
        ("babbage & co.", "blocked_word"),
        ("difference engine", "blocked_word"),
        ("punched card", "blocked_word"),
    ] {
        assert_eq!(codes(&policy, password, ADA), [expected], "{password}");
    }
    for password in [
        "former name",
        "analytical engines!",
        "punched cards",
        "engine, difference",
    ] {
        assert!(codes(&policy, password, ADA).is_empty(), "{password}");
    }
}

#[test]
fn any_account_is_an_owner() {
    let policy = PasswordPolicy::new();
    let user = User::new("countess lovelace", "countess-of-lovelace@example.org").expect("valid");
    let object: &dyn AuthUser = &user;
    for (password, expected) in [
        ("Countess Lovelace", "is_username"),
        ("countess-of-lovelace", "is_email"),
    ] {
        assert_eq!(codes_of(policy.check(password, &user)), [expected]);
        assert_eq!(codes_of(policy.check(password, object)), [expected]);
    }
    assert_eq!(policy.check(GOOD, &user), Ok(()));
}
