//! Errors of databases and their drivers, and the text of queries.

mod client;
mod mapper;
mod query;
mod server;
mod store;

use super::class::Class;
use super::detector::Detector;

/// The detectors of this class: by what servers say, what stores that speak no SQL say, what clients say, what mappers of
/// objects say, and by queries.
pub(super) const TABLES: [&[Detector]; 5] =
    [server::DETECTORS, store::DETECTORS, client::DETECTORS, mapper::DETECTORS, query::DETECTORS];

/// A detector of this class. What a database says names things before the words that give it away.
const fn database(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::DatabaseError, detail, anchors, pattern, example).back(120)
}
