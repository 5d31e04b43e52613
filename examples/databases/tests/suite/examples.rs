//! The example programs.

use std::process::Command;

const OUTPUT: &str = "\
to ada@example.org: thank you for order 1
SPRING is used already
to bob@example.org: thank you for order 2
to eve@example.org: order 3 failed
2 orders are paid
";

#[test]
fn the_shops_print_the_same() {
    let programs = [
        env!("CARGO_BIN_EXE_shop-diesel"),
        env!("CARGO_BIN_EXE_shop-sea-orm"),
        env!("CARGO_BIN_EXE_shop-sqlx"),
    ];
    for program in programs {
        let output = Command::new(program).output().unwrap();
        assert!(output.status.success(), "{program}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), OUTPUT, "{program}");
    }
}
