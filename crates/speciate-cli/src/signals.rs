//! Ctrl-C and the system's wish that we end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use speciate::engine::Control;
use tokio::sync::mpsc;

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

/// Listens from now on: the first signal asks to stop, the second to leave at once.
#[cfg(unix)]
pub(crate) fn listen() -> std::io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};

    let (sender, controls) = mpsc::channel(4);
    let terminated = Arc::new(AtomicBool::new(false));
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A closed terminal ends the display, not the work.
    let mut hangup = signal(SignalKind::hangup())?;
    let flag = Arc::clone(&terminated);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => flag.store(true, Ordering::Relaxed),
                _ = hangup.recv() => continue,
            }
            if sender.send(Control::Stop).await.is_err() {
                return;
            }
        }
    });
    Ok(Signals { controls, terminated })
}

/// Listens from now on.
#[cfg(not(unix))]
pub(crate) fn listen() -> std::io::Result<Signals> {
    let (sender, controls) = mpsc::channel(4);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Control::Stop).await.is_ok() {}
    });
    Ok(Signals { controls, terminated: Arc::new(AtomicBool::new(false)) })
}
