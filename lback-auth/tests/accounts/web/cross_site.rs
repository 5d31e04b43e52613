//! Requests of other sites.

use axum::http::{Method, StatusCode};

use super::site::{HTTPS, LOOPBACK, PEER, Site, request};
use crate::on_each_store;
use crate::world::{Store, World};

on_each_store!(
    a_host_header_opens_nothing_and_is_shown_nowhere,
    a_request_of_another_site_is_refused,
    a_request_of_the_site_is_accepted,
    a_safe_method_is_accepted_from_everywhere,
    an_upgrade_is_accepted_from_the_site_only,
    without_a_session_a_request_of_a_program_is_accepted,
);

const EVIL: &str = "https://evil.example";

fn unsafe_methods() -> impl Iterator<Item = Method> {
    let others = ["TRACE", "CONNECT", "PROPFIND"].map(|it| it.parse().unwrap());
    let known = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    known.into_iter().chain(others)
}

/// The headers of requests that another site may make, or that do not tell.
const FOREIGN: &[&[(&str, &str)]] = &[
    &[],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[
        ("sec-fetch-site", "same-site"),
        ("origin", "https://www.shop.example"),
    ],
    &[("sec-fetch-site", "cross-site"), ("origin", EVIL)],
    &[
        ("sec-fetch-site", "cross-site"),
        ("origin", EVIL),
        ("host", "evil.example"),
    ],
    &[("sec-fetch-site", "Same-Origin"), ("origin", EVIL)],
    &[("sec-fetch-site", ""), ("origin", "")],
    &[("sec-fetch-site", ""), ("origin", EVIL)],
    &[("origin", EVIL)],
    &[("origin", EVIL), ("host", "evil.example")],
    &[("origin", "null")],
    &[("origin", "http://shop.example")],
    &[("origin", "http://shop.example"), ("host", "shop.example")],
    &[("origin", "https://shop.example:8443")],
    &[("origin", "https://shop.example.evil.example")],
    &[("origin", "https://shop.example, https://evil.example")],
    &[
        ("host", "shop.example"),
        ("referer", "https://shop.example/account"),
    ],
];

async fn a_request_of_another_site_is_refused<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        site.world.store.asked();
        for method in unsafe_methods() {
            for headers in FOREIGN {
                // Also a session that has ended.
                for cookie in [&cookie, "__Host-session=unknown"] {
                    let headers = [headers, &[("cookie", cookie)][..]].concat();
                    let forged = request(method.clone(), "/change", &headers, String::new());
                    let refused = site.send(forged).await;
                    assert_eq!(
                        refused.status,
                        StatusCode::FORBIDDEN,
                        "{method} {headers:?}"
                    );
                    assert!(refused.body.contains("variant.CrossSite"), "{refused:?}");
                    assert_eq!(refused.cookie(), None);
                }
            }
        }
        assert_eq!(site.changes(), 0);
        // The session is not even looked up.
        assert!(site.world.store.asked().is_empty());
    })
    .await;
}

async fn a_request_of_the_site_is_accepted<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        let own: &[&[(&str, &str)]] = &[
            &[("sec-fetch-site", "same-origin")],
            // The form of a page with `Referrer-Policy: no-referrer`.
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
            &[("origin", HTTPS)],
            &[("origin", HTTPS), ("host", "10.0.0.7:8080")],
        ];
        let mut expected = 0;
        for method in unsafe_methods() {
            for headers in own {
                let headers = [headers, &[("cookie", &*cookie)][..]].concat();
                let sent = request(method.clone(), "/change", &headers, String::new());
                let accepted = site.send(sent).await;
                assert_eq!(accepted.status, StatusCode::OK, "{method} {headers:?}");
                expected += 1;
            }
        }
        assert_eq!(site.changes(), expected);
    })
    .await;
}

async fn a_safe_method_is_accepted_from_everywhere<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for headers in FOREIGN {
                let headers = [headers, &[("cookie", &*cookie)][..]].concat();
                let linked = request(method.clone(), "/change", &headers, String::new());
                let shown = site.send(linked).await;
                assert_eq!(shown.status, StatusCode::OK, "{method} {headers:?}");
            }
        }
    })
    .await;
}

