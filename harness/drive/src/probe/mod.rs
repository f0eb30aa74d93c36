//! Probes an endpoint for old versions and weak suites of TLS. rustls speaks only TLS 1.2 and 1.3, so hellos are
//! written and answers are read by our own code.
//!
//! An address comes in; a [`Survey`](pincer_core::observe::tls::Survey) goes out: values for a trace, which a judge can
//! read without a socket. `hello` and `read` are pure; only `ask` touches a socket.

mod ask;
mod error;
mod hello;
mod read;
mod sweep;
#[cfg(test)]
mod tests;

pub(crate) use sweep::survey;
