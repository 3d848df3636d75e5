//! The HTTP client and the wire format against every fault of the catalogue, over loopback.
//!
//! All that needs a connection is there twice: over the client's own connections, and over the HTTP
//! library, which carries the calls where there is TLS or a proxy.

#![expect(clippy::duplicate_mod, reason = "the same tests over both transports")]

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod anthropic;
#[cfg(test)]
mod classes;
#[cfg(test)]
mod decoding;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod vendors;

#[cfg(test)]
#[path = "."]
mod own {
    const OVER: crate::support::Over = crate::support::Over::Own;

    mod anthropic_calls;
    mod behaviour;
    mod connections;
    mod faults;
    mod framing;
    mod over;
    mod refusals;
    mod streaming;
    mod vendor_calls;
}

#[cfg(test)]
#[path = "."]
mod library {
    const OVER: crate::support::Over = crate::support::Over::Library;

    mod anthropic_calls;
    mod behaviour;
    mod connections;
    mod faults;
    mod framing;
    mod over;
    mod refusals;
    mod streaming;
    mod vendor_calls;
}
