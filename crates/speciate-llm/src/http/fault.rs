//! Transport errors, told apart by what lies at the bottom of their chain.
//!
//! The HTTP client's own flags mislead: a broken body counts as "decode", a lack of descriptors
//! as "connect". So the chain of sources is walked to the operating system's error.

use std::error::Error;
use std::io;

use speciate_types::{CallError, ErrorClass};

const EMFILE: i32 = 24;
const ENFILE: i32 = 23;
const ENOMEM: i32 = 12;

/// The class and the message of a failed exchange with `endpoint`.
pub(super) fn of_transport(error: &reqwest::Error, endpoint: &str) -> CallError {
    let chain = chain_of(error);
    let system = chain.iter().find_map(|cause| cause.downcast_ref::<io::Error>());
    let reason = chain.last().map_or_else(|| error.to_string(), ToString::to_string);
    let code = chain
        .iter()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find_map(io::Error::raw_os_error);
    if matches!(code, Some(EMFILE | ENFILE | ENOMEM)) {
        return CallError::new(
            ErrorClass::LocalFault,
            format!("this machine cannot open a connection: {reason}"),
        );
    }
    if chain.iter().any(|cause| is_certificate(*cause)) {
        let message = format!("the certificate of {endpoint} was not accepted: {reason}");
        return CallError::new(ErrorClass::BadConfig, message);
    }
    if error.is_builder() {
        return CallError::new(
            ErrorClass::BadConfig,
            format!("cannot send to {endpoint}: {reason}"),
        );
    }
    let mut fault =
        CallError::new(ErrorClass::Transient, describe(error, system, endpoint, &reason));
    fault.maybe_billed = !error.is_connect();
    fault
}

fn describe(
    error: &reqwest::Error,
    system: Option<&io::Error>,
    endpoint: &str,
    reason: &str,
) -> String {
    if error.is_timeout() {
        let what = if error.is_connect() { "a connection" } else { "an answer" };
        return format!("waited too long for {what} from {endpoint}");
    }
    match system.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => {
            format!("nothing listens at {endpoint} (connection refused)")
        }
        Some(io::ErrorKind::ConnectionReset) => format!("{endpoint} reset the connection"),
        _ if error.is_connect() => format!("no connection to {endpoint}: {reason}"),
        _ => format!("the answer of {endpoint} broke off: {reason}"),
    }
}

fn chain_of(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        chain.push(cause);
        // An `io::Error` hides its cause instead of naming it as its source.
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(hidden) => Some(hidden),
            None => cause.source(),
        };
    }
    chain
}

fn is_certificate(cause: &(dyn Error + 'static)) -> bool {
    matches!(
        cause.downcast_ref::<rustls::Error>(),
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    )
}
