//! Exit codes. They are part of the interface (DESIGN 5.1).

/// All that was asked has been done.
pub(crate) const DONE: u8 = 0;
/// It was done, but fell short: findings, or nothing kept.
pub(crate) const SHORT: u8 = 1;
/// Usage, recipe or endpoint misconfigured.
pub(crate) const USAGE: u8 = 2;
/// Paused; the same command goes on: budget, quota, key, outage, a full disk.
pub(crate) const PAUSED: u8 = 3;
/// A bug of ours.
pub(crate) const BUG: u8 = 70;
/// Interrupted by Ctrl-C; the same command goes on.
pub(crate) const INTERRUPTED: u8 = 130;
/// Interrupted by the system; the same command goes on.
pub(crate) const TERMINATED: u8 = 143;
