//! A `Host` that the attacker chooses, and requests that a proxy forwards to a site without `--url`.

use clap::Parser;
use web::{App, Cli};

use super::client::Request;
use super::site::with_site;

#[test]
fn links_in_mails_are_those_of_the_site() {
    with_site(async |site| {
        site.register("hosted").await;
        let forgotten = site.post("/forgotten", &[("email", "hosted@example.org")]);
        let local = format!("localhost:{}", site.address.port());
        assert_eq!(forgotten.header("Host", &local).send().await.status, 200);
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
            for path in [&*site.mails_page(), "/", "/style.css"] {
                let response = site.get(path).header("Host", host).send().await;
                assert!(
                    matches!(response.status, 400 | 421),
                    "{host} {path} {}",
                    response.status
                );
            }
        }
        assert_eq!(site.get(&site.mails_page()).send().await.status, 200);
    });
}

#[test]
fn a_site_without_a_url_refuses_the_requests_of_proxies() {
    with_site(async |site| {
        for (header, value) in [
            ("X-Forwarded-For", "192.0.2.7"),
            ("X-Forwarded-Host", "accounts.example.org"),
            ("X-Forwarded-Proto", "https"),
            ("Forwarded", "for=192.0.2.7"),
            ("Via", "1.1 proxy"),
        ] {
            for path in [&*site.mails_page(), "/", "/style.css"] {
                let refused = site.get(path).header(header, value).send().await;
                assert_eq!(refused.status, 421, "{header} {path}");
                let mend = "name the site by `--url https://…`\n";
                assert!(refused.body.ends_with(mend), "{}", refused.body);
            }
            let public = Request::new(site.public, "GET", "/").header(header, value);
            assert_eq!(public.send().await.status, 200, "{header}");
        }
    });
}

/// Other users of the machine can reach the listener, and so can others through a proxy that sends `Host: 127.0.0.1`.
#[test]
fn the_page_of_mails_is_missing_without_its_secret() {
    with_site(async |site| {
        let page = site.mails_page();
        let secret = page.strip_prefix("/mails/").unwrap();
        assert_eq!(secret.len(), 32);
        assert!(secret.chars().all(|it| it.is_ascii_hexdigit()), "{secret}");
        let data = site.data();
        let cli = Cli::parse_from(["web", "--data", data.to_str().unwrap()]);
        let again = App::open(cli.settings(), site.address).await.unwrap();
        assert_ne!(again.mails_url(), site.app.mails_url());

        let send = async |path: &str, method| {
            let request = Request::new(site.address, method, path);
            request.send().await.comparable()
        };
        let missing = send("/missing", "GET").await;
        assert_eq!(missing.status, 404);
        for path in [
            "/mails",
            "/mails/",
            &page[..page.len() - 1],
            &format!("{page}0"),
            &format!("{page}/"),
            &page.replace("/mails/", "/"),
            &format!("/mails/{:032x}", 0),
        ] {
            assert_eq!(send(path, "GET").await, missing, "{path}");
        }
        assert_eq!(send(&page, "POST").await, missing);
        let shown = site.get(&page).send().await;
        assert_eq!(
            (shown.status, shown.header("referrer-policy")),
            (200, Some("no-referrer"))
        );
        for path in ["/", "/sign-in", "/missing"] {
            let body = site.get(path).send().await.body;
            assert!(!body.contains("/mails") && !body.contains(secret), "{body}");
        }
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
        for path in ["/mails", &site.mails_page()] {
            let page = Request::new(site.public, "GET", path);
            assert_eq!(page.send().await.status, 404, "{path}");
        }
    });
}
