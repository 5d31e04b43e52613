#![forbid(unsafe_code)]
#![deny(warnings)]

use lback_signals::{Signal, receiver, signal};

#[allow(non_camel_case_types)]
#[signal]
struct r#match<'r#fn> {
    #[sender]
    r#type: &'r#fn u8,
}

#[receiver(signal = r#match)]
fn r#move(r#in: &r#match<'_>) {
    assert_eq!(*r#in.r#type, 7);
}

#[expect(non_camel_case_types)]
#[receiver(signal = r#match, crate = r#lback_signals)]
fn r#loop<r#dyn: Signal<Sender = u8>>(event: &r#dyn) {
    assert_eq!(*event.sender(), 7);
}

fn main() {
    assert_eq!(r#match { r#type: &7 }.send().delivered(), 2);
    let info = r#match::info();
    assert_eq!(info.name(), "match");
    assert!(
        info.type_path().ends_with("::match"),
        "{}",
        info.type_path()
    );
    assert_eq!(info.fields()[0].name(), "type");
    let names: Vec<_> = info.receivers().iter().map(|it| it.name()).collect();
    assert_eq!(names, ["loop", "move"]);
}
