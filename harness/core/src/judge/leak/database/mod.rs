//! Errors of databases and their drivers, and the text of queries.

mod client;
mod mapper;
mod query;
mod server;
mod store;

use super::class::Class;
use super::detector::Detector;

/// The detectors of this class: messages of SQL servers, other stores, clients and object-relational mappers, and
/// queries.
pub(super) const TABLES: [&[Detector]; 5] =
    [server::DETECTORS, store::DETECTORS, client::DETECTORS, mapper::DETECTORS, query::DETECTORS];

/// A detector of this class. Databases name objects before the words that identify the message, so the window reaches
/// back.
const fn database(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::DatabaseError, detail, anchors, pattern, example).back(120)
}
