//! Links of mails: scanners that follow them, and second uses.

use super::client::Request;
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
