//! Random histories: rows, signals and deliveries agree with each other, and with a model.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use test_support::cases::{self, Unstructured};
use test_support::{polled, rounds};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::layer::{Layer, ShopDatabase as _};
use crate::shop::Shop;

on_each_layer!(a_random_history_leaves_no_contradiction);

/// A step in a transaction.
#[derive(Clone, Debug)]
enum Step {
    Pay(i64),
    /// A statement fails, and its error is ignored.
    Fail,
    Nested(Block),
    /// The connection is killed, if the database can do that.
    Kill,
}

/// The steps of a transaction or a savepoint.
#[derive(Clone, Debug)]
struct Block {
    steps: Vec<Step>,
    /// Whether it ends with an error of the application.
    is_refused: bool,
    /// After how many polls its future is dropped, if it is.
    dropped_after: Option<u32>,
}

fn block(u: &mut Unstructured<'_>, depth: usize) -> cases::Result<Block> {
    Ok(Block {
        steps: cases::vec(u, 0..=4, |u| step(u, depth))?,
        is_refused: u.ratio(1, 5)?,
        dropped_after: u.ratio(1, 6)?.then(|| u.int_in_range(0..=30)).transpose()?,
    })
}

fn step(u: &mut Unstructured<'_>, depth: usize) -> cases::Result<Step> {
    Ok(match u.int_in_range(0..=15)? {
        0..=8 => Step::Pay(u.int_in_range(1..=9)?),
        9 => Step::Fail,
        10 => Step::Kill,
        _ if depth < 3 => Step::Nested(block(u, depth + 1)?),
        _ => Step::Pay(u.int_in_range(1..=9)?),
    })
}

/// The orders of an open transaction or savepoint, as the model knows them.
#[derive(Clone, Default)]
struct Model {
    orders: Vec<i64>,
    /// Whether PostgreSQL commits nothing of it.
    is_aborted: bool,
    /// Whether the connection is gone.
    is_killed: bool,
    /// Whether a savepoint was dropped, whose commit may have begun.
    is_vague: bool,
}

/// Runs the steps, as far as they get. Errors of statements are ignored, as the worst application does.
fn run<'r, L: Layer>(
    shop: &'r Shop<L>,
    tx: &'r mut L::Transaction<'_>,
    steps: &'r [Step],
    model: &'r mut Model,
) -> Pin<Box<dyn Future<Output = ()> + 'r>> {
    Box::pin(async move {
        for step in steps {
            match step {
                Step::Pay(order) => {
                    let paid = shop.pay(tx, *order).await.is_ok();
                    if !model.is_vague {
                        let is_new = !model.orders.contains(order);
                        let expected = is_new && !model.is_aborted && !model.is_killed;
                        assert_eq!(paid, expected, "{order}");
                    }
                    if paid {
                        model.orders.push(*order);
                    } else {
                        model.is_aborted |= L::Database::ABORTS;
                    }
                }
                Step::Fail => {
                    L::execute(tx, "SELECT nothing FROM nowhere")
                        .await
                        .unwrap_err();
                    model.is_aborted |= L::Database::ABORTS;
                }
                Step::Kill => {
                    if let Some(kill) = L::Database::KILL {
                        L::execute(tx, kill).await.ok();
                        // Not in an aborted transaction, in which no statement is executed.
                        model.is_killed |= !model.is_aborted;
                    }
                }
                Step::Nested(block) => nested(shop, tx, block, model).await,
            }
        }
    })
}

async fn nested<L: Layer>(
    shop: &Shop<L>,
    tx: &mut L::Transaction<'_>,
    block: &Block,
    model: &mut Model,
) {
    let mut inner = model.clone();
    let began = Cell::new(false);
    let result = {
        let inner = &mut inner;
        let future = L::nested(tx, async |tx| {
            began.set(true);
            run(shop, tx, &block.steps, inner).await;
            if block.is_refused {
                Err(L::refusal())
            } else {
                Ok(())
            }
        });
        polled(block.dropped_after.unwrap_or(u32::MAX), future).await
    };
    model.is_killed |= inner.is_killed;
    model.is_vague |= inner.is_vague;
    let Some(result) = result else {
        // A commit that has begun is finished.
        model.is_vague = true;
        return;
    };
    if !began.get() {
        assert!(
            model.is_aborted || model.is_killed || model.is_vague,
            "it can begin"
        );
        return;
    }
    if !model.is_vague {
        let expected = !block.is_refused && !inner.is_aborted && !inner.is_killed;
        assert_eq!(result.is_ok(), expected, "{result:?}");
    }
    if result.is_ok() {
        model.orders = inner.orders;
    }
}

async fn a_random_history_leaves_no_contradiction<L: Layer>(shop: Shop<L>) {
    let property = |u: &mut Unstructured<'_>| {
        let block = block(u, 0)?;
        Handle::current().block_on(history(&shop, &block));
        Ok(())
    };
    block_in_place(|| cases::check(rounds(1000), 256, property));
}

async fn history<L: Layer>(shop: &Shop<L>, block: &Block) {
    let mut model = Model::default();
    let done = {
        let model = &mut model;
        let future = shop.within(async |tx| {
            run(shop, tx, &block.steps, model).await;
            if block.is_refused {
                Err(L::refusal())
            } else {
                Ok(())
            }
        });
        polled(block.dropped_after.unwrap_or(u32::MAX), future).await
    };
    // That receivers, rows and deliveries agree is checked for each history.
    let orders = shop.settled().await;
    let Some(result) = done else {
        return;
    };
    if model.is_vague {
        assert!(result.is_ok() || orders.is_empty());
        return;
    }
    let expected = !block.is_refused && !model.is_aborted && !model.is_killed;
    assert_eq!(result.is_ok(), expected, "{result:?}");
    model.orders.sort_unstable();
    assert_eq!(orders, if expected { model.orders } else { Vec::new() });
}
