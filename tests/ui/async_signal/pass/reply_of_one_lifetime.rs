//! A reply that borrows from one of several lifetimes.

use lback_signals::{AsyncSignal, receiver, signal};

#[signal(async, reply = &'a str)]
struct Asked<'a, 'b> {
    question: &'a str,
    asker: &'b str,
}

#[receiver(signal = Asked)]
fn echo<'a>(event: &Asked<'a, '_>) -> &'a str {
    assert_eq!(event.asker, "ada");
    event.question
}

#[tokio::main]
async fn main() {
    let _connection = Asked::connect_async(async |event| {
        assert_eq!(event.asker, "ada");
    });
    let asker = String::from("ada");
    let asked = Asked { question: "why?", asker: &asker };
    let report = asked.send_async().await;
    let replies: Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
    assert_eq!(replies, ["why?"]);
}
