//! The stable names of everything that can be wrong with an input.

/// The record is not JSON.
pub const INVALID_JSON: &str = "invalid-json";
/// The record is nested too deeply.
pub const TOO_DEEP: &str = "too-deep";
/// Half of a surrogate pair.
pub const LONE_SURROGATE: &str = "lone-surrogate";
/// The bytes are not UTF-8.
pub const INVALID_UTF8: &str = "invalid-utf8";
/// The record is larger than the limit.
pub const TOO_LONG: &str = "too-long";
/// The record is JSON but not an object.
pub const NOT_AN_OBJECT: &str = "not-an-object";
/// No known field holds the instruction.
pub const MISSING_FIELD: &str = "missing-field";
/// A field holds another type than text.
pub const WRONG_TYPE: &str = "wrong-type";
/// The instruction says nothing.
pub const EMPTY_INSTRUCTION: &str = "empty-instruction";
/// A chat in which nobody asks.
pub const NO_USER_TURN: &str = "no-user-turn";
/// A turn that holds more than text.
pub const UNSUPPORTED_CONTENT: &str = "unsupported-content";
/// One object that wraps all the rows.
pub const WRAPPED_ROWS: &str = "wrapped-rows";
/// An array without its end.
pub const UNCLOSED_ARRAY: &str = "unclosed-array";
/// Two commas with nothing between them.
pub const EMPTY_ELEMENT: &str = "empty-element";
/// Something follows the array.
pub const AFTER_ARRAY: &str = "after-array";

/// Two versions of a file that were not settled.
pub const MERGE_CONFLICT: &str = "merge-conflict";
/// JSON over several lines with comments.
pub const COMMENTS: &str = "comments";
/// The file is not there.
pub const NOT_FOUND: &str = "not-found";
/// The path names something that is not a regular file.
pub const NOT_A_FILE: &str = "not-a-file";
/// The file cannot be read.
pub const UNREADABLE: &str = "unreadable";
/// The text is UTF-16 or UTF-32.
pub const WRONG_ENCODING: &str = "wrong-encoding";
/// A format that is not read yet, or never.
pub const UNSUPPORTED_FORMAT: &str = "unsupported-format";
/// Compressed data that is cut off or broken.
pub const DAMAGED_COMPRESSION: &str = "damaged-compression";

/// Every code with one sentence about it: first those of records, then those of whole files.
pub const ALL: [(&str, &str); 23] = [
    (INVALID_JSON, "The record is not valid JSON."),
    (TOO_DEEP, "The record is nested more than 127 levels deep."),
    (LONE_SURROGATE, "A \\u escape is half of a surrogate pair, so it names no character."),
    (INVALID_UTF8, "The record holds bytes that are not UTF-8."),
    (TOO_LONG, "The record is larger than the limit for one record."),
    (NOT_AN_OBJECT, "The record is JSON, but not an object with fields."),
    (MISSING_FIELD, "No field that we know holds the instruction."),
    (WRONG_TYPE, "A field that must be text holds something else."),
    (EMPTY_INSTRUCTION, "The instruction has no letter, digit or symbol that says anything."),
    (NO_USER_TURN, "The conversation has no turn of a user."),
    (UNSUPPORTED_CONTENT, "A turn holds an image, sound or another thing that is not text."),
    (WRAPPED_ROWS, "One JSON object wraps all the rows; take them out first."),
    (UNCLOSED_ARRAY, "The file ends before the array does; it looks cut off."),
    (EMPTY_ELEMENT, "Two commas follow each other with no record between them."),
    (AFTER_ARRAY, "Something follows the end of the array; it was not read."),
    (MERGE_CONFLICT, "The file has the marks of a merge conflict."),
    (COMMENTS, "JSON over several lines has comments, which JSON does not allow."),
    (NOT_FOUND, "There is no such file."),
    (NOT_A_FILE, "The path is a directory, pipe, device or socket."),
    (UNREADABLE, "The file cannot be read."),
    (WRONG_ENCODING, "The text is UTF-16 or UTF-32; seeds are read as UTF-8."),
    (UNSUPPORTED_FORMAT, "The file is of a format that is not read; convert it first."),
    (DAMAGED_COMPRESSION, "The compressed data is cut off or broken."),
];
