//! Problems, as clients read them.

use axum::Router;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, Method, StatusCode};
use axum::routing::get;
use lback_auth::axum::{AccountsLayer, CurrentUser, Problem, ProblemKind, SetSession};
use lback_auth::{Accounts, AuthUser as _, MemoryStore, Remember, SessionKey};
use serde_json::{Value, json};
use test_support::{child_process, output_of};

use super::site::{HTML, HTTPS, LOOPBACK, Site, answer, browse, form, page, request};
use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World};

#[test]
fn the_log_tells_what_a_client_does_not_see() {
    let Some(mut command) = child_process() else {
        let key = SessionKey::new(&[7; 32]).unwrap();
        let accounts = Accounts::new(MemoryStore::new(), key);
        let layer = |origin: &str| AccountsLayer::new(accounts.clone(), origin.parse().unwrap());
        let router = Router::new().layer(layer(HTTPS)).layer(layer(LOOPBACK));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let failed = runtime.block_on(answer(&router, page("/", "")));
        println!(
            "answered {}",
            failed.header(HeaderName::from_static("x-request-id"))
        );
        assert!(!failed.body.contains("connect_info"), "{failed:?}");
        return;
    };
    command.arg("--nocapture").env_remove("LBACK_STDERR");
    let output = output_of(command);
    let (stdout, stderr) = (output.stdout, String::from_utf8(output.stderr).unwrap());
    let stdout = String::from_utf8(stdout).unwrap();
    let id = stdout
        .lines()
        .find_map(|it| it.split_once("answered "))
        .unwrap()
        .1;
    let failure = format!("request {id} failed: the address of the client is unknown");
    assert_eq!(stderr.matches(&failure).count(), 1, "{stderr}");
    assert!(
        stderr.contains("into_make_service_with_connect_info"),
        "{stderr}"
    );
    // Of the two origins, only one is not https.
    assert_eq!(
        stderr.matches("neither `Secure` nor").count(),
        1,
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("the origin {LOOPBACK} is not https")),
        "{stderr}"
    );
}

on_each_store!(
    a_browser_gets_a_page,
    a_page_of_a_problem_has_no_header_of_another_body,
    a_program_gets_problem_details,
    a_veto_is_shown_in_its_own_words,
    attempts_are_limited_with_a_time_to_retry,
    sign_in_does_not_tell_whether_an_address_was_free,
    without_the_layer_nothing_is_signed_in,
);

const TYPE: &str =
    "https://docs.rs/lback-auth/latest/lback_auth/axum/enum.ProblemKind.html#variant";

async fn a_program_gets_problem_details<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        for accept in [
            "",
            "*/*",
            "application/json",
            "text/html;q=0.5, application/json",
        ] {
            let headers = [("accept", accept)];
            let refused = request(Method::GET, "/account", &headers, String::new());
            let refused = site.send(refused).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{accept}");
            assert_eq!(refused.location(), "");
            assert_eq!(refused.header(CONTENT_TYPE), "application/problem+json");
            let details: Value = serde_json::from_str(&refused.body).unwrap();
            let expected = json!({
                "type": format!("{TYPE}.SignInRequired"),
                "title": "Sign in first",
                "status": 401,
                "detail": "this page needs an account: sign in",
            });
            assert_eq!(details, expected);
        }
    })
    .await;
}

async fn a_browser_gets_a_page<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let headers = [("accept", HTML), ("origin", "https://evil.example")];
        let refused = request(Method::POST, "/change", &headers, String::new());
        let refused = site.send(refused).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(refused.header(CONTENT_TYPE), "text/html; charset=utf-8");
        assert!(refused.body.starts_with("<!doctype html>"), "{refused:?}");
        assert!(refused.body.contains("from another site"), "{refused:?}");
    })
    .await;
}

async fn a_veto_is_shown_in_its_own_words<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let program = async |name| {
            let mut sent = form("/sign-up", "", &[("name", name)]);
            sent.headers_mut().remove(ACCEPT);
            site.send(sent).await
        };
        let vetoed = program("root").await;
        assert_eq!(vetoed.status, StatusCode::BAD_REQUEST);
        let details: Value = serde_json::from_str(&vetoed.body).unwrap();
        assert_eq!(details["detail"], "the username root is reserved");

        let failed = program("bomb").await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
        for internal in ["note_registering", "user_registering", "10.0.0.7"] {
            assert!(!failed.body.contains(internal), "{failed:?}");
        }
    })
    .await;
}

