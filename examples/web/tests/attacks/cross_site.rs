//! Forms that another site sends (*CSRF*).

use super::site::{PASSWORD, Site, with_site};

/// An origin that begins like that of the site.
const LOOKALIKE_ORIGIN: &str = "http://127.0.0.1.evil.example";

/// Each route that takes a POST, with a form that it would accept.
const POSTS: [(&str, &[(&str, &str)]); 15] = [
    (
        "/sign-up",
        &[
            ("name", "crossed"),
            ("email", "crossed@example.org"),
            ("password", PASSWORD),
        ],
    ),
    (
        "/sign-in",
        &[
            ("login", "victim"),
            ("password", PASSWORD),
            ("return_to", "/"),
        ],
    ),
    ("/sign-out", &[]),
    ("/verify", &[("token", "a")]),
    ("/verify/again", &[("email", "victim@example.org")]),
    ("/forgotten", &[("email", "victim@example.org")]),
    ("/reset", &[("token", "a"), ("password", PASSWORD)]),
    (
        "/confirm-password",
        &[("password", PASSWORD), ("return_to", "/")],
    ),
    ("/confirm-address", &[("token", "a")]),
    ("/account/address", &[("email", "evil@example.org")]),
    (
        "/account/password",
        &[
            ("current", PASSWORD),
            ("password", "a password of the attacker"),
        ],
    ),
    ("/account/sessions/end", &[("session", "1")]),
    ("/account/sessions/end-others", &[]),
    ("/account/delete", &[]),
    ("/operator/dead-letters/retry", &[("number", "1")]),
];

/// Returns the number of rows of each table that a request could write.
async fn row_counts(site: &Site) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "lback_account",
        "lback_session",
        "lback_token",
        "lback_attempt",
        "lback_audit",
        "lback_delivery",
    ] {
        counts.push(site.count(&format!("SELECT count(*) FROM {table}")).await);
    }
    counts
}

#[test]
fn each_post_of_another_site_is_refused() {
    with_site(async |site| {
        site.register_operator("victim").await;
        let cookie = site.sign_in("victim").await;
        let before = row_counts(site).await;
        for (path, fields) in POSTS {
            let post = site.post(path, fields).cookie(&cookie);
            for from in ["cross-site", "same-site"] {
                let origin = post.clone().header("Origin", "https://evil.example");
                for request in [post.clone(), origin, post.clone().without("Cookie")] {
                    let refused = request.header("Sec-Fetch-Site", from).send().await;
                    assert_eq!(refused.status, 403, "{path} {from}");
                }
            }
            let old = post.without("Sec-Fetch-Site");
            for origin in ["https://evil.example", "null", LOOKALIKE_ORIGIN] {
                assert_eq!(
                    old.clone().header("Origin", origin).send().await.status,
                    403,
                    "{path} {origin}"
                );
            }
            // A browser that sends neither header, with the cookie of the session.
            assert_eq!(old.send().await.status, 403, "{path}");
        }
        assert_eq!(row_counts(site).await, before);
        assert_eq!(
            site.get("/account").cookie(&cookie).send().await.status,
            200
        );
    });
}

#[test]
fn the_list_has_each_post() {
    let sources = [
        (include_str!("../../src/pages.rs"), ""),
        (include_str!("../../src/operator.rs"), "/operator"),
    ];
    let mut found = Vec::new();
    for (source, prefix) in sources {
        for route in source.split(".route(").skip(1) {
            let handlers = route.split(".route(").next().unwrap();
            if handlers.contains("post(") {
                found.push(format!("{prefix}{}", route.split('"').nth(1).unwrap()));
            }
        }
    }
    assert_eq!(found, POSTS.map(|(path, _)| path));
}

#[test]
fn a_get_changes_nothing() {
    with_site(async |site| {
        site.register("reader").await;
        let cookie = site.sign_in("reader").await;
        let before = row_counts(site).await;
        for (path, fields) in POSTS {
            // `Form` reads the query of a GET.
            let get = site.get(path).query(fields);
            get.cookie(&cookie).send().await;
        }
        assert_eq!(row_counts(site).await, before);
    });
}
