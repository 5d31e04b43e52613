//! Answers that would tell whether an account exists.

use super::client::{Request, Response};
use super::site::{PASSWORD, Site, with_site};

/// Fails unless all requests have the same answer, and cost the same hashes and statements. In each one, `*` of the
/// typed texts stands for the name, and names have the same length.
async fn assert_alike(site: &Site, what: &str, requests: Vec<(&str, Request)>) {
    let mut first: Option<(Response, u64, Vec<String>)> = None;
    for (name, request) in requests {
        let (response, hashes, statements) = site.measure(&request).await;
        let mut response = response.comparable();
        response.body = response.body.replace(name, "*");
        assert!(!statements.is_empty(), "the log has the statements");
        // A row is kept or undone by a statement that ends the savepoint.
        let statements = statements
            .iter()
            .map(|it| it.replace("ROLLBACK TO SAVEPOINT lback; …", "RELEASE SAVEPOINT lback"));
        let statements = statements.collect();
        let measured = (response, hashes, statements);
        match &first {
            None => first = Some(measured),
            Some(first) => assert_eq!(&measured, first, "{what}: {name}"),
        }
    }
}

#[test]
fn no_answer_tells_whether_an_account_exists() {
    with_site(async |site| {
        site.register("known1").await;
        site.register("known2").await;
        site.register("gone11").await;
        site.sql("UPDATE lback_account SET is_active = 0 WHERE username = 'gone11'")
            .await;
        site.register("waits1").await;
        site.sql("UPDATE lback_account SET verified_email = NULL WHERE username = 'waits1'")
            .await;
        let email = |name: &str| format!("{name}@example.org");

        let sign_in = |name, password| (name, site.try_sign_in(name, password));
        let wrong = "a wrong password";
        let requests = vec![
            sign_in("known1", wrong),
            sign_in("never1", wrong),
            sign_in("gone11", wrong),
        ];
        assert_alike(site, "a wrong password", requests).await;

        // The right password of an account whose address is not verified gets the same answer as a wrong password.
        let waiting = site.try_sign_in("waits1", PASSWORD).send().await;
        let unknown = site.try_sign_in("never2", PASSWORD).send().await;
        assert_eq!(waiting.status, unknown.status);
        assert_eq!(
            waiting.body.replace("waits1", "*"),
            unknown.body.replace("never2", "*")
        );

        for (path, names) in [
            ("/forgotten", ["known1", "never1", "gone11", "waits1"]),
            ("/verify/again", ["known2", "never2", "gone11", "waits1"]),
        ] {
            let requests = names.map(|name| (name, site.post(path, &[("email", &email(name))])));
            assert_alike(site, path, requests.into()).await;
        }

        let sign_up = |name, address: &str| {
            (
                name,
                site.post(
                    "/sign-up",
                    &[("name", name), ("email", address), ("password", PASSWORD)],
                ),
            )
        };
        let requests = vec![
            sign_up("fresh1", &email("known1")),
            sign_up("fresh2", &email("never3")),
        ];
        assert_alike(site, "the address of a registration", requests).await;

        let cookie = site.sign_in("known2").await;
        let change = |name: &'static str| {
            (
                name,
                site.post("/account/address", &[("email", &email(name))])
                    .cookie(&cookie),
            )
        };
        assert_alike(
            site,
            "another address",
            vec![change("known1"), change("never4")],
        )
        .await;
    });
}

/// A stranger registers an address under a fresh name, and signs in with it more often than the limit.
#[test]
fn the_limit_does_not_tell_whether_an_address_was_free() {
    with_site(async |site| {
        site.register("owner1").await;
        let mut answers = Vec::new();
        for (name, address) in [
            ("guest1", "owner1@example.org"),
            ("guest2", "free01@example.org"),
        ] {
            let fields = [("name", name), ("email", address), ("password", PASSWORD)];
            let response = site.post("/sign-up", &fields).send().await;
            assert_eq!(response.status, 200, "{}", response.body);
            site.sql("DELETE FROM lback_attempt").await;
            answers.push(refused_until_throttled(site, name, PASSWORD).await);
        }
        let stored = "SELECT count(*) FROM lback_account WHERE username IN ('guest1', 'guest2')";
        assert_eq!(site.count(stored).await, 1);
        assert_eq!(answers[0], answers[1]);
    });
}

#[test]
fn attempts_are_limited_alike() {
    with_site(async |site| {
        site.register("limit1").await;
        let known = refused_until_throttled(site, "limit1", "a wrong password").await;
        let unknown = refused_until_throttled(site, "limit2", "a wrong password").await;
        assert_eq!(known, unknown);
    });
}

/// The free attempts, and the one that begins the wait.
const REFUSED_BEFORE_WAIT: usize = 11;

/// Signs in until the limit refuses it. Returns status and body of the attempts that are free, of the one that begins
/// the wait, and of the refusal, without the name and the wait.
async fn refused_until_throttled(site: &Site, name: &str, password: &str) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    let throttled = loop {
        let response = site.try_sign_in(name, password).send().await;
        if response.status != 422 {
            break response;
        }
        answers.push((response.status, response.body.replace(name, "*")));
        assert!(answers.len() < 100, "nothing is throttled");
    };
    assert_eq!(throttled.status, 429);
    let wait: u64 = throttled.header("retry-after").unwrap().parse().unwrap();
    assert!(wait >= 1);
    // On a slow machine a short wait is over before the next attempt, and the next wait is longer.
    assert!(answers.len() >= REFUSED_BEFORE_WAIT);
    answers.truncate(REFUSED_BEFORE_WAIT);
    let lines = throttled.body.lines();
    let (words, page): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains("Try again in "));
    assert_eq!(words.len(), 1);
    answers.push((throttled.status, page.join("\n")));
    answers
}
