//! The Rust of README.md and docs/, as doc tests.

macro_rules! pages {
    ($($name:ident = $path:literal,)+) => {
        $(
            #[doc = include_str!($path)]
            mod $name {}
        )+

        /// The pages whose Rust is compiled, relative to this file.
        pub const PAGES: &[&str] = &[$($path),+];
    };
}

pages! {
    readme = "../README.md",
    index = "../docs/README.md",
    accounts = "../docs/accounts.md",
    accounts_cli = "../docs/accounts-cli.md",
    accounts_on_the_web = "../docs/accounts-on-the-web.md",
    across_crates = "../docs/across-crates.md",
    async_receivers = "../docs/async.md",
    background = "../docs/background.md",
    changing_durable = "../docs/changing-durable.md",
    coming_from_django = "../docs/coming-from-django.md",
    coming_from_lback = "../docs/coming-from-lback.md",
    dead_letters = "../docs/dead-letters.md",
    diesel = "../docs/diesel.md",
    durable = "../docs/durable.md",
    durable_order = "../docs/durable-order.md",
    failures = "../docs/failures.md",
    first_signal = "../docs/first-signal.md",
    how_it_works = "../docs/how-it-works.md",
    limits = "../docs/limits.md",
    many_services = "../docs/many-services.md",
    models = "../docs/models.md",
    observing = "../docs/observing.md",
    operating = "../docs/operating.md",
    order = "../docs/order.md",
    passwords = "../docs/passwords.md",
    privacy = "../docs/privacy.md",
    receivers = "../docs/receivers.md",
    releases = "../docs/releases.md",
    replies = "../docs/replies.md",
    required = "../docs/required.md",
    run_time = "../docs/run-time.md",
    scopes = "../docs/scopes.md",
    sea_orm = "../docs/sea-orm.md",
    security = "../docs/security.md",
    sessions = "../docs/sessions.md",
    sqlx = "../docs/sqlx.md",
    stores = "../docs/stores.md",
    summary = "../docs/SUMMARY.md",
    testing_durable = "../docs/testing-durable.md",
    transactions = "../docs/transactions.md",
    web_service = "../docs/web-service.md",
    wiring = "../docs/wiring.md",
}
