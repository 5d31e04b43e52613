#![forbid(unsafe_code)]
#![deny(warnings)]

use std::any::TypeId;
use std::fmt::Debug;

use lback_signals::{Signal, signal};

trait Shape {
    fn corners(&self) -> u32;
}

struct Square;

impl Shape for Square {
    fn corners(&self) -> u32 {
        4
    }
}

struct Lined<'a>(&'a str);

impl Shape for Lined<'_> {
    fn corners(&self) -> u32 {
        self.0.len() as u32
    }
}

#[signal]
struct Drawn<'a> {
    #[sender]
    shape: &'a dyn Shape,
}

#[signal]
struct DrawnElsewhere<'a> {
    #[sender]
    shape: &'a (dyn Shape + Send),
}

#[signal]
struct DrawnAtLength<'a> {
    #[sender]
    shape: &'a (dyn Shape + Send + Sync + 'a),
}

#[signal]
struct ByValue {
    #[sender]
    id: u64,
}

#[signal]
struct Boxed {
    #[sender]
    shape: Box<dyn Shape>,
}

#[signal]
struct Text<'a> {
    #[sender]
    text: &'a str,
}

#[signal]
struct Slice<'a> {
    #[sender]
    values: &'a [u8],
}

#[signal]
struct OfNoModel {
    value: u8,
}

#[signal]
struct OfALifetime<'a> {
    #[sender]
    shape: Lined<'a>,
}

fn text_of<S: Signal<Sender: Debug>>(signal: &S) -> String {
    format!("{:?}", signal.sender())
}

fn main() {
    assert_eq!(Drawn { shape: &Square }.sender().corners(), 4);
    let local = String::from("abc");
    assert_eq!(
        Drawn {
            shape: &Lined(&local)
        }
        .sender()
        .corners(),
        3
    );
    assert_eq!(DrawnElsewhere { shape: &Square }.sender().corners(), 4);
    assert_eq!(
        DrawnElsewhere {
            shape: &Lined(&local)
        }
        .sender()
        .corners(),
        3
    );
    assert_eq!(
        DrawnAtLength {
            shape: &Lined(&local)
        }
        .sender()
        .corners(),
        3
    );
    assert_eq!(
        Boxed {
            shape: Box::new(Square)
        }
        .sender()
        .corners(),
        4
    );
    assert_eq!(
        OfALifetime {
            shape: Lined(&local)
        }
        .sender()
        .corners(),
        3
    );

    assert_eq!(text_of(&ByValue { id: 7 }), "7");
    assert_eq!(text_of(&Text { text: &local }), "\"abc\"");
    assert_eq!(text_of(&Slice { values: &[1, 2] }), "[1, 2]");
    let anonymous = OfNoModel { value: 1 };
    assert_eq!(text_of(&anonymous), "()");
    assert_eq!(anonymous.value, 1);
    assert_eq!(
        TypeId::of::<<Text<'static> as Signal>::Sender>(),
        TypeId::of::<str>()
    );
    assert_eq!(
        TypeId::of::<<ByValue as Signal>::Sender>(),
        TypeId::of::<u64>()
    );
    assert_eq!(
        TypeId::of::<<OfNoModel as Signal>::Sender>(),
        TypeId::of::<()>()
    );

    let sender = |signal: &lback_signals::SignalInfo| {
        signal.fields().iter().position(|field| field.is_sender())
    };
    assert_eq!(sender(ByValue::info()), Some(0));
    assert_eq!(sender(OfNoModel::info()), None);
}
