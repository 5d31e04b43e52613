//! The nesting of arrays and objects in JSON.

/// The most arrays and objects that enclose a value of a payload. The payload itself is one.
pub(crate) const MAX_DEPTH: usize = 64;

/// Returns how many arrays and objects enclose the innermost value of a JSON text. If the text is not JSON, the
/// number is not less than the depth at which a parser would arrive.
pub(crate) fn depth(json: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    deepest
}

/// Skips to the end of a string whose `"` was read.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn the_depth_counts_arrays_and_objects_outside_of_strings() {
        for (json, expected) in [
            ("1", 0),
            ("{}", 1),
            ("[[],[]]", 2),
            (r#"{"a":[{"b":1}],"c":{}}"#, 3),
            (r#"["[[[["]"#, 1),
            (r#"["\"[[["]"#, 1),
            (r#"["\\",[1]]"#, 2),
            (r#"["a"#, 1),
            ("]]]][", 1),
        ] {
            assert_eq!(depth(json), expected, "{json}");
        }
    }
}
