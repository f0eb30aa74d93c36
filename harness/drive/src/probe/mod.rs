//! What an endpoint does with old versions and weak suites of TLS. rustls speaks TLS 1.2 and 1.3 alone, so hellos are
//! built by hand and the first words of the answer are read by hand.
//!
//! In goes an address; out comes a [`Survey`](pincer_core::observe::tls::Survey): values for a trace, which a judge can
//! read without a socket. `hello` and `read` are pure; only `ask` touches a socket.

mod ask;
mod error;
mod hello;
mod read;
mod sweep;
#[cfg(test)]
mod tests;

pub(crate) use sweep::survey;
