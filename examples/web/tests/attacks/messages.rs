//! Messages of success that a link on another site forges.

use super::site::{PASSWORD, with_site};

const FORGED: [(&str, &str, &str); 3] = [
    ("/account", "done=password", "Your password is changed."),
    ("/account/sessions", "done=3", "3 sessions were ended."),
    (
        "/operator/dead-letters",
        "done=1",
        "The delivery is attempted again.",
    ),
];

#[test]
fn a_link_on_another_site_shows_no_message() {
    with_site(async |site| {
        site.register_operator("informed1").await;
        let cookie = site.sign_in("informed1").await;
        for (path, query, message) in FORGED {
            let ours = site.get(&format!("{path}?{query}")).cookie(&cookie);
            for request in [ours.clone(), ours.clone().without("Sec-Fetch-Site")] {
                let shown = request.send().await;
                assert!(shown.body.contains(message), "{path}: {}", shown.body);
            }
            for from in ["cross-site", "same-site", "none", ""] {
                let shown = ours.clone().header("Sec-Fetch-Site", from).send().await;
                assert_eq!(shown.status, 200, "{path} {from}");
                assert!(
                    !shown.body.contains("role=\"status\"") && !shown.body.contains(message),
                    "{path} {from}: {}",
                    shown.body
                );
            }
        }
    });
}

/// For the browser, the redirect after a sign-in comes from this site, even if another site has linked to the form.
#[test]
fn a_sign_in_leads_to_no_message() {
    with_site(async |site| {
        site.register_operator("informed2").await;
        for (path, query, _) in FORGED {
            for query in [query, &query.replacen('d', "%64", 1)] {
                let page = format!("{path}?{query}");
                let fields = [
                    ("login", "informed2"),
                    ("password", PASSWORD),
                    ("return_to", &page),
                ];
                let signed_in = site.post("/sign-in", &fields).send().await;
                assert_eq!(signed_in.header("location"), Some(path), "{page}");
                let confirmed = site
                    .post("/confirm-password", &fields[1..])
                    .cookie(&signed_in.cookie().unwrap());
                assert_eq!(
                    confirmed.send().await.header("location"),
                    Some(path),
                    "{page}"
                );
            }
        }
    });
}
