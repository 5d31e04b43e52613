#![forbid(unsafe_code)]
#![deny(warnings)]

//! A signal may be declared wherever a struct may be.

use lback_signals::{Signal, receiver, signal};

mod first {
    #[lback_signals::signal]
    pub(super) struct Done {
        pub(super) by: &'static str,
    }

    pub mod deep {
        #[lback_signals::signal]
        pub(in super::super) struct Done;

        #[lback_signals::receiver(signal = super::Done)]
        fn on_done(event: &super::Done) {
            assert_eq!(event.by, "first");
        }
    }
}

mod second {
    #[lback_signals::signal]
    #[derive(Default)]
    pub struct Done;
}

mod renamed {
    pub use super::second::Done as Finished;
}

type Alias = second::Done;

#[receiver(signal = first::deep::Done)]
fn on_deep(_: &first::deep::Done) {}

#[receiver(signal = renamed::Finished)]
fn by_another_name(_: &renamed::Finished) {}

#[receiver(signal = Alias)]
fn by_alias(_: &Alias) {}

fn in_a_function() -> usize {
    #[signal]
    struct Done<'a> {
        count: &'a std::cell::Cell<usize>,
    }

    #[receiver(signal = Done)]
    fn on_done(event: &Done<'_>) {
        event.count.set(event.count.get() + 1);
    }

    let count = std::cell::Cell::new(0);
    Done { count: &count }.send();
    count.get()
}

fn in_another_function() -> usize {
    #[signal]
    struct Done;

    {
        #[receiver(signal = Done)]
        fn on_done(_: &Done) {}
    }
    {
        #[receiver(signal = Done)]
        fn on_done(_: &Done) {}
    }

    let ids: Vec<_> = Done::info().receivers().iter().map(|it| it.id()).collect();
    assert_eq!(ids[0], ids[1]);
    assert!(ids[0].ends_with("::on_done"), "{}", ids[0]);
    Done.send().delivered()
}

fn main() {
    assert_eq!(first::Done { by: "first" }.send().delivered(), 1);
    assert_eq!(first::deep::Done.send().delivered(), 1);
    assert_eq!(Alias::default().send().delivered(), 2);
    assert_eq!(in_a_function(), 1);
    assert_eq!(in_another_function(), 2);
    let ids: Vec<_> = Alias::info()
        .receivers()
        .iter()
        .map(|it| it.name())
        .collect();
    assert_eq!(ids, ["by_alias", "by_another_name"]);
    assert!(Alias::info().type_path().ends_with("::second::Done"));
}
