//! Links of mails: scanners that follow them, and second uses.

use super::client::{Request, Response};
use super::site::{PASSWORD, with_site};

#[test]
fn a_mail_scanner_uses_no_token_up() {
    with_site(async |site| {
        let fields = [
            ("name", "scanned"),
            ("email", "scanned@example.org"),
            ("password", PASSWORD),
        ];
        assert_eq!(site.post("/sign-up", &fields).send().await.status, 200);
        let verify = site.last_link("scanned@example.org").await;
        let token = |link: &str| link.split_once("token=").unwrap().1.to_owned();

        for _ in 0..2 {
            for method in ["GET", "HEAD"] {
                let scanned = Request::new(site.address, method, &verify)
                    .without("Sec-Fetch-Site")
                    .send()
                    .await;
                assert_eq!(scanned.status, 200);
                assert_eq!(scanned.header("referrer-policy"), Some("no-referrer"));
                assert_eq!(scanned.header("cache-control"), Some("no-store"));
                assert_eq!(scanned.header("set-cookie"), None);
            }
        }
        let verified = site
            .post("/verify", &[("token", &token(&verify))])
            .send()
            .await;
        assert_eq!(verified.status, 200, "{}", verified.body);
        // The link proves the address, and not who has chosen the password.
        assert_eq!(verified.header("set-cookie"), None);
        assert_eq!(
            site.post("/verify", &[("token", &token(&verify))])
                .send()
                .await
                .status,
            410
        );

        site.post("/forgotten", &[("email", "scanned@example.org")])
            .send()
            .await;
        let reset = site.last_link("scanned@example.org").await;
        for _ in 0..2 {
            let shown = site.get(&reset).send().await;
            assert_eq!(
                (shown.status, shown.header("referrer-policy")),
                (200, Some("no-referrer"))
            );
        }
        let fields = [("token", &*token(&reset)), ("password", PASSWORD)];
        assert_eq!(site.post("/reset", &fields).send().await.status, 200);
        assert_eq!(site.post("/reset", &fields).send().await.status, 410);

        let cookie = site.sign_in("scanned").await;
        site.post("/account/address", &[("email", "moved@example.org")])
            .cookie(&cookie)
            .send()
            .await;
        let confirm = site.last_link("moved@example.org").await;
        for _ in 0..2 {
            assert_eq!(site.get(&confirm).send().await.status, 200);
        }
        assert_eq!(
            site.post("/confirm-address", &[("token", &token(&confirm))])
                .send()
                .await
                .status,
            200
        );
        assert_eq!(
            site.get("/account").cookie(&cookie).send().await.status,
            303
        );
    });
}

#[test]
fn a_token_is_of_one_purpose_and_expires() {
    with_site(async |site| {
        site.register("expired").await;
        site.post("/forgotten", &[("email", "expired@example.org")])
            .send()
            .await;
        let reset = site.last_link("expired@example.org").await;
        let token = reset.split_once("token=").unwrap().1;
        for path in ["/verify", "/confirm-address"] {
            assert_eq!(
                site.get(&format!("{path}?token={token}"))
                    .send()
                    .await
                    .status,
                410
            );
            assert_eq!(
                site.post(path, &[("token", token)]).send().await.status,
                410
            );
        }
        site.sql("UPDATE lback_token SET issued_at = issued_at - 2000000000, expires_at = expires_at - 2000000000").await;
        assert_eq!(site.get(&reset).send().await.status, 410);
        let fields = [("token", token), ("password", PASSWORD)];
        assert_eq!(site.post("/reset", &fields).send().await.status, 410);
    });
}

#[test]
fn a_stranger_has_no_text_mailed_to_an_address() {
    with_site(async |site| {
        // The name is the only text that a user has chosen.
        let name = "Win at evil.example";
        let victim = "victim1@example.org";
        let fields = [("name", name), ("email", victim), ("password", PASSWORD)];
        assert_eq!(site.post("/sign-up", &fields).send().await.status, 200);
        for path in ["/verify/again", "/forgotten"] {
            site.post(path, &[("email", victim)]).send().await;
        }
        site.deliver().await;
        site.sql(
            "UPDATE lback_account SET verified_email = email WHERE email = 'victim1@example.org'",
        )
        .await;
        let cookie = site.sign_in(name).await;
        let other = "victim2@example.org";
        site.post("/account/address", &[("email", other)])
            .cookie(&cookie)
            .send()
            .await;
        let mut mails = site.mails(victim).await;
        mails.extend(site.mails(other).await);
        assert_eq!(mails.len(), 4);
        for mail in mails {
            assert!(!mail.contains("evil.example"), "{mail}");
        }
    });
}

#[test]
fn a_link_of_another_account_leaves_the_session_of_the_browser() {
    with_site(async |site| {
        site.register("linker1").await;
        site.register("linker2").await;
        let bystander = site.sign_in("linker2").await;
        // Uses a link that was mailed to this address, in a browser with this session.
        let follow = async |email, path, password, cookie: &str| {
            let link = site.last_link(email).await;
            let token = link.split_once("token=").unwrap().1;
            let fields = [("token", token), ("password", password)];
            let used = site.post(path, &fields).cookie(cookie).send().await;
            assert_eq!(used.status, 200, "{path}");
            used
        };
        let reset = async |cookie: &str| {
            let email = "linker1@example.org";
            site.post("/forgotten", &[("email", email)]).send().await;
            follow(email, "/reset", PASSWORD, cookie).await
        };
        let move_to = async |email, session: &str, cookie: &str| {
            site.post("/account/address", &[("email", email)])
                .cookie(session)
                .send()
                .await;
            follow(email, "/confirm-address", "", cookie).await
        };

        let own = site.sign_in("linker1").await;
        for used in [
            reset(&bystander).await,
            move_to(
                "linker3@example.org",
                &site.sign_in("linker1").await,
                &bystander,
            )
            .await,
        ] {
            assert_eq!(used.header("set-cookie"), None);
            assert!(used.body.contains(">linker2</a>"), "{}", used.body);
        }
        let kept = site.get("/account").cookie(&bystander).send().await;
        assert_eq!(kept.status, 200);
        assert_eq!(site.get("/account").cookie(&own).send().await.status, 303);

        let own = site.sign_in("linker1").await;
        let used = move_to("linker1@example.org", &own, &own).await;
        assert_deleted(&used);
        let own = site.sign_in("linker1").await;
        assert_deleted(&reset(&own).await);
    });
}

/// Fails unless a response deletes the cookie of the session, and shows no account.
fn assert_deleted(response: &Response) {
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.starts_with("session=;"), "{cookie}");
    assert!(!response.body.contains("linker1"), "{}", response.body);
}
