//! Models on the transport that the module above stands for.

use speciate_llm::{Endpoint, HttpModel, StreamMode, Timeouts, WireFormat};
use speciate_types::CallError;

use super::OVER;
use crate::support::{Over, endpoint};

/// A model named `name` at `endpoint`.
pub(crate) fn over(endpoint: &Endpoint, name: &str) -> HttpModel {
    match OVER {
        Over::Own => HttpModel::new(endpoint, name),
        Over::Library => HttpModel::over_library(endpoint, name),
    }
    .unwrap()
}

/// The models that `endpoint` lists.
pub(crate) async fn list(endpoint: &Endpoint) -> Result<Vec<String>, CallError> {
    match OVER {
        Over::Own => HttpModel::list(endpoint).await,
        Over::Library => HttpModel::list_over_library(endpoint).await,
    }
}

/// A model that is asked for whole answers.
pub(crate) fn model(base_url: &str, timeouts: Timeouts) -> HttpModel {
    over(&endpoint(base_url, timeouts), "m")
}

/// A model whose answers come as streams, in the given format.
pub(crate) fn streaming(base_url: &str, wire: WireFormat, timeouts: Timeouts) -> HttpModel {
    let stream = StreamMode::Always;
    over(&Endpoint { wire, stream, ..endpoint(base_url, timeouts) }, "m")
}

/// A model that is asked for whole answers in Anthropic's format.
pub(crate) fn anthropic(base_url: &str, timeouts: Timeouts) -> HttpModel {
    let wire = WireFormat::Anthropic;
    over(&Endpoint { wire, ..endpoint(base_url, timeouts) }, "m")
}

/// Compares with the one snapshot of this name that there is for both transports.
macro_rules! assert_same {
    ($name:literal, $table:expr) => {
        let table = $table;
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, table);
        })
    };
}
pub(crate) use assert_same;
