//! The only unsafe code of this room: llama.cpp's file-to-file quantiser, which has no safe binding.

use std::ffi::CString;
use std::path::Path;

use llama_cpp_sys_2 as sys;

/// Writes `from` with all weights as Q8_0 to `to`.
///
/// The backend must have been started. Costs a pass over the file and memory for its largest
/// tensors.
///
/// # Errors
///
/// What was found, for people.
#[expect(unsafe_code, reason = "llama_model_quantize has no safe wrapper in the binding")]
pub(super) fn quantise_q8_0(from: &Path, to: &Path, threads: u32) -> Result<(), String> {
    let (from, to) = (c_path(from)?, c_path(to)?);
    // SAFETY: takes nothing and returns a plain struct of defaults, with null for every pointer.
    let mut params = unsafe { sys::llama_model_quantize_default_params() };
    params.ftype = sys::LLAMA_FTYPE_MOSTLY_Q8_0;
    params.allow_requantize = true;
    params.nthread = i32::try_from(threads).unwrap_or(1);
    // SAFETY: both paths are NUL-terminated and outlive the call; `params` came from the defaults
    // above, so its pointers are null, which stands for "none".
    let code = unsafe { sys::llama_model_quantize(from.as_ptr(), to.as_ptr(), &raw const params) };
    if code == 0 { Ok(()) } else { Err(format!("llama.cpp returned {code}")) }
}

fn c_path(path: &Path) -> Result<CString, String> {
    let text = path.to_str().ok_or_else(|| format!("`{}` is not UTF-8", path.display()))?;
    CString::new(text).map_err(|error| error.to_string())
}
