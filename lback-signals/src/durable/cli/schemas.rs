//! The schemas of signals that services exchange, as files.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use super::console::Console;
use super::error::CliError;
use super::text::shown;
use crate::durable::schemas::{check_schema, published_schemas};

pub(super) fn export(console: &Console, folder: &Path) -> Result<(), CliError> {
    let failed = |file: &Path, error| CliError::Write {
        file: file.display().to_string(),
        error,
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for schema in published_schemas() {
        let file = folder.join(&schema.file_name);
        fs::write(&file, &schema.text).map_err(|error| failed(&file, error))?;
        console.print(&format!("{}\n", file.display()))?;
    }
    Ok(())
}

pub(super) fn check(console: &Console, file: &Path) -> Result<ExitCode, CliError> {
    let text = fs::read_to_string(file).map_err(|error| CliError::Lock {
        file: file.display().to_string(),
        error,
    })?;
    match check_schema(&text) {
        Ok(signal) => {
            console.print(&format!(
                "this program reads `{signal}` as {} says\n",
                file.display()
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            // A file may contain anything.
            console.note(&format!(
                "{}: {}",
                file.display(),
                shown(&error.to_string())
            ));
            Ok(ExitCode::FAILURE)
        }
    }
}
