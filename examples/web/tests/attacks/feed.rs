//! The live feed, which shows names and no values.

use tokio::io::AsyncReadExt;

use super::site::{PASSWORD, with_site};

#[test]
fn the_feed_and_the_wiring_have_no_value_of_a_field() {
    with_site(async |site| {
        site.register_operator("watcher").await;
        let operator = site.sign_in("watcher").await;
        // Texts of a user, and the token of a mail.
        site.register("marker1").await;
        let user = site.sign_in("marker1").await;
        site.post("/forgotten", &[("email", "marker1@example.org")])
            .send()
            .await;
        let token = site
            .last_link("marker1@example.org")
            .await
            .split_once("token=")
            .unwrap()
            .1
            .to_owned();
        site.try_sign_in("marker2", "marker3 of a wrong password")
            .header("User-Agent", "marker4")
            .send()
            .await;
        site.post("/account/address", &[("email", "marker5@example.org")])
            .cookie(&user)
            .send()
            .await;
        site.deliver().await;

        let mut texts = Vec::new();
        for path in ["/operator/feed", "/operator/wiring", "/operator/wiring.svg"] {
            texts.push(site.get(path).cookie(&operator).send().await.body);
        }
        let stream = site
            .get("/operator/feed/events")
            .cookie(&operator)
            .header("Accept", "text/event-stream");
        let mut stream = stream.open().await;
        let mut events = Vec::new();
        while !String::from_utf8_lossy(&events).contains("\n\n") || !events.ends_with(b"\r\n") {
            assert!(
                stream.read_buf(&mut events).await.unwrap() > 0,
                "the stream has ended"
            );
        }
        texts.push(String::from_utf8(events).unwrap());
        for text in texts {
            assert!(text.contains("address_mail_due"), "{text}");
            for value in ["marker", "example.org", PASSWORD, &*token, "$argon2", &user] {
                assert!(!text.contains(value), "{value} in {text}");
            }
        }
    });
}

#[test]
fn no_cache_stores_the_stream_and_no_proxy_delays_it() {
    with_site(async |site| {
        site.register_operator("watcher3").await;
        let operator = site.sign_in("watcher3").await;
        let request = site.get("/operator/feed/events").cookie(&operator);
        let mut stream = request.open().await;
        let mut head = Vec::new();
        while !String::from_utf8_lossy(&head).contains("\r\n\r\n") {
            assert!(
                stream.read_buf(&mut head).await.unwrap() > 0,
                "the stream has ended"
            );
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let values = |name: &str| -> Vec<_> {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(other, _)| *other == name)
                .map(|(_, value)| value)
                .collect()
        };
        assert_eq!(values("content-type"), ["text/event-stream"]);
        assert_eq!(values("cache-control"), ["no-store"]);
        assert_eq!(values("x-accel-buffering"), ["no"]);
    });
}

#[test]
fn a_sign_in_is_one_row_for_each_signal() {
    with_site(async |site| {
        site.register_operator("watcher2").await;
        let operator = site.sign_in("watcher2").await;
        site.register("marker6").await;
        site.sign_in("marker6").await;
        let feed = site.get("/operator/feed").cookie(&operator).send().await;
        let rows = feed.body.split("<tr><td>").skip(1);
        let signals = rows.map(|row| row.split("</td><td>").nth(1).unwrap());
        let newest: Vec<_> = signals.take(3).collect();
        let expected = [
            "user_session_started",
            "user_authenticated",
            "user_password_checked",
        ];
        assert_eq!(newest, expected);
    });
}
