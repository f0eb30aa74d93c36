//! What must hold for every input: one function a property, which takes any bytes and panics where the property is
//! broken.

use pincer_core::property::{Property, placed, reads_back};
use pincer_core::scenario::{Source, Target};

use crate::{Beside, describe};

/// All properties of this crate.
pub const PROPERTIES: &[Property] = &[("openapi_import", openapi_import)];

/// A descriptor of which an API document tells the operations.
const OPEN: &str = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\napi: api.yaml\n\
                    upstreams: { ledger: {} }\n";

/// Any text beside a sound descriptor is an API document, of which operations come that the descriptor could have
/// declared, or has faults that stand in it.
pub fn openapi_import(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let api = Source::new("api.yaml", text);
    match describe(&Source::new("any.yaml", OPEN), Beside { api: Some(&api), auth: None }) {
        Ok(described) => {
            let Target { operations, upstreams, .. } = &described.target;
            for (name, operation) in operations {
                assert!(operation.path.starts_with('/'), "`{name}` has the path {:?}", operation.path);
                assert!(upstreams.contains_key(&operation.upstream), "`{name}` has no upstream");
            }
            reads_back(&described.target);
        }
        Err(error) => {
            let strange = error.0.iter().find(|fault| fault.file != "api.yaml");
            assert_eq!(strange, None, "a fault of the document is told of another file");
            placed(&error, text);
        }
    }
}
