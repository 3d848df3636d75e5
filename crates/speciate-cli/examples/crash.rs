//! A program that ends by a bug, for the test of what is said then.

#[path = "../src/crash.rs"]
mod crash;

use std::io::Write as _;
use std::process::ExitCode;
use std::thread::JoinHandle;

#[expect(clippy::panic, reason = "the bug that is tested")]
fn main() -> ExitCode {
    let say = |text: &str| drop(writeln!(std::io::stderr(), "{text}"));
    crash::listen(say);
    let where_it_is = std::env::args().nth(1);
    ExitCode::from(crash::guarded(
        || {
            if where_it_is.as_deref() == Some("in-a-thread") {
                let thread = std::thread::Builder::new().name("helper".to_owned());
                let ended =
                    thread.spawn(|| panic!("out of\u{1b}[31m cheese")).map(JoinHandle::join);
                return u8::from(!matches!(ended, Ok(Err(_))));
            }
            panic!("the list is {}", "empty")
        },
        70,
        say,
    ))
}
