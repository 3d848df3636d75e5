//! llama.cpp's process-wide state, started once.

use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;

use super::EmbeddedError;

/// The one backend of this process, silent, never shut down.
///
/// # Errors
///
/// [`EmbeddedError::Processor`] on an old processor, [`EmbeddedError::BackendTaken`] if code
/// outside this room started llama.cpp first.
pub(super) fn backend() -> Result<&'static LlamaBackend, EmbeddedError> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    check_processor()?;
    BACKEND
        .get_or_init(|| {
            let mut backend = LlamaBackend::init().ok()?;
            backend.void_logs();
            Some(backend)
        })
        .as_ref()
        .ok_or(EmbeddedError::BackendTaken)
}

/// The C++ code is compiled for these sets; without them it dies of an illegal instruction.
#[cfg(target_arch = "x86_64")]
fn check_processor() -> Result<(), EmbeddedError> {
    let sets = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("f16c", std::arch::is_x86_feature_detected!("f16c")),
        ("bmi2", std::arch::is_x86_feature_detected!("bmi2")),
    ];
    match sets.into_iter().find(|(_, is_there)| !is_there) {
        Some((missing, _)) => Err(EmbeddedError::Processor { missing }),
        None => Ok(()),
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn check_processor() -> Result<(), EmbeddedError> {
    Ok(())
}
