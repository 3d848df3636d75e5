//! Which models an endpoint has.

use serde::Deserialize;
use serde_json::Value;
use speciate_types::{CallError, ErrorClass};

use super::address::{deployment, join};
use super::exchange::Inner;
use super::received::Received;
use crate::openai::{classify_inner, classify_status, shorten, without_markup};
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
    if let Some(error) = error_inside(&got) {
        return Err(inner.with_address(error, &url));
    }
    let names = read(&got.body)?;
    Ok(deployment.map_or(names, |(_, name)| vec![name]))
}

/// The error that some servers answer with 200 for an address that they do not have.
fn error_inside(got: &Received) -> Option<CallError> {
    let body: Value = serde_json::from_slice(&got.body).ok()?;
    body.get("error").filter(|error| !error.is_null()).map(|error| classify_inner(error, got.hints))
}

/// The names in the body of a list, sorted.
fn read(body: &[u8]) -> Result<Vec<String>, CallError> {
    let list: List = serde_json::from_slice(body).map_err(|error| {
        let reason = shorten(&without_markup(&error.to_string()));
        let message = format!("the list of models cannot be read: {reason}");
        let mut error = CallError::new(ErrorClass::Malformed, message);
        error.status = Some(200);
        error
    })?;
    let mut names: Vec<_> = list.data.into_iter().map(|listed| listed.id).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&body).is_err());
        }

        #[test]
        fn the_names_that_are_there(names in prop::collection::vec("\\PC{0,12}", 0..6)) {
            let data: Vec<_> = names.iter().map(|id| serde_json::json!({"id": id, "x": 1})).collect();
            let mut sorted = names.clone();
            sorted.sort();
            prop_assert_eq!(read(serde_json::json!({"data": data}).to_string().as_bytes()).unwrap(), sorted);
        }
    }
}
