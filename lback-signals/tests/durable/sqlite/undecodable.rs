//! Payloads that no one can decode, among good ones.

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{Ending, Outbox};

use super::{Folder, counts, outbox, request, row, row_of};

#[tokio::test]
async fn a_thousand_undecodable_rows_hold_up_no_other() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let rows = (0..2000).map(|number| if number % 2 == 0 { row_of("{") } else { row() });
    outbox.insert(rows.collect()).await.unwrap();
    let (mut delivered, mut claims) = (0, 0);
    loop {
        let claimed = outbox.claim(&request(300)).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        claims += 1;
        let endings: Vec<_> = claimed
            .iter()
            .map(|it| {
                let ending = if it.payload == "{" {
                    Ending::Dead {
                        error: "the payload cannot be decoded".to_owned(),
                        was_run: false,
                        blocks_key: false,
                    }
                } else {
                    delivered += 1;
                    Ending::Done
                };
                (it.claim, ending)
            })
            .collect();
        assert_eq!(outbox.finish(&endings).await.unwrap(), []);
    }
    assert_eq!((delivered, claims), (1000, 7));
    assert_eq!(counts(&outbox).await, [0, 0, 1000]);
    assert_eq!(outbox.signals().await.unwrap(), 1000);
    let dead = outbox.dead_letters().await.unwrap();
    assert!(dead.iter().all(|it| it.attempt == 0 && it.number % 2 == 1));
}
