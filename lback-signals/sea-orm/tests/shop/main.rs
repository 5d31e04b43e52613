//! Transactions of SeaORM, and the signals of its entities. The suite of `examples/databases` compares it with other
//! database layers.

mod accounts;
mod models;
mod paid;
#[path = "../../../tests/durable/postgres_schema.rs"]
mod postgres_schema;
mod transaction;
#[path = "../../../tests/durable/sql/world.rs"]
mod world;
