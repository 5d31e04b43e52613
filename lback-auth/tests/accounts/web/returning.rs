//! Redirects to the sign-in page and back.

use axum::http::{Method, StatusCode};

use super::site::{HTML, HTTPS, Site, browse, encoded, form, page, request};
use crate::on_each_store;
use crate::world::{PASSWORD, Store, World};

on_each_store!(
    a_browser_returns_to_the_page_that_it_wanted,
    a_form_that_was_posted_without_a_session_is_not_returned_to,
    no_text_redirects_to_another_site,
);

async fn a_browser_returns_to_the_page_that_it_wanted<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        for (wanted, location) in [
            ("/account", "/sign-in?return_to=%2Faccount"),
            (
                "/account?a=b&c=%26",
                "/sign-in?return_to=%2Faccount%3Fa%3Db%26c%3D%2526",
            ),
            ("/nested/account", "/sign-in?return_to=%2Fnested%2Faccount"),
            (
                "/account?x=//evil.example",
                "/sign-in?return_to=%2Faccount%3Fx%3D%2F%2Fevil%2Eexample",
            ),
        ] {
            let redirected = site.send(browse(wanted, "")).await;
            assert_eq!(redirected.status, StatusCode::SEE_OTHER);
            assert_eq!(redirected.location(), location);
            assert_eq!(redirected.cookie(), None);
            let shown = site.send(browse(location, "")).await;
            assert_eq!((shown.status, &*shown.body), (StatusCode::OK, wanted));
            let fields = [
                ("login", "ada"),
                ("password", PASSWORD),
                ("return_to", wanted),
            ];
            let signed_in = site.send(form("/sign-in", "", &fields)).await;
            assert_eq!(signed_in.location(), wanted);
        }
        let cookie = site.sign_in().await;
        site.world.wait(std::time::Duration::from_mins(20));
        let redirected = site.send(browse("/sensitive?a=b", &cookie)).await;
        assert_eq!(redirected.status, StatusCode::SEE_OTHER);
        assert_eq!(
            redirected.location(),
            "/confirm?return_to=%2Fsensitive%3Fa%3Db"
        );
    })
    .await;
}

async fn a_form_that_was_posted_without_a_session_is_not_returned_to<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let redirected = site
            .send(form("/sign-out", "__Host-session=ended", &[]))
            .await;
        assert_eq!(redirected.status, StatusCode::SEE_OTHER);
        assert_eq!(redirected.location(), "/sign-in");
        assert_eq!(redirected.cookie(), None);
    })
    .await;
}

async fn no_text_redirects_to_another_site<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        for evil in [
            "//evil.example",
            "///evil.example",
            "////evil.example/..",
            "/\\evil.example",
            "\\evil.example",
            "\\\\evil.example",
            "/%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%252fevil.example",
            "%2f%2fevil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\r\n//evil.example",
            "\u{0}//evil.example",
            "/%0d%0aLocation:https://evil.example",
            "/./\\evil.example",
            "/.//evil.example",
            "https://evil.example",
            "https:evil.example",
            "HtTpS:/evil.example",
            "https://shop.example@evil.example",
            "https://shop.example",
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,<script>",
            "evil.example",
            "@evil.example",
            "?//evil.example",
            "#//evil.example",
            "",
        ] {
            let fields = [
                ("login", "ada"),
                ("password", PASSWORD),
                ("return_to", evil),
            ];
            let signed_in = site.send(form("/sign-in", "", &fields)).await;
            assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{evil:?}");
            assert_eq!(signed_in.location(), "/", "{evil:?}");

            let encoded = encoded(evil);
            let shown = site
                .send(page(&format!("/sign-in?return_to={encoded}"), ""))
                .await;
            assert_eq!(shown.body, "/", "{evil:?}");
        }
        // The path of a request is a text of the client, too.
        for path in [
            "//evil.example",
            "/%2f/evil.example",
            "https://evil.example/account",
        ] {
            let headers = [("accept", HTML)];
            let redirected = site
                .send(request(Method::GET, path, &headers, String::new()))
                .await;
            let location = redirected.location();
            assert!(!location.contains("evil"), "{location}");
        }
    })
    .await;
}
