//! A sign-in that leads to another site.

use super::site::{PASSWORD, with_site};

const ELSEWHERE: [&str; 8] = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%2f/evil.example",
    "/..//evil.example",
    "javascript:alert(1)",
];

#[test]
fn a_sign_in_returns_to_a_page_of_the_site_only() {
    with_site(async |site| {
        site.register("redirected").await;
        let cookie = site.sign_in("redirected").await;
        for page in ELSEWHERE {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let query = query.append_pair("return_to", page).finish();
            for form in ["/sign-in", "/confirm-password"] {
                let shown = site
                    .get(&format!("{form}?{query}"))
                    .cookie(&cookie)
                    .send()
                    .await;
                assert_eq!(shown.hidden("return_to"), "/", "{form} {page}");
            }
            let fields = [
                ("login", "redirected"),
                ("password", PASSWORD),
                ("return_to", page),
            ];
            let signed_in = site.post("/sign-in", &fields).send().await;
            assert_eq!(signed_in.header("location"), Some("/account"), "{page}");
            let cookie = signed_in.cookie().unwrap();
            let confirmed = site
                .post("/confirm-password", &fields[1..])
                .cookie(&cookie)
                .send()
                .await;
            assert_eq!(confirmed.header("location"), Some("/account"), "{page}");
        }
        let fields = [
            ("login", "redirected"),
            ("password", PASSWORD),
            ("return_to", "/account/sessions?a=b"),
        ];
        let signed_in = site.post("/sign-in", &fields).send().await;
        assert_eq!(signed_in.header("location"), Some("/account/sessions?a=b"));
    });
}
