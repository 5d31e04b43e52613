//! The entity of an order, and a durable signal about it.

#![allow(unreachable_pub, reason = "SeaORM adds public items")]

use lback_signals::{receiver, signal};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paid")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An order is to be shipped.
#[signal(durable(name = "shop.shipped", version = 1))]
pub(crate) struct Shipped {
    pub(crate) order: i64,
}

#[receiver(signal = Shipped, durable(name = "ship"))]
async fn ship(_: &Shipped) {}
