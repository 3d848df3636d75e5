//! `speciate mock`: a simulated model server.

use std::io::ErrorKind;
use std::time::Duration;

use speciate::Error;
use speciate_mock::{FaultScript, MockConfig, MockServer, PRESETS, Quality, preset};

use crate::args::MockArgs;
use crate::{exit, printer};

pub(crate) async fn mock(args: MockArgs) -> Result<u8, Error> {
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
            MockConfig::from_toml(&text).map_err(|error| format!("{}: {error}", path.display()))?
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
        config.quality = Quality::PERFECT;
    }
    if let Some(faults) = &args.faults {
        config.faults = fault_script(faults)?;
    }
    Ok(config)
}

fn named(name: &str) -> Result<MockConfig, String> {
    preset(name).ok_or_else(|| {
        let known: Vec<_> = PRESETS.iter().map(|(known, _)| *known).collect();
        format!("no preset is named `{name}`; there are: {}", known.join(", "))
    })
}

fn fault_script(text: &str) -> Result<FaultScript, String> {
    let path = std::path::Path::new(text);
    if path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        return FaultScript::from_toml(&text)
            .map_err(|error| format!("{}: {error}", path.display()));
    }
    FaultScript::from_short(text).map_err(|error| error.to_string())
}
