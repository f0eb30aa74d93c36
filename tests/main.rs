//! Tests against the built program, and of the project as a whole.

mod cli;
mod descriptor;
mod external;
mod hostile;
mod import;
mod layers;
mod schemas;
mod targets;
