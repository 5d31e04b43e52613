//! The form in which a client wants a problem.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Returns whether `Accept` names HTML, and JSON with at most the same quality. A browser that opens a page names HTML;
/// `fetch` and other programs do not unless they want it.
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0, 0);
    let lines = headers.get_all(ACCEPT).into_iter();
    let ranges = lines.filter_map(|line| line.to_str().ok());
    for range in ranges.flat_map(|line| line.split(',')) {
        let mut parts = range
            .split(';')
            .map(|part| part.trim().to_ascii_lowercase());
        let media = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| thousandths(part.strip_prefix("q=")?));
        let quality = quality.unwrap_or(1000);
        if matches!(&*media, "text/html" | "application/xhtml+xml") {
            html = html.max(quality);
        } else if media == "application/json" || media.ends_with("+json") {
            json = json.max(quality);
        }
    }
    html > 0 && html >= json
}

/// Returns a quality in thousandths: it has at most three decimals.
fn thousandths(quality: &str) -> Option<u32> {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    let decimals = format!("{decimals:0<3}");
    let (whole, decimals): (u32, u32) = (whole.parse().ok()?, decimals.get(..3)?.parse().ok()?);
    Some((whole.min(1) * 1000 + decimals).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_for_clients_that_name_html() {
        for (accept, expected) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                true,
            ),
            ("text/html, application/json", true),
            ("TEXT/HTML;charset=utf-8; q=1", true),
            ("application/json;q=0.8, text/html;q=0.9", true),
            ("text/html;q=0.8, application/json", false),
            ("text/html;q=0.8, application/problem+json;q=0.85", false),
            ("text/html;q=0", false),
            ("application/json", false),
            ("*/*", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            assert_eq!(prefers_html(&headers), expected, "{accept}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
