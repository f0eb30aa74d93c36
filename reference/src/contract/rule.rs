//! Compiles a JSON Schema (draft 2020-12) into a rule for values.

use std::fmt;

use boon::{Compiler, Draft, ErrorKind, SchemaIndex, Schemas, SchemeUrlLoader, ValidationError};
use serde_json::Value;

/// The base URI of the schema's references. It is never fetched.
const PLACE: &str = "schema:rule";

/// A compiled schema.
pub(crate) struct Rule {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Rule {
    /// Compiles a schema; fails if it is invalid or refers to anything outside itself. Patterns match without
    /// backtracking, so that no text can make one slow.
    pub(crate) fn new(schema: Value) -> Result<Self, String> {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        // A loader without any URL scheme, files included.
        compiler.use_loader(Box::new(SchemeUrlLoader::new()));
        compiler.add_resource(PLACE, schema).map_err(|error| error.to_string())?;
        let index = compiler.compile(PLACE, &mut schemas).map_err(|error| error.to_string())?;
        Ok(Self { schemas, index })
    }

    /// Whether a value keeps it.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    /// Whether undeclared members are the only fault of a value.
    pub(crate) fn is_valid_but_for_members(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).map_or_else(|error| further(&error), |()| true)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").finish_non_exhaustive()
    }
}

/// Whether an error concerns only undeclared members.
fn further(error: &ValidationError<'_, '_>) -> bool {
    match error.kind {
        ErrorKind::AdditionalProperties { .. } => true,
        ErrorKind::Group | ErrorKind::Schema { .. } | ErrorKind::Reference { .. } | ErrorKind::AllOf => {
            error.causes.iter().all(further)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn formats_patterns_and_references_are_enforced() {
        let rule = Rule::new(json!({
            "$ref": "#/components/schemas/Thing",
            "components": { "schemas": {
                "Thing": { "properties": {
                    "when": { "type": "string", "format": "date" }, "code": { "pattern": "^[A-Z]{2}$" },
                    "below": { "$ref": "#/components/schemas/Thing" } } } } },
        }))
        .unwrap();
        assert!(rule.is_valid(&json!({ "when": "2026-02-28", "code": "AB", "below": { "code": "CD" } })));
        for wrong in
            [json!({ "when": "2026-02-30" }), json!({ "code": "ABC" }), json!({ "below": { "code": 1, "when": 1 } })]
        {
            assert!(!rule.is_valid(&wrong), "{wrong}");
        }
    }

    #[test]
    fn undeclared_members_differ_from_other_faults() {
        let inner = json!({ "additionalProperties": false, "properties": { "a": { "type": "string" } } });
        let rule = Rule::new(json!({ "properties": { "in": { "allOf": [inner] } }, "required": ["in"] })).unwrap();
        assert!(rule.is_valid_but_for_members(&json!({ "in": { "a": "", "b": 1 } })));
        assert!(!rule.is_valid(&json!({ "in": { "a": "", "b": 1 } })));
        assert!(!rule.is_valid_but_for_members(&json!({ "in": { "a": 1, "b": 1 } })));
        assert!(!rule.is_valid_but_for_members(&json!({})));
    }

    #[test]
    fn references_outside_the_schema_are_not_fetched() {
        for schema in [
            json!({ "$ref": "http://127.0.0.1:9/schema.json" }),
            json!({ "$ref": "file:///etc/hostname" }),
            json!({ "$ref": "#/missing" }),
            json!({ "type": "thing" }),
            json!({ "pattern": "(?=a)" }),
        ] {
            assert!(Rule::new(schema.clone()).is_err(), "{schema}");
        }
    }
}
