//! Random changes of files.

use test_support::cases::{Result, Unstructured, check, vec};
use test_support::rounds;

use super::{show, with_file};
use crate::testing::{
    all_kinds, archive, coff, elf, elf_without_sections, mach_o, notes, pe, wasm,
};

/// Changes some bytes: to any value, to one of the file, or removes and repeats a range.
fn mutated(u: &mut Unstructured<'_>, file: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = file.to_vec();
    for _ in 0..u.int_in_range(1..=6)? {
        if bytes.is_empty() {
            break;
        }
        let last = bytes.len() - 1;
        let at = u.int_in_range(0..=last)?;
        match u.int_in_range(0..=4)? {
            0 => bytes[at] = u.arbitrary()?,
            1 => bytes[at] = *u.choose(&[0, 1, 0x7f, 0x80, 0xff])?,
            2 => bytes[at] = bytes[u.int_in_range(0..=last)?],
            3 => bytes.truncate(at),
            _ => {
                let end = at + u.int_in_range(0..=last - at)?.min(64);
                let range = bytes[at..end].to_vec();
                let to = u.int_in_range(0..=last)?;
                bytes.splice(to..to, range);
            }
        }
    }
    Ok(bytes)
}

/// Each file is read, or refused with an error: none panics, and all texts of a wiring can be made.
#[test]
fn a_mutated_file_is_read_or_refused() {
    let records = all_kinds();
    let sections = notes(&records);
    let files = [
        wasm(&sections),
        elf(&sections),
        elf_without_sections(&sections, 4),
        mach_o(&sections),
        coff(&sections),
        pe(&sections),
        archive(&elf(&sections)),
    ];
    let (mut read, mut refused) = (0_u32, 0_u32);
    check(rounds(1_000_000), 256, |u| {
        // Most changes of a file are in its records, whose hash of fields is corrected by chance only.
        let file = if u.ratio(3, 4)? {
            let some = vec(u, 1..=4, |u| Ok(u.choose(&records)?.clone()))?;
            wasm(&mutated(u, &notes(&some))?)
        } else {
            let file = u.choose(&files)?;
            mutated(u, file)?
        };
        match with_file(&file, show) {
            Ok(()) => read += 1,
            Err(_) => refused += 1,
        }
        Ok(())
    });
    assert!(
        read > 100 && refused > 100,
        "{read} files were read, {refused} refused"
    );
}
