//! `CloudEvents` 1.0 in binary mode: the headers of a message.

use std::fmt::Write as _;
use std::time::SystemTime;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use lback_signals::durable::{Claimed, LandingError};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::App;

const TRACEPARENT: &str = "traceparent";

/// Returns the headers of a signal to publish.
pub(crate) fn headers(app: &App, signal: &Claimed) -> HeaderMap {
    let id = signal.id.to_string();
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, id.as_str());
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", id.as_str());
    headers.insert("ce-source", format!("/lback/{}", app.name()));
    headers.insert("ce-type", event_type(&signal.signal, signal.version));
    headers.insert("ce-datacontenttype", "application/json");
    if let Some(time) = rfc3339(signal.sent_at) {
        headers.insert("ce-time", time);
    }
    if let Some(trace) = &signal.trace {
        headers.insert(TRACEPARENT, trace.as_str());
    }
    headers
}

fn event_type(name: &str, version: u32) -> String {
    format!("{name}.v{version}")
}

fn rfc3339(time: SystemTime) -> Option<String> {
    OffsetDateTime::from(time).format(&Rfc3339).ok()
}

/// The headers of a message that was received.
pub(crate) struct Envelope {
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) trace: Option<String>,
}

/// Reads the headers of a message, whose subject names the signal.
///
/// # Errors
///
/// The message is no `CloudEvents` message in binary mode, or one of another signal.
pub(crate) fn read(
    headers: Option<&HeaderMap>,
    name: &str,
    version: u32,
) -> Result<Envelope, LandingError> {
    let refused = |text: &str| LandingError::Envelope(text.to_owned());
    let Some(headers) = headers else {
        return Err(refused(
            "it has no headers: send CloudEvents 1.0 in binary mode",
        ));
    };
    let one = |header: &str| {
        let mut values = headers.get_all(header);
        let value = values.next().map(|value| decoded(value.as_str()));
        match (value, values.next()) {
            (Some(value), None) => Ok(Some(value)),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(LandingError::Envelope(format!(
                "it has the header `{header}` twice"
            ))),
        }
    };
    let content_type = one("content-type")?.or(one("Content-Type")?);
    if content_type.is_some_and(|it| it.starts_with("application/cloudevents")) {
        return Err(refused(
            "it is a CloudEvents message in structured mode: send it in binary mode",
        ));
    }
    if one("ce-specversion")?.as_deref() != Some("1.0") {
        return Err(refused("its `ce-specversion` is not 1.0"));
    }
    if one("ce-type")? != Some(event_type(name, version)) {
        return Err(refused(
            "its `ce-type` is not the name and version in its subject",
        ));
    }
    let data = one("ce-datacontenttype")?;
    let media_type = data
        .as_deref()
        .map(|it| it.split(';').next().unwrap_or(it).trim());
    if media_type.is_some_and(|it| !it.eq_ignore_ascii_case("application/json")) {
        return Err(refused("its `ce-datacontenttype` is not application/json"));
    }
    Ok(Envelope {
        // The landing refuses empty ones.
        source: one("ce-source")?.unwrap_or_default(),
        id: one("ce-id")?.unwrap_or_default(),
        trace: one(TRACEPARENT)?,
    })
}

/// Returns a value without its percent-encoding. A value that is not valid is left as it is.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high * 16 + low);
            rest = &rest[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Returns a text for a log, in which a hostile one cannot write lines.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::new();
    for character in text.chars().take(100) {
        if character.is_control() {
            let _ = write!(printable, "\\u{{{:x}}}", u32::from(character));
        } else {
            printable.push(character);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("ce-specversion", "1.0");
        headers.insert("ce-id", "7");
        headers.insert("ce-source", "/python");
        headers.insert("ce-type", "item.back.v1");
        headers
    }

    fn error(headers: &HeaderMap) -> String {
        read(Some(headers), "item.back", 1)
            .map(drop)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn headers_are_read() {
        let envelope = read(Some(&valid()), "item.back", 1).unwrap();
        assert_eq!(
            (&*envelope.source, &*envelope.id, envelope.trace),
            ("/python", "7", None)
        );
        let mut headers = valid();
        headers.insert("ce-id", "caf%C3%A9%20%2");
        headers.insert("ce-datacontenttype", "application/JSON; charset=utf-8");
        headers.insert("traceparent", "x");
        let envelope = read(Some(&headers), "item.back", 1).unwrap();
        assert_eq!(
            (&*envelope.id, envelope.trace.as_deref()),
            ("café %2", Some("x"))
        );
    }

    #[test]
    fn headers_of_another_form_are_refused() {
        assert!(read(None, "item.back", 1).is_err());
        for (header, value, expected) in [
            ("ce-specversion", "0.3", "its `ce-specversion` is not 1.0"),
            (
                "ce-type",
                "item.back.v2",
                "its `ce-type` is not the name and version in its subject",
            ),
            (
                "ce-datacontenttype",
                "text/xml",
                "its `ce-datacontenttype` is not application/json",
            ),
            (
                "content-type",
                "application/cloudevents+json",
                "in structured mode",
            ),
            (
                "Content-Type",
                "application/cloudevents",
                "in structured mode",
            ),
        ] {
            let mut headers = valid();
            headers.insert(header, value);
            assert!(error(&headers).contains(expected), "{header}");
        }
        for header in ["ce-specversion", "ce-type", "ce-id", "ce-source"] {
            let mut headers = valid();
            headers.append(header, "x");
            assert!(error(&headers).contains("twice"), "{header}");
        }
        assert!(error(&HeaderMap::new()).contains("ce-specversion"));
    }

    #[test]
    fn a_text_of_a_log_has_one_line() {
        assert_eq!(printable("a\nb\u{1b}[2J"), "a\\u{a}b\\u{1b}[2J");
        assert_eq!(printable(&"x".repeat(500)).len(), 100);
    }
}
