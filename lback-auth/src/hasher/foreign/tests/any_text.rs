use proptest::prelude::*;

use super::*;

/// Returns whether the costs in a decoded text are within the bounds, by an independent parser.
fn is_affordable(stored: &str) -> bool {
    let parts: Vec<_> = stored.split('$').collect();
    let at = |at: usize| parts[at].parse::<u128>().expect("a number");
    match parts[0] {
        "" => (4..=15).contains(&at(2)),
        "bcrypt" | "bcrypt_sha256" => (4..=15).contains(&at(3)),
        "pbkdf2_sha1" | "pbkdf2_sha256" => (1..=2_000_000).contains(&at(1)),
        "scrypt" => at(1) * at(3) * 128 <= 256 << 20 && at(3) <= 1024 && at(4) <= 16,
        _ => false,
    }
}

/// Numbers around the bounds and of any size, and texts that are almost numbers.
fn number_like() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u32..20).prop_map(|number| number.to_string()),
        (0_u32..70, -1_i128..2).prop_map(|(log, near)| ((1_i128 << log) + near).to_string()),
        (1_999_999_u32..2_000_002).prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        "[0-9]{2}",
        "[+ 0-9]{1,5}",
    ]
}

/// Texts between two `$`, valid in some position or in none.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        number_like(),
        prop_oneof![Just(20), Just(32), Just(64), 0_usize..70].prop_map(zeros),
        Just(BCRYPT.to_owned()),
        "[./A-Za-z0-9]{52,54}",
        "2[abxy]",
        Just(String::new()),
        any::<String>(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "\\$?(2a|2b|2y|bcrypt\\$|bcrypt_sha256\\$|pbkdf2_sha1|pbkdf2_sha256|scrypt)"
}

fn assert_safe(stored: &str) -> Result<(), TestCaseError> {
    match ForeignHash::decode(stored) {
        Ok(None) | Err(Corrupt | CostOutOfBounds) => {}
        Ok(Some(hash)) => {
            prop_assert!(is_affordable(stored), "{}", stored);
            // 256 MiB, and the lanes of scrypt.
            prop_assert!(hash.memory() <= 264_320, "{}", stored);
        }
        Err(error) => prop_assert!(false, "{error:?}: {stored}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::rounds(20_480)))]

    #[test]
    fn any_text_is_safe(stored in any::<String>()) {
        assert_safe(&stored)?;
    }

    #[test]
    fn parts_in_any_order_are_safe(
        name in name(),
        parts in proptest::collection::vec(part(), 0..7),
    ) {
        assert_safe(&format!("{name}${}", parts.join("$")))?;
    }

    #[test]
    fn a_hash_of_any_cost_is_safe(
        numbers in [number_like(), number_like(), number_like()],
        which in 0..4,
    ) {
        let [one, two, three] = &numbers;
        let stored = match which {
            0 => bcrypt(one),
            1 => sha1(one),
            2 => sha256(one),
            _ => scrypt(one, two, three),
        };
        assert_safe(&stored)?;
    }

    #[test]
    fn a_changed_hash_is_safe(
        which in 0_usize..5,
        at in any::<prop::sample::Index>(),
        with in prop_oneof!["[$=0-9a-zA-Z./+-]{0,2}", any::<char>().prop_map(String::from)],
    ) {
        let stored = [
            bcrypt("15"),
            format!("bcrypt_sha256${}", bcrypt("12")),
            sha1("2000000"),
            sha256("1000000"),
            scrypt("16384", "8", "5"),
        ][which].clone();
        let at = at.index(stored.len());
        assert_safe(&format!("{}{with}{}", &stored[..at], &stored[at + 1..]))?;
    }
}
