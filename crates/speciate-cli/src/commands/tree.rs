//! `speciate tree`: what grew from a seed.

use std::path::Path;

use speciate::Error;
use speciate::text::{cut_end, visible};
use speciate::tree::{Branch, TreeOptions, read, roots, to_svg, to_text};

use crate::args::TreeArgs;
use crate::{exit, printer};

pub(crate) fn tree(args: &TreeArgs) -> Result<u8, Error> {
    let Some(id) = &args.id else {
        return list(args);
    };
    let tree = read(&args.directory, id)?;
    if let Some(path) = &args.svg {
        write_svg(&tree, path, args.force)?;
    }
    if args.json {
        let mut records = Vec::new();
        collect(&tree, &mut records);
        printer::json(&records);
    } else {
        let options = TreeOptions { width: printer::columns(), with_rejected: !args.kept };
        printer::data(&to_text(&tree, options));
    }
    if let Some(path) = &args.svg {
        printer::talk(&format!("Wrote {}", path.display()));
    }
    Ok(exit::DONE)
}

pub(crate) fn write_svg(tree: &Branch, path: &Path, overwrite: bool) -> Result<(), Error> {
    let seed = visible(tree.record.instruction.as_deref().unwrap_or_default());
    let title = format!("Evolution of: {}", cut_end(&seed, 80));
    speciate::output::write(path, &to_svg(tree, &title), overwrite)
}

fn list(args: &TreeArgs) -> Result<u8, Error> {
    let roots = roots(&args.directory)?;
    if args.json {
        let seed = |(id, text)| serde_json::json!({ "id": id, "instruction": text });
        printer::json(&roots.into_iter().map(seed).collect::<Vec<_>>());
        return Ok(exit::DONE);
    }
    for (id, text) in roots {
        let text = cut_end(&visible(&text), printer::columns().saturating_sub(23));
        printer::data_line(&format!("{id}  {text}"));
    }
    printer::talk("Show one: speciate tree DIR ID");
    Ok(exit::DONE)
}

fn collect<'a>(tree: &'a Branch, records: &mut Vec<&'a speciate::types::InstructionRecord>) {
    records.push(&tree.record);
    tree.children.iter().for_each(|child| collect(child, records));
}
