//! Each oracle with a trace that passes, one that fails and those that show nothing, and what holds for all traces.

mod access;
mod agent;
mod alerts;
mod alike;
mod answer;
mod arrives;
mod audit;
mod correlates;
mod fields;
mod fixture;
mod held;
mod hosts;
mod identity;
mod leaks;
mod property;
mod rate;
mod repro;
mod secret;
mod sessions;
mod tables;
mod texts;
mod tls;
mod turns;
mod weigh;