/// The handshake of a WebSocket is a GET, for which browsers send `Origin`, and the cookie from each host of the site.
async fn an_upgrade_is_accepted_from_the_site_only<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        let upgrade = async |headers: &[(&str, &str)], cookie: &str| {
            let own = [
                ("connection", "upgrade"),
                ("upgrade", "websocket"),
                ("cookie", cookie),
            ];
            let headers = [headers, &own[..]].concat();
            let sent = request(Method::GET, "/change", &headers, String::new());
            site.send(sent).await.status
        };
        site.world.store.asked();
        for headers in FOREIGN {
            let refused = upgrade(headers, &cookie).await;
            assert_eq!(refused, StatusCode::FORBIDDEN, "{headers:?}");
        }
        for site_of_it in ["same-site", "same-origin", "none"] {
            let headers = [
                ("origin", "https://www.shop.example"),
                ("sec-fetch-site", site_of_it),
            ];
            for cookie in [&*cookie, "a=b"] {
                assert_eq!(upgrade(&headers, cookie).await, StatusCode::FORBIDDEN);
            }
            // A browser sends `Origin` with each handshake.
            let refused = upgrade(&headers[1..], &cookie).await;
            assert_eq!(refused, StatusCode::FORBIDDEN);
        }
        assert!(site.world.store.asked().is_empty());
        assert_eq!(site.changes(), 0);

        for headers in [
            &[("origin", HTTPS)][..],
            &[("origin", HTTPS), ("sec-fetch-site", "same-origin")],
            &[("origin", HTTPS), ("host", "10.0.0.7:8080")],
        ] {
            assert_eq!(
                upgrade(headers, &cookie).await,
                StatusCode::OK,
                "{headers:?}"
            );
        }
        assert_eq!(upgrade(&[], "a=b").await, StatusCode::OK); // a program
    })
    .await;
}

/// A program has no cookie that another site could use. A browser sends one of the headers, and is refused by it.
async fn without_a_session_a_request_of_a_program_is_accepted<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        for (headers, expected) in [
            (&[][..], StatusCode::OK),
            (&[("cookie", "theme=dark")], StatusCode::OK),
            (&[("origin", EVIL)], StatusCode::FORBIDDEN),
            (
                &[("origin", EVIL), ("host", "evil.example")],
                StatusCode::FORBIDDEN,
            ),
            (&[("sec-fetch-site", "cross-site")], StatusCode::FORBIDDEN),
        ] {
            let sent = request(Method::POST, "/change", headers, String::new());
            assert_eq!(site.send(sent).await.status, expected, "{headers:?}");
        }
    })
    .await;
}

async fn a_host_header_opens_nothing_and_is_shown_nowhere<S: Store>(world: World<S>) {
    Site::run(world, LOOPBACK, async |site| {
        let cookie = site.sign_in().await;
        for host in [
            "evil.example",
            "evil.example:80",
            "127.0.0.1:3000@evil.example",
        ] {
            for (method, path, cookie) in [
                (Method::GET, "/account", ""),
                (Method::GET, "/account", &*cookie),
                (Method::GET, "/context", &cookie),
                (Method::POST, "/change", &cookie),
                (Method::GET, "/sensitive", ""),
            ] {
                let headers = [
                    ("host", host),
                    ("x-forwarded-host", host),
                    ("forwarded", &*format!("host={host};for=198.51.100.1")),
                    ("cookie", cookie),
                    ("accept", super::site::HTML),
                ];
                let answer = site
                    .send(request(method, path, &headers, String::new()))
                    .await;
                let shown = format!("{answer:?}");
                assert!(!shown.contains("evil"), "{shown}");
                if path == "/context" {
                    assert!(answer.body.starts_with(PEER), "{answer:?}");
                }
            }
        }
        assert_eq!(site.changes(), 0);
    })
    .await;
}
