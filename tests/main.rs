//! Tests against the built program, and of the project as a whole.

mod cli;
mod layers;
mod schemas;
