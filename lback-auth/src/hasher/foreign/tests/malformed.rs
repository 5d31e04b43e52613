use super::*;

#[test]
fn numbers_must_be_plain_decimals() {
    for number in [
        "", "+8", "-8", "08", "00", " 8", "8 ", "8\n", "0x8", "8.0", "8e0", "8_0", "８", "\0",
        "m=8",
    ] {
        assert_refused(&sha1(number), Corrupt);
        assert_refused(&sha256(number), Corrupt);
        assert_refused(&scrypt(number, "1", "1"), Corrupt);
        assert_refused(&scrypt("2", number, "1"), Corrupt);
        assert_refused(&scrypt("2", "1", number), Corrupt);
    }
    for cost in [
        "", "5", "005", "+5", "-5", " 5", "5 ", "0x", "a5", "5a", "é", "５",
    ] {
        assert_refused(&bcrypt(cost), Corrupt);
    }
}

#[test]
fn missing_and_superfluous_parts_are_refused() {
    for stored in [
        bcrypt("05"),
        format!("bcrypt${}", bcrypt("05")),
        format!("bcrypt_sha256${}", bcrypt("05")),
        sha1("1"),
        sha256("1"),
        scrypt("2", "1", "1"),
    ] {
        decode(&stored);
        // With a superfluous or a missing leading `$`.
        let other = stored
            .strip_prefix('$')
            .map_or_else(|| format!("${stored}"), str::to_owned);
        assert_refused(&other, Corrupt);
        for end in ["$", "$x", "=", "A", "\n", " ", "\0", "é"] {
            assert_refused(&format!("{stored}{end}"), Corrupt);
        }
        // Truncated anywhere after the name.
        let named = stored[1..].find('$').map_or(0, |at| at + 2);
        for end in named..stored.len() {
            assert_refused(&stored[..end], Corrupt);
        }
        // Without a part, or with an empty one.
        let parts: Vec<_> = stored.split('$').collect();
        let name = usize::from(parts[0].is_empty());
        for at in name + 1..parts.len() {
            let (mut fewer, mut empty) = (parts.clone(), parts.clone());
            fewer.remove(at);
            assert_refused(&(fewer.join("$") + "$"), Corrupt);
            if !parts[at].is_empty() {
                assert_refused(&fewer.join("$"), Corrupt);
                empty[at] = "";
                assert_refused(&empty.join("$"), Corrupt);
            }
        }
    }
}

#[test]
fn bcrypt_has_one_alphabet_and_length() {
    let (salt, output) = BCRYPT.split_at(22);
    for rest in [
        // One character less or more, then characters outside of base64.
        format!("{}{output}", &salt[1..]),
        format!("{salt}{}", &output[1..]),
        format!("a{salt}{output}"),
        format!("{salt}{output}a"),
        "a".repeat(1 << 20),
        format!("+{}{output}", &salt[1..]),
        format!("{salt}={}", &output[1..]),
        format!("{salt}\n{}", &output[1..]),
        // A character across the end of the salt, with the right number of bytes and of characters.
        format!("{}é{}", &salt[1..], &output[1..]),
        format!("{}é{}", &salt[1..], output),
        // Non-zero padding bits.
        format!("{}v{output}", &salt[..21]),
        format!("{salt}{}j", &output[..30]),
    ] {
        assert_refused(&format!("$2b$05${rest}"), Corrupt);
        assert_refused(&format!("bcrypt$$2b$05${rest}"), Corrupt);
    }
    for inner in [
        "$2x$05$", "$2$05$", "$2B$05$", "$2b$05", "2b$05$", "$$2b$05$", "x$2b$05$",
    ] {
        assert_refused(&format!("bcrypt${inner}{BCRYPT}"), Corrupt);
        assert_refused(&format!("bcrypt_sha256${inner}{BCRYPT}"), Corrupt);
    }
}

#[test]
fn outputs_of_django_have_one_form_and_length() {
    for (start, len) in [
        ("pbkdf2_sha1$1$salt$", 20),
        ("pbkdf2_sha256$1$salt$", 32),
        ("scrypt$2$salt$1$1$", 64),
    ] {
        let output = zeros(len);
        decode(&format!("{start}{output}"));
        for other in [0, 1, len - 1, len + 1, 20, 32, 64, 1 << 20] {
            if other != len {
                assert_refused(&format!("{start}{}", zeros(other)), Corrupt);
            }
        }
        let unpadded = output.trim_end_matches('=');
        for other in [
            unpadded.to_owned(),
            format!("{output}="),
            format!("{output}\n"),
            format!("{}\n{}", &output[..8], &output[8..]),
            format!(" {output}"),
            output.replacen('A', "-", 1),
            output.replacen('A', "_", 1),
            output.replacen('A', "=", 1),
            output.replacen("AA", "é", 1),
            // Non-zero padding bits.
            output.replacen("A=", "B=", 1),
            "=".repeat(output.len()),
        ] {
            assert_refused(&format!("{start}{other}"), Corrupt);
        }
    }
}

#[test]
fn a_salt_is_never_empty() {
    assert_refused(&sha1("1").replace("salt", ""), Corrupt);
    assert_refused(&sha256("1").replace("salt", ""), Corrupt);
    assert_refused(&scrypt("2", "1", "1").replace("salt", ""), Corrupt);
}

#[test]
fn corrupt_takes_precedence_over_cost_out_of_bounds() {
    for stored in [
        "$2b$31$",
        "pbkdf2_sha256$4294967296$salt$",
        "pbkdf2_sha256$4294967296$$AAAA",
        "scrypt$4294967296$salt$8$1$AAAA",
        "scrypt$4294967296$salt$8$01$AAAA",
    ] {
        assert_refused(stored, Corrupt);
    }
}
