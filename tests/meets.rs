//! Checks a value against a JSON Schema.

use serde_json::Value;

/// The error if the value does not fit, or the schema is invalid.
pub(crate) fn meets(schema: &Value, value: &Value) -> Result<(), String> {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema:test", schema.clone()).map_err(|error| error.to_string())?;
    let index = compiler.compile("schema:test", &mut schemas).map_err(|error| error.to_string())?;
    schemas.validate(value, index).map_err(|error| format!("{error:#}"))
}
