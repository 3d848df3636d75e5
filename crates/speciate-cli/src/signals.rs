//! Ctrl-C and the system's wish that we end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use speciate::engine::Control;
use tokio::sync::mpsc;

#[cfg(unix)]
use crate::{exit, printer, talk};

/// From the second signal to the end of the process, at most.
#[cfg(unix)]
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(700);

/// Where controls come from, and whether the system (not a person) asked.
pub(crate) struct Signals {
    pub(crate) controls: mpsc::Receiver<Control>,
    pub(crate) terminated: Arc<AtomicBool>,
}

/// From now on a file that grows beyond `ulimit -f` is a failed write, and not the end of the
/// program in the middle of one.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(crate) fn survive_large_files() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    /// `SIGXFSZ`.
    const FILE_TOO_LARGE: i32 = if cfg!(target_arch = "mips") { 31 } else { 25 };
    // It stays caught when nobody listens any more.
    signal(SignalKind::from_raw(FILE_TOO_LARGE)).map(drop)
}

/// Elsewhere nothing of the kind is sent.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn survive_large_files() -> std::io::Result<()> {
    Ok(())
}

/// Listens from now on, on a thread of its own, so that nothing that holds the others up holds this
/// one up: the first signal asks to stop, the second to leave at once. If that takes longer than
/// [`PATIENCE`], whatever is in the way, `farewell` is said and the process ends.
#[cfg(unix)]
pub(crate) fn listen(farewell: String) -> std::io::Result<Signals> {
    let (sender, controls) = mpsc::channel(4);
    let terminated = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&terminated);
    let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
    let hear = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let caught = runtime.and_then(|runtime| {
            let caught = runtime.block_on(async { Caught::new() })?;
            Ok((runtime, caught))
        });
        match caught {
            Ok((runtime, caught)) => {
                drop(ready.send(Ok(())));
                runtime.block_on(caught.hear(&sender, &flag, &farewell));
            }
            Err(error) => drop(ready.send(Err(error))),
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(hear)?;
    is_ready.recv().unwrap_or_else(|_died| Err(std::io::Error::other("its thread died")))?;
    Ok(Signals { controls, terminated })
}

#[cfg(unix)]
struct Caught {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// A closed terminal ends the display, not the work.
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Caught {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn hear(mut self, sender: &mpsc::Sender<Control>, flag: &AtomicBool, farewell: &str) {
        let mut heard = 0_u32;
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => flag.store(true, Ordering::Relaxed),
                _ = self.hangup.recv() => continue,
            }
            heard += 1;
            // Nobody may listen any more, and something may still be in the way.
            let _is_heard = sender.try_send(Control::Stop);
            if heard > 1 {
                tokio::time::sleep(PATIENCE).await;
                printer::talk(farewell);
                talk::flush();
                let is_terminated = flag.load(Ordering::Relaxed);
                leave(if is_terminated { exit::TERMINATED } else { exit::INTERRUPTED });
            }
        }
    }
}

/// Ends the process without the rest: what was said to be done is stored, and an engine that
/// computes in C++ must not see its memory taken down.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library ends no process without its destructors")]
fn leave(code: u8) -> ! {
    unsafe extern "C" {
        fn _exit(code: std::ffi::c_int) -> !;
    }
    // SAFETY: it takes a number, returns never and touches nothing of this process.
    unsafe { _exit(code.into()) }
}

/// Listens from now on.
#[cfg(not(unix))]
pub(crate) fn listen(_farewell: String) -> std::io::Result<Signals> {
    let (sender, controls) = mpsc::channel(4);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Control::Stop).await.is_ok() {}
    });
    Ok(Signals { controls, terminated: Arc::new(AtomicBool::new(false)) })
}
