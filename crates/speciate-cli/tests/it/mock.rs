//! The mock server as a command.

use crate::kit::{Sandbox, perfect};

#[test]
fn a_port_that_is_taken_is_named() {
    let (sandbox, other) = (Sandbox::empty(), perfect());
    let port = other.addr().port().to_string();
    insta::assert_snapshot!(
        sandbox.cli("mock --port").arg(&port).done().shown().replace(&port, "[PORT]"), @"
    exit 2
    --- stderr
    error: port [PORT] is in use
      hint: another mock may be running there; name another one with --port, or --port 0 for any that is free
    ");
}
