//! Each oracle with a trace that passes, one that fails and those that show nothing, and what holds for all traces.

mod answer;
mod arrives;
mod audit;
mod fixture;
mod leaks;
mod property;
mod rate;
mod weigh;
