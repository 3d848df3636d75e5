//! A bug of ours that shows as a panic: a paragraph for the person and an exit code of its own, in
//! place of a backtrace.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

use speciate::text::{cut_end, printable, visible, without_keys};

/// Most of a panic's message that is shown.
const MESSAGE_CHARS_MAX: usize = 300;

/// The last panic of the main thread, in words.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Does `work`. A panic in it gives `on_panic`, after `say` has been told what to say.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T, on_panic: T, say: impl Fn(&str)) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_payload| {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        say(&report(last.as_deref().unwrap_or("no message")));
        on_panic
    })
}

/// From now on a panic of this thread waits for [`guarded`], or for the task that catches it; one of
/// another thread, which nobody may be waiting for, is said at once.
pub(crate) fn listen(say: impl Fn(&str) + Send + Sync + 'static) {
    let main = thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        let said = words(info);
        if thread::current().id() == main {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
        } else {
            let thread = thread::current();
            say(&format!(
                "error: a bug of ours in the thread `{}`: {said}; please report it",
                thread.name().unwrap_or("without a name")
            ));
        }
    }));
}

/// What was said, and where.
fn words(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("no message");
    let message = visible(&without_keys(&cut_end(message, MESSAGE_CHARS_MAX)));
    match info.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message,
    }
}

fn report(last: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    printable(&format!(
        "error: a bug of ours ended the program: {last}\n  \
         Please report it with this text, the command and the version, {version}.\n  \
         What a run has stored is safe: the same command takes it up again."
    ))
    .into_owned()
}
