//! Printing.

use super::CliError;

/// A value as indented JSON.
pub(super) fn pretty(value: &impl serde::Serialize) -> Result<String, CliError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| CliError::Report(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

/// The same, without an error if the reader has closed the output, like `head`: the exit code stays.
pub(super) fn heard(said: Result<(), CliError>) -> Result<(), CliError> {
    said.or_else(|error| if error.is_unheard() { Ok(()) } else { Err(error) })
}
