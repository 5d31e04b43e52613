//! Texts of users that a browser could take for HTML (*XSS*).

use super::client::Request;
use super::site::{PASSWORD, with_site};

const TEXT: &str = "\"'><img src=x onerror=alert(1)><script>";

fn assert_escaped(page: &str, body: &str, is_shown: bool) {
    for raw in ["<img src=x", "'><", "\"'>"] {
        assert!(!body.contains(raw), "{page}: {body}");
    }
    assert_eq!(
        body.contains("img src=x onerror"),
        is_shown,
        "{page}: {body}"
    );
}

#[test]
fn no_text_of_a_user_is_html() {
    with_site(async |site| {
        // A name, and a user agent, as each page shows it.
        let name = TEXT;
        site.register_at(name, "scripted@example.org").await;
        site.sql("INSERT INTO operator SELECT id FROM lback_account WHERE email = 'scripted@example.org'").await;
        let signed_in = site
            .try_sign_in(name, PASSWORD)
            .header("User-Agent", TEXT)
            .send()
            .await;
        let cookie = signed_in.cookie().unwrap();
        let mails = site.mails_page();
        for path in [
            "/",
            "/account",
            "/account/address",
            "/account/password",
            "/account/sessions",
            "/account/delete",
            "/confirm-password",
            &mails,
            "/operator/audit",
            "/operator/feed",
            "/operator/wiring",
            "/operator/dead-letters",
        ] {
            let shown = site.get(path).cookie(&cookie).send().await;
            assert_eq!(shown.status, 200, "{path}");
            assert_escaped(path, &shown.body, true);
            let policy = shown.header("content-security-policy").unwrap();
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(shown.header("x-frame-options"), Some("DENY"));
            assert_eq!(
                shown.header("cross-origin-opener-policy"),
                Some("same-origin")
            );
        }
        let sessions = site.get("/account/sessions").cookie(&cookie).send().await;
        assert!(
            sessions.body.matches("img src=x onerror").count() >= 2,
            "the name and the user agent"
        );

        // Texts that come back with a form.
        let echoes: [(Request, bool); 4] = [
            (
                site.post(
                    "/sign-up",
                    &[("name", TEXT), ("email", TEXT), ("password", "short")],
                ),
                true,
            ),
            (site.try_sign_in(TEXT, "a wrong password"), true),
            (site.post("/forgotten", &[("email", TEXT)]), true),
            (
                site.post("/reset", &[("token", TEXT), ("password", "short")]),
                false,
            ),
        ];
        for (request, is_shown) in echoes {
            let shown = request.send().await;
            assert_escaped("a form", &shown.body, is_shown);
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for field in [
            "signal",
            "outcome",
            "account",
            "client",
            "return_to",
            "token",
            "done",
        ] {
            query.append_pair(field, TEXT);
        }
        let query = query.finish();
        for (path, is_shown) in [
            ("/operator/audit", true),
            ("/account", true),
            ("/sign-in", true),
            ("/verify", false),
        ] {
            let shown = site
                .get(&format!("{path}?{query}"))
                .cookie(&cookie)
                .send()
                .await;
            assert_escaped(path, &shown.body, is_shown);
        }
    });
}

/// The answer of the framework would quote the query.
#[test]
fn queries_that_cannot_be_read_are_answered_with_a_page() {
    with_site(async |site| {
        site.register_operator("curious").await;
        let cookie = site.sign_in("curious").await;
        for path in [
            "/account?done=a&done=b",
            "/account/sessions?done=x",
            "/verify?token=a&token=b",
            "/reset?token=a&token=b",
            "/confirm-address?token=a&token=b",
            "/operator/audit?before=x",
            "/operator/dead-letters?done=x",
        ] {
            let shown = site.get(path).cookie(&cookie).send().await;
            assert_eq!(shown.status, 400, "{path}: {}", shown.body);
            assert!(
                shown.body.contains("<h1>This address cannot be read</h1>"),
                "{path}: {}",
                shown.body
            );
        }
    });
}
