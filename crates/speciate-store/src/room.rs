//! Whether a disk that refused to write lacks room.

use std::io;
use std::path::Path;

/// The reason for which a disk that has just refused to write has no room, if that is why: it is
/// tried once more beside `file`.
///
/// SQLite tells a full disk from a broken one, but takes a quota that is used up and a limit on the
/// size of files for broken disks.
#[cfg(unix)]
pub(crate) fn want_of_room(file: &Path) -> Option<io::ErrorKind> {
    use std::fs;
    use std::os::unix::fs::FileExt as _;

    use crate::directory::private_options;

    /// More than a quota has left that refused a page.
    const TRIED_BYTES: usize = 64 << 10;
    let length = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        fs::metadata(name).map_or(0, |found| found.len())
    };
    let longest = length("").max(length("-wal"));
    let path = file.with_file_name(format!("room-{}", std::process::id()));
    let tried = private_options().create_new(true).open(&path).ok()?;
    // As long as the longer file, but with little in it.
    let bytes = vec![0; TRIED_BYTES];
    let written = tried.write_all_at(&bytes, 0).and_then(|()| tried.write_all_at(&bytes, longest));
    drop(fs::remove_file(&path));
    let kind = written.err()?.kind();
    let is_room = matches!(
        kind,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    is_room.then_some(kind)
}

#[cfg(not(unix))]
pub(crate) fn want_of_room(_file: &Path) -> Option<io::ErrorKind> {
    None
}
