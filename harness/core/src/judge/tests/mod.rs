//! Each oracle with a trace that passes, one that fails and those that show nothing, and what holds for all traces.

mod access;
mod answer;
mod arrives;
mod audit;
mod fields;
mod fixture;
mod leaks;
mod property;
mod rate;
mod repro;
mod tables;
mod weigh;
