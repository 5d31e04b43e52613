use test_support::cases::{Result, Unstructured, check, vec};

use super::super::super::view::View;
use super::{UnknownLine, split};

const LOCK: &str = "\
# The signals of this program and their receivers, in the order in which they run.
shop::Checked is sent as `odd ` is received by `name`; answered with Result<u8, [u8; 2]>; async; required
shop::Checked is received by shop::check, async, which fulfills it
shop::Paid is sent as `paid` with order: &'a Order (the sender, model order), by: fn(u8, u8) -> u8, to: HashMap<K, [u8; 2]>; owned
shop::Paid is received by mail::send (of the program itself), first, before(audit, crate::a::b)
shop::Paid is received by mail::audit, last, after(send); it takes dyn Mailer, Map<K, V> if there is one
shop::Paid is received by mail::later, background
shop::Paid is received by mail::then, after_commit, background, async
shop::Paid is received by mail::undo, after_rollback
shop::Paid is received by mail::keep, durable, async
# The durable signals and receivers, as outboxes store them.
durable signal paid v2 (accepts 1 to 2, was payed) is shop::Paid, key order, stored as 7f3a19c2
durable keep (was kept) of paid by mail::keep, order key, attempts 20, on_dead block
retired push
";

#[test]
fn a_lock_that_is_read_is_written_the_same() {
    assert_eq!(View::from_lock(LOCK).unwrap().to_lock(), LOCK);
    let edited = format!("\u{feff}{}", LOCK.replace('\n', "\r\n"));
    assert_eq!(View::from_lock(&edited).unwrap().to_lock(), LOCK);
}

#[test]
fn another_line_is_an_error() {
    for line in [
        "<<<<<<< HEAD",
        "shop::Paid is received by mail::send",
        "shop::Paid is sent as `paid` and more",
        "shop::Paid is sent as `paid` with order",
        "shop::Paid is sent as `paid`; never",
        "shop::Paid is sent as paid",
        "durable signal paid v1 is shop::Paid",
    ] {
        let lock = format!("# A comment.\n{line}\n");
        let error = View::from_lock(&lock).unwrap_err();
        let expected = UnknownLine {
            number: 2,
            text: line,
        };
        assert_eq!(error, expected);
    }
    for line in [
        "shop::Other is received by mail::send",
        "shop::Paid is received by mail::send, sometimes",
        "shop::Paid is received by mail::send, before(a",
        "shop::Paid is received by mail::send, beside(a)",
    ] {
        let lock = format!("shop::Paid is sent as `paid`\n{line}\n");
        assert_eq!(View::from_lock(&lock).unwrap_err().text, line);
    }
}

#[test]
fn separators_in_brackets_do_not_split() {
    let text = "a: Map<K, V>, b: fn(u8, u8) -> u8, c: (u8, [u8; 2])";
    let parts: Vec<_> = split(text, ", ").collect();
    assert_eq!(
        parts,
        ["a: Map<K, V>", "b: fn(u8, u8) -> u8", "c: (u8, [u8; 2])"]
    );
    assert_eq!(split("", ", ").collect::<Vec<_>>(), [""]);
    assert_eq!(split("a, ", ", ").collect::<Vec<_>>(), ["a", ""]);
    assert_eq!(split("a)>, b", ", ").collect::<Vec<_>>(), ["a)>", "b"]);
}

/// Returns the lock with some of its bytes replaced by others of it.
fn mutated(u: &mut Unstructured<'_>) -> Result<String> {
    let mut bytes = LOCK.as_bytes().to_vec();
    let any = |u: &mut Unstructured<'_>| u.int_in_range(0..=LOCK.len() - 1);
    for (to, from) in vec(u, 1..=8, |u| Ok((any(u)?, any(u)?)))? {
        bytes[to] = LOCK.as_bytes()[from];
    }
    Ok(String::from_utf8(bytes).expect("the lock is of ASCII"))
}

/// No text panics, and what is read is written so that it is read the same.
#[test]
fn a_mutated_lock_is_read_or_refused() {
    let mut read = 0;
    check(2000, 64, |u| {
        let lock = mutated(u)?;
        if let Ok(view) = View::from_lock(&lock) {
            read += 1;
            let written = view.to_lock();
            let again = View::from_lock(&written).map(|view| view.to_lock());
            assert_eq!(again.as_ref(), Ok(&written), "{lock}");
        }
        Ok(())
    });
    assert!(read > 20, "{read} locks were read");
}
