//! A JSON Schema (draft 2020-12) comes in, a rule that a value keeps or breaks goes out.

use std::fmt;

use boon::{Compiler, Draft, ErrorKind, SchemaIndex, Schemas, SchemeUrlLoader, ValidationError};
use serde_json::Value;

/// Where the schema stands, for its own references. Nothing is ever asked for there.
const PLACE: &str = "schema:rule";

/// A compiled schema.
pub(crate) struct Rule {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Rule {
    /// Compiles a schema; fails on one that is none, or that refers to anything outside itself. Patterns are matched
    /// without backtracking: a text of the caller's choice can't make one slow.
    pub(crate) fn new(schema: Value) -> Result<Self, String> {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        // It knows no scheme of addresses, files neither.
        compiler.use_loader(Box::new(SchemeUrlLoader::new()));
        compiler.add_resource(PLACE, schema).map_err(|error| error.to_string())?;
        let index = compiler.compile(PLACE, &mut schemas).map_err(|error| error.to_string())?;
        Ok(Self { schemas, index })
    }

    /// Whether a value keeps it.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    /// Whether members that are not declared are all that is wrong with a value.
    pub(crate) fn is_valid_but_for_members(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).map_or_else(|error| further(&error), |()| true)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").finish_non_exhaustive()
    }
}

/// Whether an error is that of members that are not declared, or holds no other.
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
    fn formats_patterns_and_references_are_kept() {
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
    fn members_that_are_not_declared_are_told_from_other_faults() {
        let inner = json!({ "additionalProperties": false, "properties": { "a": { "type": "string" } } });
        let rule = Rule::new(json!({ "properties": { "in": { "allOf": [inner] } }, "required": ["in"] })).unwrap();
        assert!(rule.is_valid_but_for_members(&json!({ "in": { "a": "", "b": 1 } })));
        assert!(!rule.is_valid(&json!({ "in": { "a": "", "b": 1 } })));
        assert!(!rule.is_valid_but_for_members(&json!({ "in": { "a": 1, "b": 1 } })));
        assert!(!rule.is_valid_but_for_members(&json!({})));
    }

    #[test]
    fn what_lies_outside_the_schema_is_not_fetched() {
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
