//! A program lacks the receivers of crates that it does not link.

use std::fs;
use std::path::Path;

use lback_signals::wiring;

use super::{lback, this_program};

fn verify(locks: &[&Path]) -> (i32, String, String) {
    let program = this_program();
    let mut arguments = vec!["verify".as_ref(), program.as_os_str()];
    for lock in locks {
        arguments.extend(["--lock".as_ref(), lock.as_os_str()]);
    }
    lback(arguments)
}

#[test]
fn the_missing_receiver_and_its_link_line_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (lock, more) = (
        folder.path().join("signals.lock"),
        folder.path().join("more.lock"),
    );
    let own = wiring().to_lock();
    fs::write(&lock, &own).unwrap();
    assert_eq!(verify(&[&lock]), (0, String::new(), String::new()));
    fs::write(
        &more,
        "shop_signals::OrderSent is sent as `order_sent`\n\
         shop_signals::OrderSent is received by shop_mail::send_receipt, after_commit\n\
         shop_signals::OrderSent is received by shop_payments::gone\n\
         shop_signals::OrderSent is received by other_program::note (of the program itself)\n",
    )
    .unwrap();
    let (status, stdout, stderr) = verify(&[&lock, &more]);
    assert_eq!((status, stderr.as_str()), (1, ""));
    let (lock_name, more_name) = (lock.display(), more.display());
    assert_eq!(
        stdout,
        format!(
            "this program lacks 2 receivers of `{lock_name}` and `{more_name}`: add the line \
             `lback_signals::link!(shop_mail);`\n  \
             crate `shop_mail` is not linked, or the features that have these are off:\n    \
             shop_mail::send_receipt, which receives shop_signals::OrderSent\n  \
             crate `shop_payments` is linked without (enable the features of the crate, or write the file with \
             UPDATE_SIGNALS_LOCK=1):\n    \
             shop_payments::gone, which receives shop_signals::OrderSent\n"
        )
    );
}

#[test]
fn a_linked_receiver_without_a_line_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("signals.lock");
    let own = wiring().to_lock();
    let lines: Vec<_> = own
        .lines()
        .filter(|line| !line.contains("shop_payments::stamp"))
        .collect();
    fs::write(&lock, lines.join("\n")).unwrap();
    let (status, stdout, stderr) = verify(&[&lock]);
    assert_eq!((status, stdout.as_str()), (0, ""));
    let note =
        "receiver `shop_payments::stamp` of `shop_signals::OrderSent` is linked, but in no lock\n";
    assert!(
        stderr.starts_with("note: ") && stderr.ends_with(note),
        "{stderr}"
    );
}

#[test]
fn no_program_passes_with_a_file_that_is_no_lock() {
    let (status, _, stderr) = verify(&[&this_program()]);
    assert_eq!(status, 2);
    assert!(stderr.contains("is not a signals.lock"), "{stderr}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("README.md");
    for text in ["# Shop\n\nSells things.\n", "# ok\n<<<<<<< HEAD\n"] {
        fs::write(&file, text).unwrap();
        let (status, stdout, stderr) = verify(&[&file]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{text}");
        assert!(stderr.contains("has an unknown line "), "{stderr}");
    }
}