async fn a_page_of_a_problem_has_no_header_of_another_body<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        for sent in [page("/compressed", ""), browse("/compressed", "")] {
            let shown = site.send(sent).await;
            assert!(shown.body.contains("an input is not accepted"), "{shown:?}");
            let mut names: Vec<_> = shown.headers.keys().map(HeaderName::as_str).collect();
            names.sort_unstable();
            let expected = ["content-length", "content-type", "vary", "x-request-id"];
            assert_eq!(names, expected);
            let length = shown.body.len().to_string();
            assert_eq!(shown.header(CONTENT_LENGTH), length);
        }
    })
    .await;
}

/// Registration hides whether an address is free; a sign-in with the new name must not tell either.
async fn sign_in_does_not_tell_whether_an_address_was_free<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        site.world.unverified("bob").await;
        let mut answers = Vec::new();
        for login in ["bob", "eve"] {
            let fields = [("login", login), ("password", PASSWORD)];
            let denied = site.send(form("/sign-in", "", &fields)).await;
            assert_eq!(denied.status, StatusCode::UNAUTHORIZED);
            assert!(denied.body.contains("not verified yet"), "{denied:?}");
            answers.push(denied.body);
        }
        assert_eq!(answers[0], answers[1]);
    })
    .await;
}

async fn attempts_are_limited_with_a_time_to_retry<S: Store>(world: World<S>) {
    Site::run(world, HTTPS, async |site| {
        let fields = [("login", "ada"), ("password", OTHER)];
        let mut throttled = site.send(form("/sign-in", "", &fields)).await;
        for _ in 0..20 {
            if throttled.status != StatusCode::UNAUTHORIZED {
                break;
            }
            throttled = site.send(form("/sign-in", "", &fields)).await;
        }
        assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
        let seconds: u64 = throttled.header(RETRY_AFTER).parse().unwrap();
        assert!(seconds > 0);
        let text = format!("too many attempts: try again in {seconds} s");
        assert!(throttled.body.contains(&text), "{throttled:?}");
        // A client that waits for the time is admitted.
        site.world.wait(std::time::Duration::from_secs(seconds));
        let fields = [("login", "ada"), ("password", PASSWORD)];
        let granted = site.send(form("/sign-in", "", &fields)).await;
        assert_eq!(granted.status, StatusCode::SEE_OTHER);
    })
    .await;
}

async fn without_the_layer_nothing_is_signed_in<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let issued = world
        .accounts
        .start_session(&ada, Remember::No)
        .await
        .unwrap();
    let session = issued.clone();
    let markup = || async { Problem::new(ProblemKind::Invalid).with_detail("<b>&") };
    let router = Router::new()
        .route(
            "/",
            get(async |user: Option<CurrentUser>| user.is_some().to_string()),
        )
        .route(
            "/account",
            get(async |user: CurrentUser| user.username().to_owned()),
        )
        .route("/session", get(async move || SetSession(session.clone())))
        .route("/markup", get(markup));
    let cookie = format!("__Host-session={}", issued.token.expose());
    for path in ["/", "/account", "/session"] {
        let failed = answer(&router, page(path, &cookie)).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(failed.cookie(), None);
        assert!(!format!("{failed:?}").contains(issued.token.expose()));
    }

    let peer = std::net::SocketAddr::from(([192, 0, 2, 7], 4000));
    let layer = AccountsLayer::new(world.accounts.clone(), HTTPS.parse().unwrap());
    let router = router
        .layer(layer)
        .layer(axum::extract::connect_info::MockConnectInfo(peer));
    let shown = answer(&router, page("/account", &cookie)).await;
    assert_eq!((shown.status, &*shown.body), (StatusCode::OK, "ada"));
    let set = answer(&router, page("/session", "")).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    assert_eq!(set.cookie(), Some(cookie));
    let escaped = answer(&router, browse("/markup", "")).await;
    assert_eq!(escaped.status, StatusCode::BAD_REQUEST);
    assert!(
        escaped.body.contains("<p>&lt;b&gt;&amp;</p>"),
        "{escaped:?}"
    );
    // Without a sign-in page, a browser gets a page of the problem.
    let refused = answer(&router, browse("/account", "")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.header(CONTENT_TYPE), "text/html; charset=utf-8");
}
