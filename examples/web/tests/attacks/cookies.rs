//! Cookies that another host of the site, or an attacker at the same browser, has planted.

use super::client::Request;
use super::site::{PASSWORD, with_site};

#[test]
fn a_public_site_takes_its_own_cookie_only() {
    with_site(async |site| {
        site.register("tossed").await;
        let fields = [
            ("login", "tossed"),
            ("password", PASSWORD),
            ("return_to", "/"),
            ("remember", "yes"),
        ];
        let signed_in = Request::new(site.public, "POST", "/sign-in")
            .form(&fields)
            .send()
            .await;
        let set = signed_in.header("set-cookie").unwrap();
        let (cookie, attributes) = set.split_once("; ").unwrap();
        let token = cookie.strip_prefix("__Host-session=").unwrap();
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(
                attributes.split("; ").any(|it| it == attribute),
                "{attributes}"
            );
        }
        assert!(
            attributes.contains("Max-Age=") && !attributes.contains("Domain"),
            "{attributes}"
        );

        let account = |cookie: &str| Request::new(site.public, "GET", "/account").cookie(cookie);
        assert_eq!(account(cookie).send().await.status, 200);
        // These names can be set by another host, or over http.
        for name in [
            "session",
            "__host-session",
            "__Secure-session",
            " __Host-session ",
        ] {
            assert_eq!(
                account(&format!("{name}={token}")).send().await.status,
                303,
                "{name}"
            );
        }
        // Two of them: one was planted.
        assert_eq!(
            account(&format!("{cookie}; __Host-session=a"))
                .send()
                .await
                .status,
            400
        );
        assert_eq!(
            account(&format!("__Host-session=a; {cookie}"))
                .send()
                .await
                .status,
            400
        );
    });
}

#[test]
fn a_planted_session_is_not_that_of_the_victim() {
    with_site(async |site| {
        site.register("planter").await;
        site.register("fixed").await;
        let planted = site.sign_in("planter").await;
        let signed_in = site
            .try_sign_in("fixed", PASSWORD)
            .cookie(&planted)
            .send()
            .await;
        let cookie = signed_in.cookie().unwrap();
        assert_ne!(cookie, planted);
        assert_eq!(
            site.get("/account").cookie(&planted).send().await.status,
            303
        );
        assert!(
            site.get("/account")
                .cookie(&cookie)
                .send()
                .await
                .body
                .contains("fixed@example.org")
        );
        // Each proof of the password gives another token.
        let fields = [("password", PASSWORD), ("return_to", "/")];
        let confirmed = site
            .post("/confirm-password", &fields)
            .cookie(&cookie)
            .send()
            .await;
        assert_ne!(confirmed.cookie().unwrap(), cookie);
        assert_eq!(
            site.get("/account").cookie(&cookie).send().await.status,
            303
        );
    });
}
