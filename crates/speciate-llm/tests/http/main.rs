//! The HTTP client and the wire format against every fault of the catalogue, over loopback.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod anthropic;
#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod classes;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod decoding;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod vendors;
