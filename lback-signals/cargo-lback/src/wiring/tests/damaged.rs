//! Damaged and oversized files.

use super::super::Records;
use super::with_file;
use crate::error::Problem;
use crate::testing::{
    Body, all_kinds, archive, elf, elf_without_sections, note, notes, receiver, section, signal,
    wasm,
};

fn problem_of(bytes: &[u8]) -> Problem {
    Records::read(&[section(bytes)]).unwrap_err()
}

#[test]
fn a_damaged_record_is_an_error() {
    let paid = signal("shop", "Paid", 1);
    let notes_of = |body: &Body| notes(std::slice::from_ref(body));
    let malformed = |offset, what| Problem::Malformed { offset, what };
    let whole = notes_of(&paid);
    // Cut off at each byte: in the head, in the name, in the body.
    for length in 1..whole.len() - 3 {
        let cut = &whole[..length];
        let problem = Records::read(&[section(cut)]).err();
        let is_expected = matches!(problem, Some(Problem::Malformed { offset: 0, .. }));
        assert!(is_expected, "{length}: {problem:?}");
    }
    // A body of each length that is less.
    let known = all_kinds().into_iter().filter(|body| body.0[0] <= 3);
    for body in known {
        for length in 0..body.0.len() {
            let problem = problem_of(&notes_of(&Body(body.0[..length].to_vec())));
            assert_eq!(
                problem,
                malformed(0, "it ends early"),
                "{length} of {body:?}"
            );
        }
    }
    // The size reaches into the next note, or to its end.
    let next = notes_of(&receiver(["shop", "send"], "shop::Paid", 0, [&[], &[]]));
    for more in [4, 8, next.len()] {
        let mut overlapping = [&*whole, &next].concat();
        let body = whole.len() - 20 + more;
        overlapping[4..8].copy_from_slice(&u32::try_from(body).unwrap().to_le_bytes());
        assert_eq!(
            problem_of(&overlapping),
            malformed(0, "it is longer than its values"),
            "{more}"
        );
    }
    assert_eq!(
        problem_of(&notes_of(&paid.clone().byte(1))),
        malformed(0, "it is longer than its values")
    );
    let mut oversized = whole.clone();
    oversized[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(
        problem_of(&oversized),
        malformed(0, "it ends behind its section")
    );
    // Not UTF-8, and control characters.
    let name = paid.0.windows(4).position(|it| it == b"Paid").unwrap();
    for (byte, what) in [
        (0xff, "a text is not UTF-8"),
        (b'\n', "a text has a control character"),
    ] {
        let mut body = paid.clone();
        body.0[name] = byte;
        assert_eq!(problem_of(&notes_of(&body)), malformed(0, what));
    }
    let empty = signal("", "Paid", 1);
    assert_eq!(
        problem_of(&notes_of(&empty)),
        malformed(0, "its name is empty")
    );
    let mut other_fields = Body::new(1, "shop", "Paid", 1)
        .byte(0)
        .text("paid")
        .fields(&[(false, "a", "b")]);
    let ty = other_fields.0.len() - "b\0\0".len() - 8;
    other_fields.0[ty] = b'c';
    let second = notes(&[paid.clone(), other_fields]);
    assert_eq!(
        problem_of(&second),
        malformed(whole.len(), "its fields differ from their hash")
    );
    let mut padding = receiver(["shop", "sends"], "shop::Paid", 0, [&[], &[]]);
    let end = padding.0.len() - "shop::Paid\0".len();
    padding.0[end - 1] = 1;
    assert_eq!(
        problem_of(&notes_of(&padding)),
        malformed(0, "its padding is not zero")
    );
    let phase = receiver(["shop", "send"], "shop::Paid", 6, [&[], &[]]);
    assert_eq!(
        problem_of(&notes_of(&phase)),
        malformed(0, "its phase is not known")
    );
}

#[test]
fn numbers_are_limited() {
    let version = |bytes: &[u8]| {
        let mut body = Body::new(1, "shop", "Paid", 1)
            .byte(16)
            .text("paid")
            .fields(&[])
            .text("paid");
        body.0.extend_from_slice(bytes);
        let body = body.integer(1).texts(&[]).text("").integer(0);
        Records::read(&[section(&notes(&[body]))]).err()
    };
    let malformed = |what| Some(Problem::Malformed { offset: 0, what });
    assert_eq!(version(&[0xff, 0xff, 0xff, 0xff, 0x0f]), None);
    assert_eq!(
        version(&[0x80, 0x80, 0x80, 0x80, 0x10]),
        malformed("a number is larger than 32 bits")
    );
    let largest = [&[0xff; 9][..], &[1]].concat();
    assert_eq!(
        version(&largest),
        malformed("a number is larger than 32 bits")
    );
    for end in [[2, 0], [0x81, 0]] {
        let bytes = [&[0xff; 9][..], &end].concat();
        assert_eq!(
            version(&bytes),
            malformed("a number is larger than 64 bits")
        );
    }
    let line = |line| Body::new(3, "shop", "push", line);
    assert!(Records::read(&[section(&notes(&[line(0xffff_ffff)]))]).is_ok());
    assert_eq!(
        Some(problem_of(&notes(&[line(0x1_0000_0000)]))),
        malformed("its line is not a number")
    );
}

#[test]
fn the_length_of_a_text_is_limited() {
    let named = |length| notes(&[Body::new(3, "shop", &"a".repeat(length), 1)]);
    let longest = named(16 << 10);
    assert!(Records::read(&[section(&longest)]).is_ok());
    assert_eq!(
        problem_of(&named((16 << 10) + 1)),
        Problem::Malformed {
            offset: 0,
            what: "a text is longer than 16 KiB"
        }
    );
}

#[test]
fn there_are_limits_of_records_items_and_bytes() {
    let retired = Body::new(3, "a", "b", 1);
    let many = notes(&vec![retired.clone(); 100_000]);
    assert!(Records::read(&[section(&many)]).is_ok());
    let too_many = [&*many, &notes(&[retired])].concat();
    assert_eq!(problem_of(&too_many), Problem::TooMany("100,000 records"));

    let list = receiver(
        ["shop", "send"],
        "shop::Paid",
        0,
        [&vec!["a"; 400_000], &vec!["b"; 400_000]],
    );
    assert!(Records::read(&[section(&notes(std::slice::from_ref(&list)))]).is_ok());
    let both = notes(&[list.clone(), list]);
    let is_limited = matches!(
        problem_of(&both),
        Problem::Malformed {
            what: "it has too many items",
            ..
        }
    );
    assert!(is_limited);

    // The size is of the header; the file need not have as many bytes.
    let mut large = elf(&notes(&all_kinds()));
    let at = large.len() - 2 * 64 + 32;
    large[at..at + 8].copy_from_slice(&((64 << 20) + 1_u64).to_le_bytes());
    assert_eq!(with_file(&large, |_| ()), Err(Problem::TooLarge));
    large[at..at + 8].copy_from_slice(&(64_u64 << 20).to_le_bytes());
    assert!(matches!(
        with_file(&large, |_| ()),
        Err(Problem::Damaged(_))
    ));
}

#[test]
fn files_without_records_are_told() {
    assert_eq!(with_file(&wasm(&[]), |_| ()), Err(Problem::NoRecords));
    assert_eq!(with_file(&elf(&[0; 16]), |_| ()), Err(Problem::NoRecords));
    assert_eq!(with_file(b"\0\0", |_| ()), Err(Problem::UnknownFormat));
    let universal = [&b"\xca\xfe\xba\xbe\0\0\0\x01"[..], &[0; 64]].concat();
    assert_eq!(with_file(&universal, |_| ()), Err(Problem::Universal));
    assert!(matches!(
        with_file(&elf(&[])[..70], |_| ()),
        Err(Problem::Damaged(_))
    ));
    // Notes that are aligned to 8 bytes are of others.
    let others = elf_without_sections(&notes(&all_kinds()), 8);
    assert_eq!(with_file(&others, |_| ()), Err(Problem::NoRecords));
    let thin = archive(b"")
        .strip_prefix(b"!<arch>\n")
        .map(|member| [b"!<thin>\n", member].concat());
    assert!(matches!(
        with_file(&thin.unwrap(), |_| ()),
        Err(Problem::Damaged(_))
    ));
    // A program whose records are all of a later release has a listing that says so.
    let newer = with_file(&wasm(&note(b"?", 7, u32::to_le_bytes)), |wiring| {
        wiring.notices.len()
    });
    assert_eq!(newer, Ok(1));
}
