//! Which models an endpoint has.

use serde::Deserialize;
use speciate_types::{CallError, ErrorClass};

use super::address::{deployment, join};
use super::exchange::Inner;
use crate::openai::{classify_status, shorten, without_markup};
use crate::wire::WireFormat;

#[derive(Deserialize)]
struct Listed {
    id: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Listed>,
}

/// Anthropic lists 20 models to a page unless asked for more, and 1,000 at most (page "List
/// Models").
const PAGE: &str = "1000";

/// The names, sorted.
///
/// One of Azure's deployments is one model under a name of its own, which no list has: it is named,
/// and the resource's list is only asked to see whether it answers.
pub(super) async fn list(inner: &Inner) -> Result<Vec<String>, CallError> {
    let deployment = deployment(&inner.base);
    let base = deployment.as_ref().map_or(&inner.base, |(resource, _)| resource);
    let mut url = join(base, "models");
    if inner.wire == WireFormat::Anthropic {
        url.query_pairs_mut().append_pair("limit", PAGE);
    }
    let got = inner.get(&url).await?;
    if got.status != 200 {
        return Err(inner.with_address(classify_status(&got.reply()), &url));
    }
    let list: List = serde_json::from_slice(&got.body).map_err(|error| {
        let reason = shorten(&without_markup(&error.to_string()));
        let message = format!("the list of models cannot be read: {reason}");
        let mut error = CallError::new(ErrorClass::Malformed, message);
        error.status = Some(200);
        error
    })?;
    let names = list.data.into_iter().map(|listed| listed.id);
    let mut names: Vec<_> = deployment.map_or_else(|| names.collect(), |(_, name)| vec![name]);
    names.sort();
    Ok(names)
}
