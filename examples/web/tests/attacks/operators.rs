//! The pages for operators, requested by other users.

use super::client::Request;
use super::site::with_site;

const PAGES: [&str; 8] = [
    "/operator",
    "/operator/audit",
    "/operator/feed",
    "/operator/feed/events",
    "/operator/wiring",
    "/operator/wiring.svg",
    "/operator/dead-letters",
    "/operator/dead-letters/retry",
];

#[test]
fn pages_for_operators_are_missing_for_all_others() {
    with_site(async |site| {
        site.register("plain1").await;
        site.register_operator("former").await;
        let plain = site.sign_in("plain1").await;
        let former = site.sign_in("former").await;
        site.sql("DELETE FROM operator WHERE account = (SELECT id FROM lback_account WHERE username = 'former')").await;
        for cookie in ["a=b", &plain, &former] {
            for method in ["GET", "POST", "PUT"] {
                let ask = |path| {
                    let request = Request::new(site.address, method, path)
                        .cookie(cookie)
                        .form(&[("number", "1")]);
                    async move { request.send().await.comparable() }
                };
                let missing = ask("/operator/missing").await;
                assert_eq!(missing.status, 404);
                for path in PAGES {
                    assert_eq!(ask(path).await, missing, "{method} {path} {cookie}");
                }
            }
        }
    });
}

#[test]
fn an_operator_has_a_verified_address_and_a_recent_password() {
    with_site(async |site| {
        site.register_operator("chief1").await;
        let cookie = site.sign_in("chief1").await;
        assert_eq!(
            site.get("/operator/audit")
                .cookie(&cookie)
                .send()
                .await
                .status,
            200
        );

        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 601000000")
            .await;
        for path in &PAGES[..7] {
            let shown = site.get(path).cookie(&cookie).send().await;
            assert_eq!(shown.status, 303, "{path}");
            assert!(
                shown
                    .header("location")
                    .unwrap()
                    .starts_with("/confirm-password"),
                "{path}"
            );
        }
        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at + 601000000")
            .await;
        site.sql("UPDATE lback_account SET verified_email = NULL WHERE username = 'chief1'")
            .await;
        assert_eq!(
            site.get("/operator/audit")
                .cookie(&cookie)
                .send()
                .await
                .status,
            404
        );
    });
}

#[test]
fn a_deleted_account_leaves_no_operator() {
    with_site(async |site| {
        site.register_operator("leaver").await;
        let number = "SELECT id FROM lback_account WHERE username = 'leaver'";
        let number = site.count(number).await;
        let operators = format!("SELECT count(*) FROM operator WHERE account = {number}");
        assert_eq!(site.count(&operators).await, 1);
        let cookie = site.sign_in("leaver").await;
        let deleted = site.post("/account/delete", &[]).cookie(&cookie);
        assert_eq!(deleted.send().await.status, 200);
        // The number may be that of another account later.
        assert_eq!(site.count(&operators).await, 0);
    });
}
