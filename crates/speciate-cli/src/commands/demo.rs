//! `speciate demo`: "1+1=?" evolved as in the paper's figure.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use speciate::Error;
use speciate::data::ReadOptions;
use speciate::demo::{DEMO_SEED, rejections};
use speciate::environment::Environment;
use speciate::project::{Project, Sources, prepare};
use speciate::recipe::{Addresses, RecipeFile};
use speciate::text::visible;
use speciate::tree::{TreeOptions, read, to_text};
use speciate::types::InstructionId;
use speciate_mock::{MockConfig, MockServer, RunningMock};

use super::run::{drive, find_embedded};
use crate::args::{DemoArgs, ProgressArg};
use crate::display::Display;
use crate::layers::Typed;
use crate::{exit, printer};

/// With these the mock's tree has all six operators, fourteen descendants and no text twice.
const ROUNDS: u32 = 3;
const BRANCHING: u32 = 2;
const RUN_SEED: u64 = 8;

pub(crate) async fn demo(args: DemoArgs) -> Result<u8, Error> {
    let is_mock = args.base_url.is_none() && args.model.is_none();
    let server = if is_mock { Some(start_mock()?) } else { None };
    let typed = typed(&args, server.as_ref())?;
    let embedded = find_embedded(&typed, args.yes).await?;
    let read_options = ReadOptions::default();
    let sources = Sources {
        layers: typed.layers,
        seeds: typed.seeds,
        run_directory: None,
        read: read_options,
        environment: typed.environment,
        embedded,
    };
    let project = Project::connect(prepare(sources)?, &args.output, None).await?;
    let code = drive(project, Display::new(ProgressArg::Auto), false).await?;
    if code > exit::SHORT {
        return Ok(code);
    }
    show(&args.output, is_mock)?;
    Ok(code)
}

fn start_mock() -> Result<RunningMock, Error> {
    MockServer::start(MockConfig::perfect()).map_err(|source| Error::File {
        what: "listen on",
        path: "127.0.0.1".to_owned(),
        source,
    })
}

fn typed(args: &DemoArgs, server: Option<&RunningMock>) -> Result<Typed, Error> {
    let seed_file = args.output.join("seed.jsonl");
    let line = serde_json::json!({ "instruction": DEMO_SEED }).to_string() + "\n";
    write_seed(&seed_file, &line).map_err(|source| Error::File {
        what: "write",
        path: seed_file.display().to_string(),
        source,
    })?;
    let flags = RecipeFile {
        base_url: server
            .map(RunningMock::base_url)
            .or_else(|| args.base_url.clone())
            .and_then(|url| Addresses::parse(&url)),
        model: server.map(|_| "mock".to_owned()).or_else(|| args.model.clone()),
        rounds: Some(ROUNDS),
        branching: Some(BRANCHING),
        seed: Some(RUN_SEED),
        ..RecipeFile::default()
    };
    Ok(Typed {
        layers: RecipeFile::paper()?.overlaid(flags),
        seeds: vec![seed_file],
        run_directory: None,
        environment: Environment::of_process(Path::new("."))?,
    })
}

/// Writes the seed if it is not there. Another file of that name is somebody's seeds.
fn write_seed(path: &Path, line: &str) -> io::Result<()> {
    match fs::read(path) {
        Ok(bytes) if bytes == line.as_bytes() => return Ok(()),
        Ok(_) => return Err(io::Error::new(ErrorKind::AlreadyExists, "it is another file")),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, line)
}

fn show(directory: &Path, is_mock: bool) -> Result<(), Error> {
    let tree = read(directory, &InstructionId::of_seed(DEMO_SEED).to_string())?;
    let options = TreeOptions { width: printer::columns(), with_rejected: true };
    printer::data(&to_text(&tree, options));
    let svg = directory.join("tree.svg");
    super::tree::write_svg(&tree, &svg, true)?;
    printer::data_line(&format!(
        "{} descendants, {} kept. Picture: {}",
        tree.descendants(),
        tree.kept_descendants(),
        svg.display()
    ));
    if is_mock {
        printer::data_line(
            "These texts are the mock model's, made up by rules; name a model with --base-url or --model.",
        );
    }
    printer::data_line(
        "\nThree scripted evolutions that are thrown away, and by which rule (no model said this):",
    );
    for record in rejections()? {
        printer::data_line(&format!(
            "  ✗ {:<18} {:?}\n      {}",
            record.rule.as_deref().unwrap_or_default(),
            visible(record.instruction.as_deref().unwrap_or_default()),
            visible(record.evidence.as_deref().unwrap_or_default()),
        ));
    }
    Ok(())
}
