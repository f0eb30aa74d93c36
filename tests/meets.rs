//! Whether a value meets a JSON Schema.

use serde_json::Value;

/// What is wrong where it does not, or where the schema is none.
pub(crate) fn meets(schema: &Value, value: &Value) -> Result<(), String> {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema:test", schema.clone()).map_err(|error| error.to_string())?;
    let index = compiler.compile("schema:test", &mut schemas).map_err(|error| error.to_string())?;
    schemas.validate(value, index).map_err(|error| format!("{error:#}"))
}
