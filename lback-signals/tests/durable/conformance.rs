//! Each outbox passes the conformance suite of the crate.

use lback_signals::durable::MemoryOutbox;
use lback_signals::{outbox_admin_conformance, outbox_conformance, outbox_fan_out_conformance};

outbox_conformance!(memory, async || (MemoryOutbox::new(), ()));

outbox_conformance!(sqlite, async || {
    let folder = crate::sqlite::Folder::new();
    let outbox = crate::sqlite::outbox(&folder).await;
    (outbox, folder)
});

outbox_conformance!(sqlite_in_memory, async || {
    (crate::sqlite::outbox_in_memory().await, ())
});

outbox_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres,
    async || {
        let schema = crate::postgres_schema::Schema::new().await;
        let outbox = crate::postgres::outbox(&schema).await;
        (outbox, schema)
    }
);

outbox_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_with_strict_defaults,
    async || {
        let schema = crate::postgres_schema::Schema::new().await;
        let outbox = crate::postgres::strict_outbox(&schema).await;
        (outbox, schema)
    }
);

outbox_conformance!(own, async || (crate::own_outbox::OwnOutbox::new(), ()));

outbox_admin_conformance!(memory_admin, async || (MemoryOutbox::new(), ()));

outbox_admin_conformance!(sqlite_admin, async || {
    let folder = crate::sqlite::Folder::new();
    let outbox = crate::sqlite::outbox(&folder).await;
    (outbox, folder)
});

outbox_admin_conformance!(sqlite_in_memory_admin, async || {
    (crate::sqlite::outbox_in_memory().await, ())
});

outbox_admin_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_admin,
    async || {
        let schema = crate::postgres_schema::Schema::new().await;
        let outbox = crate::postgres::outbox(&schema).await;
        (outbox, schema)
    }
);

outbox_admin_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_with_strict_defaults_admin,
    async || {
        let schema = crate::postgres_schema::Schema::new().await;
        let outbox = crate::postgres::strict_outbox(&schema).await;
        (outbox, schema)
    }
);

outbox_admin_conformance!(own_admin, async || (
    crate::own_outbox::OwnOutbox::new(),
    ()
));

outbox_fan_out_conformance!(memory_fan_out, async || (MemoryOutbox::new(), ()));

outbox_fan_out_conformance!(sqlite_fan_out, async || {
    let folder = crate::sqlite::Folder::new();
    let outbox = crate::sqlite::outbox(&folder).await;
    (outbox, folder)
});

outbox_fan_out_conformance!(sqlite_in_memory_fan_out, async || {
    (crate::sqlite::outbox_in_memory().await, ())
});

outbox_fan_out_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_fan_out,
    async || {
        let schema = crate::postgres_schema::Schema::new().await;
        let outbox = crate::postgres::outbox(&schema).await;
        (outbox, schema)
    }
);

outbox_fan_out_conformance!(
    #[ignore = "needs LBACK_POSTGRES_URL"]
    postgres_with_strict_defaults_fan_out,
    async || {
        let schema = crate::postgres_schema::Schema::new().await;
        let outbox = crate::postgres::strict_outbox(&schema).await;
        (outbox, schema)
    }
);
