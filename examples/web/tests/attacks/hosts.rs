//! A `Host` that the attacker chooses.

use super::client::Request;
use super::site::{PUBLIC, with_site};

#[test]
fn links_in_mails_are_those_of_the_site() {
    with_site(async |site| {
        site.register("hosted").await;
        let forgotten = site.post("/forgotten", &[("email", "hosted@example.org")]);
        let local = format!("localhost:{}", site.address.port());
        let forged = forgotten
            .header("Host", &local)
            .header("X-Forwarded-Host", "evil.example");
        assert_eq!(
            forged
                .header("Forwarded", "host=evil.example")
                .send()
                .await
                .status,
            200
        );
        let links = site.links("hosted@example.org").await;
        let link = links.last().unwrap();
        assert!(
            link.starts_with(&format!("http://{}/reset?token=", site.address)),
            "{link}"
        );
    });
}

#[test]
fn a_name_that_was_bound_to_this_machine_shows_nothing() {
    with_site(async |site| {
        for host in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
        ] {
            for path in ["/mails", "/", "/style.css"] {
                let response = site.get(path).header("Host", host).send().await;
                assert!(
                    matches!(response.status, 400 | 421),
                    "{host} {path} {}",
                    response.status
                );
            }
        }
        assert_eq!(site.get("/mails").send().await.status, 200);
    });
}

#[test]
fn a_public_site_reflects_no_host_and_has_no_page_of_mails() {
    with_site(async |site| {
        for path in ["/", "/sign-in", "/account", "/operator", "/missing"] {
            let request = Request::new(site.public, "GET", path).header("Host", "evil.example");
            let response = request
                .header("X-Forwarded-Host", "evil.example")
                .send()
                .await;
            assert!(!format!("{response:?}").contains("evil"), "{response:?}");
            assert_eq!(
                response.header("strict-transport-security"),
                Some("max-age=31536000"),
                "{path}"
            );
        }
        assert_eq!(
            Request::new(site.public, "GET", "/mails")
                .send()
                .await
                .status,
            404
        );
        assert!(PUBLIC.starts_with("https://"));
    });
}
