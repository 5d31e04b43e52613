//! A session that has ended.

use tokio::io::AsyncWriteExt;

use super::client::Response;
use super::site::{PASSWORD, with_site};

const PAGES: [&str; 7] = [
    "/account",
    "/account/address",
    "/account/password",
    "/account/sessions",
    "/account/export",
    "/account/delete",
    "/confirm-password",
];

const FORMS: [(&str, &[(&str, &str)]); 6] = [
    ("/account/address", &[("email", "stolen@example.org")]),
    (
        "/account/password",
        &[
            ("current", PASSWORD),
            ("password", "a password of the thief"),
        ],
    ),
    ("/account/sessions/end", &[("session", "1")]),
    ("/account/sessions/end-others", &[]),
    ("/account/delete", &[]),
    (
        "/confirm-password",
        &[("password", PASSWORD), ("return_to", "/")],
    ),
];

#[test]
fn a_session_that_has_ended_opens_no_page() {
    with_site(async |site| {
        site.register_operator("stale1").await;
        let stolen = site.sign_in("stale1").await;
        let owner = site.sign_in("stale1").await;
        assert_eq!(
            site.get("/operator/audit")
                .cookie(&stolen)
                .send()
                .await
                .status,
            200
        );
        let ended = site
            .post("/account/sessions/end-others", &[])
            .cookie(&owner)
            .send()
            .await;
        assert_eq!(ended.header("location"), Some("/account/sessions?done=1"));

        for path in PAGES {
            let shown = site.get(path).cookie(&stolen).send().await;
            assert_eq!(shown.status, 303, "{path}");
            let location = shown.header("location").unwrap();
            assert!(location.starts_with("/sign-in?return_to="), "{path}");
            assert!(!shown.body.contains("stale1"), "{path}");
            // A deletion could meet the new cookie of another tab.
            assert_eq!(shown.header("set-cookie"), None, "{path}");
        }
        for (path, fields) in FORMS {
            let posted = site.post(path, fields).cookie(&stolen).send().await;
            assert_eq!(
                (posted.status, posted.header("location")),
                (303, Some("/sign-in")),
                "{path}"
            );
        }
        for path in [
            "/operator/audit",
            "/operator/feed/events",
            "/operator/wiring.svg",
        ] {
            assert_eq!(
                site.get(path).cookie(&stolen).send().await.status,
                404,
                "{path}"
            );
        }
        for path in ["/", "/sign-in", "/sign-up", "/missing"] {
            assert!(
                !site
                    .get(path)
                    .cookie(&stolen)
                    .send()
                    .await
                    .body
                    .contains("stale1"),
                "{path}"
            );
        }
        assert_eq!(site.get("/account").cookie(&owner).send().await.status, 200);
    });
}

#[test]
fn a_form_whose_last_byte_is_withheld_does_not_outlive_its_session() {
    with_site(async |site| {
        site.register("stale2").await;
        let stolen = site.sign_in("stale2").await;
        let owner = site.sign_in("stale2").await;
        let mut held = Vec::new();
        for (path, fields) in FORMS {
            if !fields.is_empty() {
                let post = site.post(path, fields).cookie(&stolen);
                held.push((path, post.open_partly().await));
            }
        }
        // The server reads the forms: if it finds the session first, it has found it by now.
        let end_others = site.post("/account/sessions/end-others", &[]);
        let ended = end_others.cookie(&owner).send().await;
        assert_eq!(ended.header("location"), Some("/account/sessions?done=1"));

        for (path, (mut stream, last)) in held {
            stream.write_u8(last).await.unwrap();
            let posted = Response::read(stream).await;
            assert_eq!(
                (posted.status, posted.header("location")),
                (303, Some("/sign-in")),
                "{path}"
            );
        }
        assert!(site.mails("stolen@example.org").await.is_empty());
        assert_eq!(site.get("/account").cookie(&owner).send().await.status, 200);
    });
}

#[test]
fn a_password_that_was_entered_a_while_ago_is_not_enough() {
    with_site(async |site| {
        site.register("while1").await;
        let cookie = site.sign_in("while1").await;
        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 601000000")
            .await;
        for path in ["/account/address", "/account/export", "/account/delete"] {
            let shown = site.get(path).cookie(&cookie).send().await;
            let location = shown.header("location").unwrap_or_default();
            assert!(
                location.starts_with("/confirm-password?return_to="),
                "{path} {location}"
            );
        }
        // The other forms ask for the password themselves.
        let asks = |path| ["/account/password", "/confirm-password"].contains(&path);
        for (path, fields) in FORMS.into_iter().filter(|(path, _)| !asks(*path)) {
            let posted = site.post(path, fields).cookie(&cookie).send().await;
            assert_eq!(
                (posted.status, posted.header("location")),
                (303, Some("/confirm-password")),
                "{path}"
            );
        }
        assert_eq!(
            site.get("/account").cookie(&cookie).send().await.status,
            200
        );
    });
}

/// Each end of a session also ends the links of mails, with which the owner could get the account back.
#[test]
fn a_stolen_session_ends_no_session_of_the_owner() {
    with_site(async |site| {
        site.register("owner2").await;
        let stolen = site.sign_in("owner2").await;
        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 601000000")
            .await;
        let owner = site.sign_in("owner2").await;
        let number = site
            .count("SELECT max(number) FROM lback_session")
            .await
            .to_string();
        site.post("/forgotten", &[("email", "owner2@example.org")])
            .send()
            .await;
        let link = site.last_link("owner2@example.org").await;
        let shown = site.get("/account/sessions").cookie(&stolen).send().await;
        assert!(!shown.body.contains("/account/sessions/end"), "{shown:?}");
        let confirm = "/confirm-password?return_to=%2Faccount%2Fsessions";
        assert!(shown.body.contains(confirm), "{shown:?}");
        for (path, fields) in [
            ("/account/sessions/end", &[("session", &*number)][..]),
            ("/account/sessions/end-others", &[]),
        ] {
            let posted = site.post(path, fields).cookie(&stolen).send().await;
            assert_eq!(posted.header("location"), Some("/confirm-password"));
        }
        assert_eq!(site.get("/account").cookie(&owner).send().await.status, 200);
        assert_eq!(site.get(&link).send().await.status, 200);
        let shown = site.get("/account/sessions").cookie(&owner).send().await;
        assert!(shown.body.contains("/account/sessions/end-others"));
    });
}

#[test]
fn an_account_ends_no_session_of_another_one() {
    with_site(async |site| {
        site.register("ender1").await;
        site.register("ender2").await;
        let victim = site.sign_in("ender1").await;
        let number = site
            .count("SELECT max(number) FROM lback_session")
            .await
            .to_string();
        let attacker = site.sign_in("ender2").await;
        let ended = site
            .post("/account/sessions/end", &[("session", &number)])
            .cookie(&attacker)
            .send()
            .await;
        assert_eq!(ended.header("location"), Some("/account/sessions?done=0"));
        assert_eq!(
            site.get("/account").cookie(&victim).send().await.status,
            200
        );
    });
}
