//! Signals that go to other services, and those that come from them.

mod landing;
mod relay;
mod schemas;
