//! What must be found, what must not, and what holds for all bytes.

mod benign;
mod corpus;
mod encoded;
mod held;
mod property;
