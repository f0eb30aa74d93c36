//! Tests of the built program, and of the project as a whole.

mod agent;
mod cli;
mod descriptor;
mod external;
mod fuzz;
mod gateway;
mod hostile;
mod import;
mod layers;
mod lifecycle;
mod live;
mod meets;
mod old_trace;
mod path;
mod profiles;
mod repro;
mod schemas;
mod snapshots;
