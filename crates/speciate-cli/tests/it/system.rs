//! The system around the program: disks, limits, signals, outputs, paths.

mod certificates;
mod disks;
mod limits;
mod names;
mod outputs;
mod places;
mod signals;
