//! Which models an endpoint has.

use serde::Deserialize;
use speciate_types::{CallError, ErrorClass};

use super::exchange::Inner;
use crate::openai::{classify_status, shorten, without_markup};

#[derive(Deserialize)]
struct Listed {
    id: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Listed>,
}

/// The names, sorted.
pub(super) async fn list(inner: &Inner) -> Result<Vec<String>, CallError> {
    let got = inner.get("models").await?;
    if got.status != 200 {
        return Err(inner.with_address(classify_status(&got.reply()), "models"));
    }
    let list: List = serde_json::from_slice(&got.body).map_err(|error| {
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
