//! The Rust of README.md and docs/, as doc tests.

macro_rules! pages {
    ($($name:ident = $path:literal,)+) => {
        $(
            #[doc = include_str!($path)]
            mod $name {}
        )+

        /// The pages, as paths that begin in this folder.
        pub const PAGES: &[&str] = &[$($path),+];
    };
}

pages! {
    readme = "../README.md",
    index = "../docs/README.md",
    accounts = "../docs/accounts.md",
    accounts_cli = "../docs/accounts-cli.md",
    across_crates = "../docs/across-crates.md",
    async_receivers = "../docs/async.md",
    background = "../docs/background.md",
    coming_from_django = "../docs/coming-from-django.md",
    how_it_works = "../docs/how-it-works.md",
    limits = "../docs/limits.md",
    models = "../docs/models.md",
    receivers = "../docs/receivers.md",
    scopes = "../docs/scopes.md",
    signals = "../docs/signals.md",
    transactions = "../docs/transactions.md",
    wiring = "../docs/wiring.md",
}
