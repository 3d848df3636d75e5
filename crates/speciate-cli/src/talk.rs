//! What is said to a person, in order, by a thread of its own: a reader that stalls, as after Ctrl-S
//! or in a pager, holds up what is shown and not the run.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

type Saying = Box<dyn FnOnce() + Send>;

/// Sayings that wait at most; with a reader that stalls, later ones are lost.
const WAITING_MAX: usize = 4_096;
/// For how long the end of the program waits for a reader that stalls.
const PATIENCE: Duration = Duration::from_secs(1);

static SPEAKER: OnceLock<Option<SyncSender<Saying>>> = OnceLock::new();

/// Has `saying` done after all that was said before; returns at once.
pub(crate) fn later(saying: impl FnOnce() + Send + 'static) {
    let speaker = SPEAKER.get_or_init(|| {
        let (speaker, sayings) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new().name("talk".to_owned());
        thread.spawn(move || speak(&sayings)).ok().map(|_runs_to_the_end| speaker)
    });
    match speaker {
        Some(speaker) => drop(speaker.try_send(Box::new(saying))),
        None => saying(),
    }
}

fn speak(sayings: &Receiver<Saying>) {
    while let Ok(saying) = sayings.recv() {
        saying();
    }
}

/// Waits until all is said, but not for a reader that stalls.
pub(crate) fn flush() {
    if let Some(Some(_)) = SPEAKER.get() {
        let (tell, told) = sync_channel::<()>(1);
        later(move || drop(tell));
        // It ends with the sender, said or lost.
        let _is_said = told.recv_timeout(PATIENCE);
    }
}
