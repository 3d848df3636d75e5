//! The file format of `run.db`, version 1.
//!
//! A SQLite database in WAL mode with 8 KiB pages and STRICT tables. `PRAGMA application_id` is
//! [`APPLICATION_ID`]; `PRAGMA user_version` is [`FORMAT`]. Times are milliseconds since
//! 1970-01-01 UTC. Checksums are the first 16 bytes of the BLAKE3 hash of the body's bytes.
//! Numbers above 2⁶³ − 1 are stored as that number in columns and exactly in bodies.
//!
//! | table | one row for each | columns |
//! |---|---|---|
//! | `meta` | fact about the run | `key`, `value`: `run_id`, `created_unix_ms`, `opened_unix_ms`, `program_version`, `recipe_toml`, `identity` (JSON), `seeds_hash`, `seed_count`; and, where there is something to say, `learned` (JSON: what endpoints do not take) and `at_risk_nano_usd` |
//! | `call` | call that ended | `seq` (order of storing), `key` (unique), `role`, `endpoint`, `model`, `outcome` (`answered` or an error class), `finish_reason`, `input_tokens`, `output_tokens`, `usage_estimated`, `cost_nano_usd` (NULL: unknown), `tries`, `failed_tries` (JSON or NULL), `request_hash`, `latency_ms`, `at_unix_ms`, `body`, `checksum` |
//! | `record` | record | `seq` (order of storing), `id`, `kind`, `position` (16 bytes, big-endian: order of exports), `body` (JSON), `checksum` |
//! | `tally` | role, endpoint, model and outcome | the sums of their calls, kept in the same transactions; the first files lack `cached_input_tokens`, `reasoning_tokens` and `cut_tries`, which the first writer adds |
//! | `session` | process that wrote | `started_unix_ms`, `ended_unix_ms` (NULL: it was killed, or runs), `pid`, `host`, `ended_how`, `calls_in_flight_max` |
//!
//! A call's body is `{"answered": {…}}` or `{"failed": {…}}` and holds all that its outcome
//! holds; the columns repeat what people filter by. The part of a call's key before the first
//! `/` is the id of the record that the call works for. A record that was made again is kept under
//! the kind `retried`, with `~1`, `~2` and so on behind its id; its calls are called so too.
//!
//! `at_risk_nano_usd` is what calls may have cost without a stored answer: while a session runs, and
//! after one that was killed, the most that it was at once, calls in flight included; after one
//! that ended, what is left. Files without it, which older programs wrote, count as 0.
//!
//! Two views are part of the format, for people who know SQL: `instructions` has the columns of
//! the full record, one row for each record of kind `instruction`, in no promised order
//! (`models`, `usage` and `scores` are JSON: `models ->> 'judge'`); `calls` has readable names
//! and the text or error of each call.

/// `PRAGMA user_version` of the files that this version writes.
pub const FORMAT: i64 = 1;

/// `PRAGMA application_id`: the bytes `spct`.
pub const APPLICATION_ID: i64 = 0x7370_6374;

/// What the connection that makes the tables sets: the page size has to come before the first one.
/// There is no log yet, so that the file is whole by itself.
pub(crate) const CREATOR_PRAGMAS: &str = "
PRAGMA page_size = 8192;
PRAGMA journal_mode = DELETE;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
";

/// What a writing connection sets.
pub(crate) const WRITER_PRAGMAS: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA wal_autocheckpoint = 256;
PRAGMA journal_size_limit = 4194304;
PRAGMA cache_size = -3072;
PRAGMA foreign_keys = OFF;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
";

/// Sizes the page cache of a writing connection. Keys are hashes, so each call touches a page of the
/// index anywhere: where these no longer fit, a call costs more the larger the run is.
pub(crate) fn cache_pragma(seed_count: u64) -> String {
    const LEAST_KIB: u64 = 3 * 1024;
    const MOST_KIB: u64 = 32 * 1024;
    let cache_kib = (LEAST_KIB + seed_count / 2).min(MOST_KIB);
    format!("PRAGMA cache_size = -{cache_kib};")
}

/// What a reading connection sets.
pub(crate) const READER_PRAGMAS: &str = "
PRAGMA query_only = ON;
PRAGMA cache_size = -8192;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
";

/// The unique index of `record` begins with the id, so that it also finds the record of a call.
pub(crate) const TABLES: &str = "
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE call (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    finish_reason TEXT,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    usage_estimated INTEGER NOT NULL,
    cost_nano_usd INTEGER,
    tries INTEGER NOT NULL,
    failed_tries TEXT,
    request_hash BLOB NOT NULL,
    latency_ms INTEGER NOT NULL,
    at_unix_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    checksum BLOB NOT NULL
) STRICT;

CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    position BLOB NOT NULL,
    body TEXT NOT NULL,
    checksum BLOB NOT NULL,
    UNIQUE (id, kind)
) STRICT;

CREATE TABLE tally (
    role TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    calls INTEGER NOT NULL,
    calls_of_estimated_usage INTEGER NOT NULL,
    calls_of_unknown_cost INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano_usd INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    failed_tries INTEGER NOT NULL,
    maybe_billed_tries INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0,
    cut_tries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (role, endpoint, model, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    started_unix_ms INTEGER NOT NULL,
    ended_unix_ms INTEGER,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    ended_how TEXT,
    calls_in_flight_max INTEGER
) STRICT;
";

/// The views that are part of the format.
pub(crate) const VIEWS: &str = "
CREATE VIEW instructions AS SELECT
    body ->> '$.id' AS id,
    body ->> '$.root' AS root,
    body ->> '$.parent' AS parent,
    body ->> '$.round' AS round,
    body ->> '$.operator' AS operator,
    body ->> '$.kind' AS kind,
    body ->> '$.verdict' AS verdict,
    body ->> '$.rule' AS rule,
    body ->> '$.evidence' AS evidence,
    body ->> '$.cause' AS cause,
    body ->> '$.instruction' AS instruction,
    body ->> '$.response' AS response,
    body ->> '$.models' AS models,
    body ->> '$.usage' AS usage,
    body ->> '$.cost_usd' AS cost_usd,
    body ->> '$.finish_reason' AS finish_reason,
    body ->> '$.attempts' AS attempts,
    body ->> '$.scores' AS scores,
    body ->> '$.created_at' AS created_at
FROM record WHERE record.kind = 'instruction';

CREATE VIEW calls AS SELECT
    key, role, endpoint, model, outcome, finish_reason, input_tokens, output_tokens,
    usage_estimated,
    cost_nano_usd / 1e9 AS cost_usd,
    tries,
    coalesce(json_array_length(failed_tries), 0) AS failed_tries,
    latency_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', at_unix_ms / 1000.0, 'unixepoch') AS ended_at,
    body ->> '$.answered.response.text' AS text,
    body ->> '$.failed.message' AS error
FROM call;
";
