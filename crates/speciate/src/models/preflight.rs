//! What an endpoint's list of models, or the lack of one, means before a run.

use speciate_types::{CallError, ErrorClass};

use super::ModelError;

/// Nothing answers there now.
pub(super) fn is_silence(error: &CallError) -> bool {
    error.class == ErrorClass::Transient && error.status.is_none()
}

/// No connection, no key, no money and a wrong address are final before a run, unless others of a
/// pool answer; a missing list of models is not.
pub(crate) fn stops_preflight(error: &CallError) -> bool {
    match error.class {
        ErrorClass::Auth | ErrorClass::Exhausted => true,
        ErrorClass::BadConfig => error.status != Some(404) && error.status != Some(405),
        _ => is_silence(error),
    }
}

/// The model that answers for a role at an endpoint that lists `listed`.
pub(crate) fn pick_model(
    role: &'static str,
    model: Option<&str>,
    base_url: &str,
    listed: &[String],
) -> Result<String, ModelError> {
    let (base_url, listed_all) = (base_url.to_owned(), listed.to_vec());
    match (model, listed) {
        (Some(model), []) => Ok(model.to_owned()),
        (Some(model), listed) if listed.iter().any(|known| known == model) => Ok(model.to_owned()),
        // Some servers take any name and list only one; let them.
        (Some(model), [_only]) => Ok(model.to_owned()),
        (Some(model), _) => {
            Err(ModelError::UnknownModel { base_url, model: model.to_owned(), listed: listed_all })
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(ModelError::NoModel { role, base_url, listed: listed_all }),
    }
}
