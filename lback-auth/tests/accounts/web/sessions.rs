//! Requests with a session, with one that has ended, and with a database that fails.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, COOKIE};

use super::site::{HTTPS, Site, browse, form, page};
use crate::on_each_store;
use crate::world::{PASSWORD, Store, World, id};

on_each_store!(
    a_database_error_is_not_a_sign_out,
    a_page_with_a_session_is_not_stored,
    a_request_is_a_use_of_its_session,
    a_request_with_the_token_before_a_rotation_keeps_the_new_cookie,
    a_request_shows_no_token_in_its_headers,
    a_session_that_ended_elsewhere_is_no_account_and_keeps_its_cookie,
    an_unverified_account_is_refused_where_it_must_be_verified,
);

async fn a_session_that_ended_elsewhere_is_no_account_and_keeps_its_cookie<S: Store>(
    world: World<S>,
) {
    Site::run(world, HTTPS, async |site| {
        let ada = site.world.find("ada").await.unwrap();
        let accounts = &site.world.accounts;
        let unknown = "__Host-session=unknown".to_owned();
        let long = format!("__Host-session={}", "a".repeat(1_000));
        let mut cookies = vec![unknown, "__Host-session=".to_owned(), long];

        cookies.push(site.sign_in().await);
        accounts.end_sessions(&id(&ada)).await.unwrap();
        cookies.push(site.sign_in().await);
        site.world.wait(Duration::from_hours(2));
        cookies.push(site.sign_in().await);
        accounts.deactivate(&id(&ada)).await.unwrap();

        for cookie in cookies {
            let refused = site.send(page("/account", &cookie)).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{cookie}");
            assert_eq!(refused.cookie(), None);

            let redirected = site.send(browse("/account", &cookie)).await;
            assert_eq!(redirected.status, StatusCode::SEE_OTHER);
            assert_eq!(redirected.location(), "/sign-in?return_to=%2Faccount");
            assert_eq!(redirected.cookie(), None);

            let shown = site.send(browse("/", &cookie)).await;
            assert_eq!((shown.status, &*shown.body), (StatusCode::OK, "-"));
            assert_eq!(shown.cookie(), None);
        }
    })
    .await;
}

async fn a_database_error_is_not_a_sign_out<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        for request in [
            browse("/account", &cookie),
            browse("/", &cookie),
            page("/", &cookie),
        ] {
            site.world.store.fail_after(Some(0));
            let failed = site.send(request).await;
            assert!(!site.world.store.is_armed());
            assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{failed:?}");
            assert_eq!((failed.cookie(), failed.location()), (None, ""));
        }
        assert_eq!(site.status(&cookie).await, StatusCode::OK);
    })
    .await;
}

async fn a_request_is_a_use_of_its_session<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        let ada = id(&site.world.find("ada").await.unwrap());
        let store = &site.world.store;
        let seen = async || {
            let sessions = site.world.accounts.sessions(&ada).await.unwrap();
            sessions[0].last_seen_at
        };
        let started = seen().await;
        // Each request is within the timeout of an hour since the one before.
        for _ in 0..3 {
            site.world.wait(Duration::from_mins(50));
            assert_eq!(site.status(&cookie).await, StatusCode::OK);
            assert_eq!(seen().await, site.world.now());
        }
        assert_ne!(seen().await, started);

        store.asked();
        assert_eq!(site.status(&cookie).await, StatusCode::OK);
        assert_eq!(store.asked(), ["find_session"]);
        // A request without a session costs nothing.
        assert_eq!(site.status("").await, StatusCode::UNAUTHORIZED);
        assert!(store.asked().is_empty());
    })
    .await;
}

/// A browser may send a request before it has the new cookie, and read its response after it.
async fn a_request_with_the_token_before_a_rotation_keeps_the_new_cookie<S: Store>(
    world: World<S>,
) {
    Site::run(world, HTTPS, async |site| {
        let before = site.sign_in().await;
        let confirmed = form("/confirm", &before, &[("password", PASSWORD)]);
        let cookie = site.send(confirmed).await.cookie().unwrap();
        let late = site.send(browse("/", &before)).await;
        assert_eq!((late.status, &*late.body), (StatusCode::OK, "-"));
        assert_eq!(late.cookie(), None);
        assert_eq!(site.status(&cookie).await, StatusCode::OK);
    })
    .await;
}

async fn a_request_shows_no_token_in_its_headers<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        let mut request = page("/headers", "a=b");
        request
            .headers_mut()
            .append(COOKIE, cookie.parse().unwrap());
        let shown = site.send(request).await;
        assert!(shown.body.contains("\"cookie\""), "{shown:?}");
        assert!(!shown.body.contains("session"), "{shown:?}");
    })
    .await;
}

async fn a_page_with_a_session_is_not_stored<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        for (path, cookie, expected) in [
            ("/", &*cookie, "no-store"),
            ("/cached", &cookie, "max-age=60"),
            ("/", "", ""),
            ("/", "__Host-session=unknown", ""),
        ] {
            let shown = site.send(page(path, cookie)).await;
            assert_eq!(shown.status, StatusCode::OK);
            assert_eq!(shown.header(CACHE_CONTROL), expected, "{path} {cookie}");
        }
    })
    .await;
}

async fn an_unverified_account_is_refused_where_it_must_be_verified<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        assert_eq!(
            site.send(page("/verified", &cookie)).await.status,
            StatusCode::OK
        );

        let bob = site.world.unverified("bob").await;
        let issued = site
            .world
            .accounts
            .start_session(&bob, lback_auth::Remember::No);
        let cookie = format!("__Host-session={}", issued.await.unwrap().token.expose());
        assert_eq!(site.status(&cookie).await, StatusCode::OK);
        for request in [page("/verified", &cookie), browse("/verified", &cookie)] {
            let refused = site.send(request).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
            assert!(refused.body.contains("not verified"), "{refused:?}");
        }
        let refused = site.send(page("/verified", "")).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}
