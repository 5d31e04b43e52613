#![allow(unused)]

use lback_signals::{receiver, signal};

struct User;

#[signal]
struct PasswordSet<'a> {
    #[sender]
    user: &'a User,
}

#[signal]
struct PasswordChecked<'a> {
    user: &'a User,
    success: bool,
}

#[signal]
struct LoggedOut;

#[receiver(signal = PasswordSet)]
fn takes_the_sender(user: &User) {}

#[receiver(signal = PasswordSet)]
fn takes_it_by_value(event: PasswordSet<'_>) {}

#[receiver(signal = PasswordSet)]
fn takes_it_mutably(event: &mut PasswordSet<'_>) {}

#[receiver(signal = PasswordSet)]
fn takes_another_signal(event: &PasswordChecked<'_>) {}

#[receiver(signal = LoggedOut)]
fn takes_another_signal_still(event: &PasswordSet<'_>) {}

#[receiver(signal = PasswordSet)]
fn takes_several(event: &PasswordSet<'_>, success: bool, user: Option<&User>) {}

fn main() {}
