//! The export of an account, which has entries of the audit log.

use serde_json::Value;

use super::site::{PASSWORD, with_site};

/// Two accounts send requests that have the same answers: one with an address that has an account, and one with a free
/// address.
#[test]
fn no_export_tells_whether_another_account_exists() {
    with_site(async |site| {
        site.register("other1").await;
        let mut exports = Vec::new();
        for (name, address) in [
            ("asker1", "other1@example.org"),
            ("asker2", "free02@example.org"),
        ] {
            site.register(name).await;
            let cookie = site.sign_in(name).await;
            let fresh = format!("{name}x");
            let email = ("email", address);
            for (request, status) in [
                (site.try_sign_in(address, "a wrong password"), 422),
                (
                    site.post(
                        "/sign-up",
                        &[("name", &fresh), email, ("password", PASSWORD)],
                    ),
                    200,
                ),
                (site.post("/forgotten", &[email]), 200),
                (site.post("/verify/again", &[email]), 200),
                (site.post("/account/address", &[email]), 200),
            ] {
                let response = request.cookie(&cookie).send().await;
                assert_eq!(response.status, status, "{}", response.body);
            }
            site.deliver().await;
            let response = site.get("/account/export").cookie(&cookie).send().await;
            let export: Value = serde_json::from_str(&response.body).unwrap();
            let audit = export["audit"].as_array().unwrap().iter();
            let audit: Vec<_> = audit
                .map(|entry| (entry["signal"].clone(), entry["outcome"].clone()))
                .collect();
            assert!(!audit.is_empty());
            exports.push((audit, export["signals"].clone()));
        }
        assert_eq!(exports[0], exports[1]);
    });
}
