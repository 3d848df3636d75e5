//! `speciate mock`: a simulated model server.

use std::io::ErrorKind;
use std::time::Duration;

use speciate::Error;
use speciate_mock::{FaultKind, FaultScript, MockConfig, MockServer, PRESETS, Quality, preset};

use crate::args::MockArgs;
use crate::{exit, printer};

pub(crate) async fn mock(args: MockArgs) -> Result<u8, Error> {
    if args.list_faults {
        printer::data(&names());
        return Ok(exit::DONE);
    }
    let until = args.until_requests;
    let config = match config(&args) {
        Ok(config) => config,
        Err(message) => {
            printer::error_line(&message);
            return Ok(exit::USAGE);
        }
    };
    let port = config.port;
    let server = match MockServer::start(config) {
        Ok(server) => server,
        Err(error) => {
            printer::error_line(&not_listening(port, &error));
            return Ok(exit::USAGE);
        }
    };
    printer::data_line(&server.base_url());
    printer::talk("A mock model: its answers are made up by rules. Ctrl-C ends it.");
    wait(&server, until).await;
    printer::json(&server.stats());
    server.stop();
    Ok(exit::DONE)
}

/// A line for each fault and each preset.
fn names() -> String {
    let faults = FaultKind::ALL.iter().map(|kind| format!("{kind:<23} {}\n", kind.summary()));
    let presets = PRESETS.iter().map(|(name, about)| format!("{name:<23} {about}\n"));
    let faults: String = faults.collect();
    let presets: String = presets.collect();
    format!(
        "Faults (--faults NAME, NAME:0.05, NAME@17, NAME@17.., several with commas):\n{faults}\n\
         Presets (--preset NAME):\n{presets}"
    )
}

fn not_listening(port: u16, error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is in use\n  hint: another mock may be running there; name another one \
             with --port, or --port 0 for any that is free"
        ),
        ErrorKind::PermissionDenied => {
            format!("port {port} may not be used: {error}\n  hint: name one above 1023 with --port")
        }
        _ => format!("cannot listen on 127.0.0.1:{port}: {error}"),
    }
}

async fn wait(server: &speciate_mock::RunningMock, until_requests: Option<u64>) {
    const LOOK_EVERY: Duration = Duration::from_millis(100);
    let served = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if until_requests.is_some_and(|until| server.stats().answered >= until) {
                return;
            }
        }
    };
    tokio::select! {
        () = served => {}
        () = asked_to_end() => {}
    }
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn config(args: &MockArgs) -> Result<MockConfig, String> {
    let mut config = match (&args.config, &args.preset) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
            MockConfig::from_toml(&text)
                .map_err(|error| format!("{}: {}", path.display(), chain(&error)))?
        }
        (None, Some(name)) => named(name)?,
        (None, None) => MockConfig::default(),
    };
    config.port = args.port;
    config.capacity.instant |= args.instant;
    if let Some(slots) = args.slots {
        config.capacity.slots = slots as usize;
    }
    if let Some(seed) = args.seed {
        config.faults.seed = seed;
    }
    if args.perfect {
        config.quality = Quality { kinship: config.quality.kinship, ..Quality::PERFECT };
    }
    if let Some(faults) = &args.faults {
        config.faults = fault_script(faults)?;
    }
    config.validate().map_err(|error| chain(&error))?;
    Ok(config)
}

fn named(name: &str) -> Result<MockConfig, String> {
    preset(name).ok_or_else(|| {
        let known: Vec<_> = PRESETS.iter().map(|(known, _)| *known).collect();
        format!("no preset is named `{name}`; there are: {}", known.join(", "))
    })
}

const HINT: &str = "\n  hint: `speciate mock --list-faults` prints the names of faults";

fn fault_script(text: &str) -> Result<FaultScript, String> {
    let path = std::path::Path::new(text);
    let is_path = text.contains(['/', '\\'])
        || path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    if is_path || path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the faults `{}`: {error}", path.display()))?;
        return FaultScript::from_toml(&text)
            .map_err(|error| format!("{}: {}{HINT}", path.display(), chain(&error)));
    }
    FaultScript::from_short(text).map_err(|error| format!("{}{HINT}", chain(&error)))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text.trim_end().to_owned()
}
