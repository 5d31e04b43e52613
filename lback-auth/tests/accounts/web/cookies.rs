//! Cookies of other hosts and paths (*cookie tossing*).

use axum::http::header::COOKIE;
use axum::http::{HeaderValue, StatusCode};

use super::site::{HTTPS, LOOPBACK, Site, page};
use crate::on_each_store;
use crate::world::{Store, World};

on_each_store!(
    a_cookie_is_found_among_others,
    only_the_exact_name_is_the_session,
    two_session_cookies_are_refused,
);

async fn two_session_cookies_are_refused<S: Store>(world: World<S>) {
    // Without the prefix, another host of the site can plant a cookie.
    Site::run(world, LOOPBACK, async |site| {
        let (ada, planted) = (site.sign_in().await, site.sign_in().await);
        site.world.store.asked();
        for cookies in [
            vec![format!("{ada}; {planted}")],
            vec![format!("{planted};{ada}")],
            vec![format!("{ada}; {ada}")],
            vec![format!("{ada}; a=b; session=")],
            vec![ada.clone(), planted.clone()],
            vec![format!("a=b; {planted}"), format!("c=d;\t{ada}")],
        ] {
            let mut request = page("/", "a=b");
            for cookie in &cookies {
                let value = HeaderValue::from_str(cookie).unwrap();
                request.headers_mut().append(COOKIE, value);
            }
            let refused = site.send(request).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{cookies:?}");
            // Deletion would leave the planted one alone.
            assert_eq!(refused.cookie(), None);
        }
        assert!(site.world.store.asked().is_empty());
    })
    .await;
}

async fn a_cookie_is_found_among_others<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let ada = site.sign_in().await;
        for cookies in [
            format!("a=b; {ada}; c=d"),
            format!("a=b;{ada};c"),
            format!("session=x; {ada}; ; =; host-session=y"),
            format!("a=__Host-session=x; {ada}"),
        ] {
            assert_eq!(site.status(&cookies).await, StatusCode::OK, "{cookies}");
        }
    })
    .await;
}

/// Browsers protect only names that begin exactly with `__Host-`: a host of the site can plant each of the others.
async fn only_the_exact_name_is_the_session<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let ada = site.sign_in().await;
        let token = ada.strip_prefix("__Host-session=").unwrap();
        for name in [
            "session",
            "__host-session",
            "__HOST-session",
            "__Secure-session",
            "\u{2000}__Host-session",
            "\u{a0}__Host-session",
            "\u{85}__Host-session",
            "__Host-session ",
            "__Host-session\t",
            "__Host-session%20",
            "%5F_Host-session",
            "\"__Host-session\"",
            "$Version=1, __Host-session",
            "a=b, __Host-session",
        ] {
            let mut request = page("/account", "a=b");
            let value = format!("{name}={token}");
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(COOKIE, value);
            let refused = site.send(request).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{name}");
            assert_eq!(refused.cookie(), None, "{name}");
        }
    })
    .await;
}
