//! The live view.

use std::iter;
use std::sync::Mutex;

use lback_signals::{
    LiveView, RunCounts, Scope, Signal, Transaction, receiver, set_observer, signal,
};
use test_support::in_child_process;

#[signal]
struct Ordered;

#[signal]
struct Packed;

#[signal]
struct Shipped;

#[receiver(signal = Ordered)]
fn a_packs(_: &Ordered) {
    Packed.send();
    Packed.send();
}

#[receiver(signal = Ordered)]
fn b_bills(_: &Ordered) -> Result<(), &'static str> {
    Err("secret")
}

#[receiver(signal = Packed)]
fn ships(_: &Packed) {
    Shipped.send();
}

struct Request(&'static str);

fn view(capacity: usize) -> LiveView {
    let view = LiveView::new(capacity).with_request(|dispatch| {
        let request = dispatch.resource::<Request>()?;
        Some(request.0.to_owned())
    });
    set_observer(view.clone()).unwrap();
    view
}

/// Returns the table without times.
fn table(view: &LiveView) -> Vec<String> {
    let table = view.to_string();
    let lines = table.lines().map(|line| {
        let words = line.split_whitespace().filter(|word| !word.contains('.'));
        let words: Vec<_> = words
            .filter(|it| !["s", "ms", "ago"].contains(it))
            .collect();
        let indent = line.len() - line.trim_start().len();
        format!("{:indent$}{}", "", words.join(" ")).replace("behaviour::observer::live::", "")
    });
    lines.collect()
}

#[test]
fn dispatches_are_below_the_receiver_that_sent_them_and_beside_those_of_their_request() {
    in_child_process(|| {
        let view = view(100);
        let request = |name| Scope::new().provide(Request(name));
        request("one").run(|| Ordered.send());
        Shipped.send();
        request("two").run(|| Shipped.send());
        request("one").run(|| Shipped.send());
        assert_eq!(
            table(&view),
            [
                "request one",
                "  ordered",
                "    a_packs succeeded,",
                "      packed",
                "        ships succeeded,",
                "          shipped",
                "      packed",
                "        ships succeeded,",
                "          shipped",
                "    b_bills error,",
                "  shipped",
                "shipped",
                "request two",
                "  shipped",
            ]
        );
        assert_eq!(view.dropped(), 0);
        assert!(!format!("{view}").contains("secret"));
    });
}

#[test]
fn a_full_view_drops_the_oldest_dispatch_and_counts_all() {
    in_child_process(|| {
        let view = view(4);
        Ordered.send();
        // Its runs belong to no dispatch of the view.
        assert_eq!(
            table(&view),
            [
                "packed",
                "  ships succeeded,",
                "    shipped",
                "packed",
                "  ships succeeded,",
                "    shipped",
                "1 older dispatches were dropped",
            ]
        );
        Shipped.send();
        assert_eq!((view.dropped(), view.dispatches().len()), (2, 3));
        let counts = view.counts();
        assert_eq!(counts.dispatches(Ordered::info()), 1);
        assert_eq!(counts.dispatches(Shipped::info()), 3);
        let [packs, bills] = Ordered::info().receivers()[..] else {
            panic!("two receivers");
        };
        assert_eq!(counts.runs(packs).succeeded, 1);
        assert_eq!(
            (counts.runs(bills).failed, counts.runs(bills).succeeded),
            (1, 0)
        );
        assert_eq!(counts.runs(bills).to_string(), "1 failed");
        assert_eq!(RunCounts::default().to_string(), "not run");
        #[cfg(feature = "svg")]
        {
            let svg = lback_signals::wiring().to_svg_with(&counts);
            assert!(svg.contains(">shipped: sent 3<"), "{svg}");
            assert!(svg.contains(": 1 failed<"), "{svg}");
            assert!(!lback_signals::wiring().to_svg().contains("sent 3"));
        }
    });
}

#[test]
fn a_long_request_is_shortened() {
    in_child_process(|| {
        let view = LiveView::new(100)
            .with_request(|dispatch| Some(dispatch.resource::<String>()?.clone()));
        set_observer(view.clone()).unwrap();
        let request = "\u{10ffff}".repeat(70_000);
        Scope::new().provide(request).run(|| Ordered.send());
        let name = view.dispatches().swap_remove(0).request.unwrap();
        assert_eq!(name.chars().count(), 256);
        let table = view.to_string();
        let mut lines = table.lines();
        assert!(lines.next().unwrap().starts_with("request \\u{10ffff}"));
        assert!(lines.all(|line| line.len() < 100), "{table}");
    });
}

#[test]
fn a_dispatch_whose_request_panics_is_kept() {
    in_child_process(|| {
        let view = LiveView::new(100).with_request(|_| panic!("it has no name"));
        set_observer(view.clone()).unwrap();
        Shipped.send();
        assert_eq!(table(&view), ["shipped"]);
        assert_eq!(view.counts().dispatches(Shipped::info()), 1);
    });
}

#[test]
fn signals_of_closures_of_one_call_are_shown_once() {
    in_child_process(|| {
        let view = view(100);
        let connect = || {
            Shipped::connect(|_| {
                Packed.send();
            })
        };
        let connections: Vec<_> = iter::repeat_with(connect).take(2).collect();
        Scope::new().mute(ships).run(|| Shipped.send());
        let sent = table(&view);
        let is_packed = |line: &&String| line.trim() == "packed";
        assert_eq!(sent.iter().filter(is_packed).count(), 2, "{sent:#?}");
        assert_eq!(sent.len(), 7);
        drop(connections);
    });
}

#[signal(owned)]
struct Polled;

static NEXT: Mutex<Option<Transaction>> = Mutex::new(None);

/// Sends its own signal again, later.
#[receiver(signal = Polled, after_commit)]
fn polls_again(_: &Polled) {
    let transaction = Transaction::new();
    transaction.run(|| Polled.send());
    *NEXT.lock().unwrap() = Some(transaction);
}

#[test]
fn a_chain_without_end_is_shown_in_parts() {
    in_child_process(|| {
        let view = view(50_000);
        Polled.send();
        for _ in 1..20_000 {
            let next = NEXT.lock().unwrap().take();
            next.unwrap().commit();
        }
        let roots = view.dispatches();
        assert_eq!(roots.len(), 20_000_usize.div_ceil(32) + 1);
        let mut level = &roots[0];
        let mut levels = 1;
        while let [child] = &level.children[..] {
            level = child;
            levels += 1;
        }
        assert_eq!(levels, 32);
        let longest = view.to_string().lines().map(str::len).max();
        assert!(longest.unwrap() < 200, "{longest:?}");
    });
}
