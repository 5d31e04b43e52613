//! The cookie from the sign-in to the sign-out.

use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{Method, StatusCode};
use lback_auth::axum::AccountsLayer;

use super::site::{HTTPS, LOOPBACK, Site, form, page, request, sign_in_form};
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World};

on_each_store!(
    a_change_of_the_password_gives_the_session_a_new_cookie,
    a_cookie_on_https_has_the_prefix_and_all_attributes,
    a_cookie_on_loopback_has_no_prefix_and_is_not_secure,
    a_remembered_cookie_outlives_the_session_of_the_browser,
    a_sign_in_replaces_the_session_of_the_browser,
    a_sign_out_ends_the_session_and_deletes_the_cookie,
    a_wrong_password_sets_no_cookie,
    sensitive_actions_ask_for_the_password,
    the_application_says_how_long_a_password_is_recent,
);

/// Signs in and returns the `Set-Cookie`, without the token.
async fn set_cookie<S: Store>(site: &Site<S>, fields: &[(&str, &str)]) -> String {
    let fields = [&[("login", "ada"), ("password", PASSWORD)], fields].concat();
    let signed_in = site.send(form("/sign-in", "", &fields)).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{signed_in:?}");
    assert_eq!(signed_in.location(), "/");
    assert_eq!(signed_in.header(CACHE_CONTROL), "no-store");
    let cookie = signed_in.cookie().unwrap();
    let (_, token) = cookie.split_once('=').unwrap();
    assert_eq!(token.len(), 43);
    assert!(!signed_in.body.contains(token));
    signed_in.header(SET_COOKIE).replace(token, "…")
}

async fn a_cookie_on_https_has_the_prefix_and_all_attributes<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let expected = "__Host-session=…; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(set_cookie(&site, &[]).await, expected);
    })
    .await;
}

async fn a_cookie_on_loopback_has_no_prefix_and_is_not_secure<S: Store>(world: World<S>) {
    Site::run(world, LOOPBACK, async |site| {
        let expected = "session=…; Path=/; HttpOnly; SameSite=Lax";
        assert_eq!(set_cookie(&site, &[]).await, expected);
        let cookie = site.sign_in().await;
        assert_eq!(site.status(&cookie).await, StatusCode::OK);
        let with_prefix = format!("__Host-{cookie}");
        assert_eq!(site.status(&with_prefix).await, StatusCode::UNAUTHORIZED);
    })
    .await;
}

async fn a_remembered_cookie_outlives_the_session_of_the_browser<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        // 30 days.
        let expected = "__Host-session=…; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000";
        assert_eq!(set_cookie(&site, &[("remember", "on")]).await, expected);
    })
    .await;
}

async fn a_wrong_password_sets_no_cookie<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let mut answers = Vec::new();
        for login in ["ada", "eve"] {
            let fields = [("login", login), ("password", OTHER)];
            let denied = site.send(form("/sign-in", "", &fields)).await;
            assert_eq!(denied.status, StatusCode::UNAUTHORIZED);
            assert_eq!(denied.cookie(), None);
            answers.push(denied.body);
        }
        assert_eq!(answers[0], answers[1]);
    })
    .await;
}

async fn a_sign_in_replaces_the_session_of_the_browser<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let planted = site.sign_in().await;
        let signed_in = site.send(sign_in_form(&planted)).await;
        let cookie = signed_in.cookie().unwrap();
        assert_ne!(cookie, planted);
        assert_eq!(site.status(&cookie).await, StatusCode::OK);
        assert_eq!(site.status(&planted).await, StatusCode::UNAUTHORIZED);
    })
    .await;
}

async fn a_sign_out_ends_the_session_and_deletes_the_cookie<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let (cookie, other) = (site.sign_in().await, site.sign_in().await);
        let signed_out = site.send(form("/sign-out", &cookie, &[])).await;
        assert_eq!(signed_out.status, StatusCode::SEE_OTHER);
        let expected = "__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0";
        assert_eq!(signed_out.header(SET_COOKIE), expected);
        assert_eq!(signed_out.header(CACHE_CONTROL), "no-store");
        assert_eq!(site.status(&cookie).await, StatusCode::UNAUTHORIZED);
        assert_eq!(site.status(&other).await, StatusCode::OK);
    })
    .await;
}

async fn a_change_of_the_password_gives_the_session_a_new_cookie<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let (cookie, other) = (site.sign_in().await, site.sign_in().await);
        let fields = [("current", PASSWORD), ("new", OTHER)];
        let changed = site.send(form("/password", &cookie, &fields)).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{changed:?}");
        assert_eq!(changed.header(CACHE_CONTROL), "no-store");
        let rotated = changed.cookie().unwrap();
        assert_eq!(site.status(&rotated).await, StatusCode::OK);
        for ended in [cookie, other] {
            assert_eq!(site.status(&ended).await, StatusCode::UNAUTHORIZED);
        }
    })
    .await;
}

async fn sensitive_actions_ask_for_the_password<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let cookie = site.sign_in().await;
        assert_eq!(
            site.send(page("/sensitive", &cookie)).await.status,
            StatusCode::OK
        );

        site.world.wait(Duration::from_secs(10 * 60 + 1));
        let refused = site.send(page("/sensitive", &cookie)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(
            refused.body.contains("variant.ReauthenticationRequired"),
            "{refused:?}"
        );
        assert_eq!(refused.cookie(), None);
        assert_eq!(site.status(&cookie).await, StatusCode::OK);

        let wrong = site
            .send(form("/confirm", &cookie, &[("password", OTHER)]))
            .await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        let confirmed = site
            .send(form("/confirm", &cookie, &[("password", PASSWORD)]))
            .await;
        assert_eq!(confirmed.status, StatusCode::NO_CONTENT, "{confirmed:?}");
        let rotated = confirmed.cookie().unwrap();
        let headers = [("cookie", &*rotated), ("origin", HTTPS)];
        let done = site
            .send(request(Method::POST, "/sensitive", &headers, String::new()))
            .await;
        assert_eq!(done.status, StatusCode::OK);
        assert_eq!(site.status(&cookie).await, StatusCode::UNAUTHORIZED);
    })
    .await;
}

async fn the_application_says_how_long_a_password_is_recent<S: Store>(world: World<S>) {
    let longer =
        |layer: AccountsLayer<_>| layer.with_recent_authentication(Duration::from_mins(30));
    Site::with(world, HTTPS, longer, async |site| {
        let cookie = site.sign_in().await;
        for (wait, expected) in [(30, StatusCode::OK), (1, StatusCode::FORBIDDEN)] {
            site.world.wait(Duration::from_mins(wait));
            let answer = site.send(page("/sensitive", &cookie)).await;
            assert_eq!(answer.status, expected);
        }
    })
    .await;
}
