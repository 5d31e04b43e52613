//! The wiring of this program, and completions for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::super::cli::{Cli, WiringFormat};
use super::super::output;

pub(super) fn wiring(format: WiringFormat) -> anyhow::Result<()> {
    let wiring = lback_signals::wiring();
    let text = match format {
        WiringFormat::Table => wiring.to_string(),
        WiringFormat::Mermaid => wiring.to_mermaid(),
        WiringFormat::Dot => wiring.to_dot(),
        WiringFormat::Json => wiring.to_json(),
        WiringFormat::Svg => wiring.to_svg(),
        WiringFormat::Lock => wiring.to_lock(),
    };
    output::print(&(text.trim_end_matches('\n').to_owned() + "\n"))
}

pub(super) fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "accounts", &mut script);
    output::print(str::from_utf8(&script)?)
}
