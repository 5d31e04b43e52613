//! A shop: orders in a table, with signals, their receivers and durable deliveries.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use lback_signals::durable::Outbox as _;
use lback_signals::{Scope, Signal, receiver, signal};
use sqlx::{Connection as _, Pool};
use tokio::time::sleep;

use crate::layer::{Layer, ShopDatabase};
use crate::world::{Paid, TestDatabase as _, World};

/// The limit for what ends soon.
const LONG: Duration = Duration::from_secs(10);

/// An order is to be shipped.
#[signal(durable(name = "shop.shipped", version = 1))]
pub(crate) struct Shipped {
    pub(crate) order: i64,
}

/// The orders that workers have shipped, of all tests.
static SHIPPED: Mutex<Vec<i64>> = Mutex::new(Vec::new());

#[receiver(signal = Shipped, durable(name = "ship"))]
async fn ship(event: &Shipped) {
    SHIPPED.lock().unwrap().push(event.order);
}

pub(crate) fn was_shipped(order: i64) -> bool {
    SHIPPED.lock().unwrap().contains(&order)
}

/// The world in which a layer is tried.
pub(crate) struct Shop<L: Layer> {
    pub(crate) world: World<L::Database>,
    layer: L,
    pub(crate) outbox: <L::Database as ShopDatabase>::Outbox,
    /// The pool of the outbox.
    pool: Pool<L::Database>,
    /// The orders whose signals were sent.
    sent: Mutex<Vec<i64>>,
    /// The deliveries of the orders that were stored so far.
    deliveries: Mutex<u64>,
}

impl<L: Layer> Shop<L> {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let pool = world.pool.clone();
        Self::with_pool(world, &pool).await
    }

    /// Returns a shop with connections for several transactions. SQLite has one writer at a time, and others wait.
    pub(crate) async fn with_connections() -> Self {
        let world = World::new().await;
        let pool = world.others.clone();
        Self::with_pool(world, &pool).await
    }

    /// Returns a shop whose transactions are on connections of this pool.
    pub(crate) async fn with_pool(world: World<L::Database>, pool: &Pool<L::Database>) -> Self {
        Self {
            outbox: L::Database::outbox(pool).await,
            layer: L::new(pool),
            pool: pool.clone(),
            world,
            sent: Mutex::default(),
            deliveries: Mutex::default(),
        }
    }

    /// Returns the scope in which the receivers write to the log of this shop.
    pub(crate) fn scope(&self) -> Scope {
        self.world.scope()
    }

    /// Calls a function in a transaction.
    pub(crate) async fn within<T>(
        &self,
        body: impl AsyncFnOnce(&mut L::Transaction<'_>) -> Result<T, L::Error>,
    ) -> Result<T, L::Error> {
        let within = self.layer.within(&self.outbox, body);
        self.scope().run_async(within).await
    }

    /// Stores an order and sends its signals.
    pub(crate) async fn pay(
        &self,
        transaction: &mut L::Transaction<'_>,
        order: i64,
    ) -> Result<(), L::Error> {
        L::insert(transaction, order).await?;
        self.sent.lock().unwrap().push(order);
        assert_eq!(Paid { order }.send().delivered(), 0);
        assert_eq!(Shipped { order }.send().deferred(), 1);
        Ok(())
    }

    /// Waits until each signal that was sent has reached one receiver, and checks that it is the right one, and that
    /// the deliveries are those of the stored orders. Returns these orders, and deletes them.
    pub(crate) async fn settled(&self) -> Vec<i64> {
        self.layer.finish().await;
        self.assert_clean().await;
        let orders = self.world.orders().await;
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        let mut stored = orders.clone();
        // An order is paid again after the rollback of a savepoint.
        let expected =
            sent.iter().map(
                |order| match stored.iter().position(|stored| stored == order) {
                    Some(place) => format!("receipt {}, stored true", stored.swap_remove(place)),
                    None => format!("apology {order}"),
                },
            );
        let mut expected: Vec<_> = expected.collect();
        expected.sort();
        let start = Instant::now();
        let mut log = Vec::new();
        // The receivers of a commit run when the connection is back in its pool.
        while log.len() < expected.len() && start.elapsed() < LONG {
            log.extend(self.world.take_log());
            sleep(Duration::from_millis(1)).await;
        }
        log.sort();
        assert_eq!(log, expected);
        assert!(stored.is_empty(), "without a signal: {stored:?}");
        self.assert_delivered(&orders).await;
        let mut connection = self.world.others.acquire().await.unwrap();
        let delete = L::Database::execute(&mut connection, "DELETE FROM paid");
        delete.await.unwrap();
        orders
    }

    /// Checks that no transaction stays open, neither on a pooled connection nor in the server. The outbox has short
    /// ones, to notify workers, and that of a killed connection takes a moment to end.
    async fn assert_clean(&self) {
        // The pool has it again when the last operation has ended.
        let mut connection = self.pool.acquire().await.unwrap();
        assert!(!connection.is_in_transaction());
        // It cannot begin in a transaction.
        let transaction = connection.begin_with(L::Database::BEGIN).await;
        transaction.unwrap().rollback().await.unwrap();
        drop(connection);
        let start = Instant::now();
        while L::Database::open_transactions(&self.world.place).await > 0 {
            assert!(start.elapsed() < LONG, "a transaction stays open");
            sleep(Duration::from_millis(1)).await;
        }
    }

    async fn assert_delivered(&self, orders: &[i64]) {
        let expected = {
            let mut deliveries = self.deliveries.lock().unwrap();
            *deliveries += orders.len() as u64;
            *deliveries
        };
        let counts = self.outbox.counts().await.unwrap();
        let waiting: u64 = counts.iter().map(|count| count.waiting).sum();
        assert_eq!(waiting, expected);
    }
}
