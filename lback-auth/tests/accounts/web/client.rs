//! The address of the client, and the rest of the context.

use axum::http::{Method, StatusCode};
use lback_auth::axum::AccountsLayer;

use super::site::{HTTPS, PEER, Site, answer, page, request};
use crate::on_each_store;
use crate::world::{Store, World};

on_each_store!(
    a_forged_header_is_ignored,
    a_proxy_tells_the_client,
    a_request_has_its_context,
    a_request_without_an_address_is_refused,
);

/// Returns the client of a request with these lines of `X-Forwarded-For`.
async fn client<S: Store>(site: &Site<S>, lines: &[&str]) -> String {
    let headers: Vec<_> = lines
        .iter()
        .map(|line| ("x-forwarded-for", *line))
        .collect();
    let shown = site
        .send(request(Method::GET, "/context", &headers, String::new()))
        .await;
    shown.body.split(' ').next().unwrap().to_owned()
}

async fn a_forged_header_is_ignored<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        for lines in [
            &["198.51.100.1"][..],
            &["198.51.100.1, 198.51.100.2"],
            &["::1", "::1"],
        ] {
            assert_eq!(client(&site, lines).await, PEER, "{lines:?}");
        }
    })
    .await;
}

async fn a_proxy_tells_the_client<S: Store>(world: World<S>) {
    let two_proxies = |layer: AccountsLayer<_>| layer.with_trusted_proxies(2);
    Site::with(world, HTTPS, two_proxies, async |site| {
        for (lines, expected) in [
            (&["203.0.113.9, 198.51.100.1"][..], "203.0.113.9"),
            (&["203.0.113.9", "198.51.100.1"], "203.0.113.9"),
            // The client has written the entries before its own address.
            (&["10.0.0.1, 203.0.113.9, 198.51.100.1"], "203.0.113.9"),
            (
                &["10.0.0.1", "10.0.0.2, 203.0.113.9", "198.51.100.1"],
                "203.0.113.9",
            ),
            (&["unknown, , 203.0.113.9,198.51.100.1"], "203.0.113.9"),
            (&["203.0.113.9:4711, 198.51.100.1"], "203.0.113.9"),
            (&["2001:db8::9, 198.51.100.1"], "2001:db8::9"),
            (&["[2001:db8::9]:4711, 198.51.100.1"], "2001:db8::9"),
            (&["[2001:db8::9], 198.51.100.1"], "2001:db8::9"),
            (&["::ffff:203.0.113.9, 198.51.100.1"], "203.0.113.9"),
            // Not from the proxies.
            (&[], PEER),
            (&["203.0.113.9"], PEER),
            (&["unknown, 198.51.100.1"], PEER),
            (&["203.0.113.9, unknown, 198.51.100.1"], PEER),
            (&["203.0.113.9, , 198.51.100.1"], PEER),
            (&["[203.0.113.9], 198.51.100.1"], PEER),
            (&["[2001:db8::9, 198.51.100.1"], PEER),
            (&["203.0.113.9, é, 198.51.100.1"], PEER),
            // Other text of the client does not hide its address.
            (&["é, 203.0.113.9, 198.51.100.1"], "203.0.113.9"),
            (&["é", "203.0.113.9, 198.51.100.1"], "203.0.113.9"),
        ] {
            assert_eq!(client(&site, lines).await, expected, "{lines:?}");
        }
    })
    .await;
}

async fn a_request_has_its_context<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        let ada = crate::world::id(&site.world.find("ada").await.unwrap());
        let mut ids = Vec::new();
        for (cookie, actor) in [
            (&*cookie, ada.as_str()),
            ("", "-"),
            ("__Host-session=ended", "-"),
        ] {
            let headers = [
                ("cookie", cookie),
                ("user-agent", "Mozilla"),
                ("x-request-id", "forged"),
            ];
            let shown = site
                .send(request(Method::GET, "/context", &headers, String::new()))
                .await;
            let id = shown.header(axum::http::HeaderName::from_static("x-request-id"));
            assert_eq!(shown.body, format!("{PEER} {actor} Mozilla {id}"));
            assert_eq!(id.len(), 16);
            ids.push(id.to_owned());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    })
    .await;
}

async fn a_request_without_an_address_is_refused<S: Store>(world: World<S>) {
    let router = axum::Router::new()
        .route("/", axum::routing::get(|| async { "done" }))
        .layer(AccountsLayer::new(
            world.accounts.clone(),
            HTTPS.parse().unwrap(),
        ));
    let failed = answer(&router, page("/", "")).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!failed.body.contains("connect_info"), "{failed:?}");
}
