//! The trace of the sender.

/// The trace context of the code that sends, as a resource.
///
/// A signal with durable receivers is stored with the `traceparent` of its sender, and its receivers run in a span
/// that is linked to it. Provide an implementation for the tracing library of the program, for the process or a
/// [`Scope`](crate::Scope). Without one, no trace is stored.
///
/// ```
/// use std::sync::Arc;
///
/// use lback_signals::durable::TraceContext;
/// use lback_signals::provide_dyn;
///
/// struct CurrentSpan;
///
/// impl TraceContext for CurrentSpan {
///     fn traceparent(&self) -> Option<String> {
///         // with OpenTelemetry: of `tracing::Span::current().context()`
///         Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned())
///     }
/// }
///
/// provide_dyn::<dyn TraceContext>(Arc::new(CurrentSpan))?;
/// # Ok::<(), lback_signals::AlreadyProvided>(())
/// ```
pub trait TraceContext: Send + Sync {
    /// Returns the W3C `traceparent` of the current span, or `None` outside of any. A text that is not one is ignored.
    fn traceparent(&self) -> Option<String>;
}

/// Returns whether this is a `traceparent` as version 00 of W3C Trace Context writes it, or a later version that adds
/// nothing: `version-trace_id-parent_id-flags` in lowercase hexadecimal.
pub(crate) fn is_traceparent(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [version, trace_id, parent_id, flags] = parts[..] else {
        return false;
    };
    let is_hex = |part: &str, digits| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        part.len() == digits && part.bytes().all(is_digit)
    };
    let is_id = |part: &str, digits| is_hex(part, digits) && part.bytes().any(|byte| byte != b'0');
    is_hex(version, 2)
        && version != "ff"
        && is_id(trace_id, 32)
        && is_id(parent_id, 16)
        && is_hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::is_traceparent;

    #[test]
    fn only_the_form_of_w3c_is_a_traceparent() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const PARENT: &str = "00f067aa0ba902b7";
        let accepted = |text: String| is_traceparent(&text);

        assert!(accepted(format!("00-{TRACE}-{PARENT}-01")));
        assert!(accepted(format!("cc-{TRACE}-{PARENT}-ff")));
        for refused in [
            String::new(),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("0-{TRACE}-{PARENT}-01"),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-1"),
            format!("00-{TRACE}-{PARENT}-01-00"),
            format!("00-{TRACE}-{PARENT}-01 "),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{PARENT}-01", &TRACE[1..]),
            format!("00-{}-{PARENT}-01", "é".repeat(16)),
        ] {
            assert!(!is_traceparent(&refused), "{refused}");
        }
    }
}
