//! The macros in a crate of each earlier edition.

#[test]
fn the_macros_work_in_the_edition_2015() {
    edition_2015::the_macros_work_in_this_edition();
}

#[test]
fn the_macros_work_in_the_edition_2018() {
    edition_2018::the_macros_work_in_this_edition();
}

#[test]
fn async_signals_work_in_the_edition_2018() {
    edition_2018::async_signals_work_in_this_edition();
}

#[test]
fn the_macros_work_in_the_edition_2021() {
    edition_2021::the_macros_work_in_this_edition();
}

#[test]
fn async_signals_work_in_the_edition_2021() {
    edition_2021::async_signals_work_in_this_edition();
}
