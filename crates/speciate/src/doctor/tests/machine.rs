//! Disk, open files, clock, limits and the embedded model.

use speciate_types::{ChatResponse, UnixMillis};

use super::*;

#[test]
fn disks() {
    let of = |change: fn(&mut DiskFacts)| {
        let mut disk = healthy().disk;
        change(&mut disk);
        shown(&system::disk(&disk))
    };
    let texts = [
        of(|disk| disk.refusal = Some("Read-only file system (os error 30)".to_owned())),
        of(|disk| {
            disk.refusal = Some("Disk quota exceeded (os error 122)".to_owned());
            disk.is_full = true;
        }),
        of(|disk| disk.network = Some("NFS")),
        of(|disk| disk.free_files = Some(3)),
        of(|disk| disk.free_bytes = Some(4_096)),
        of(|disk| disk.free_bytes = Some(20_000_000)),
        of(|disk| (disk.free_bytes, disk.need_bytes) = (Some(500_000_000), None)),
        of(|disk| (disk.free_bytes, disk.free_files) = (None, None)),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Error [4] disk: cannot write in runs/seeds: Read-only file system (os error 30)
      → choose another directory with -o, or fix its permissions
    Error [3] disk: cannot write in runs/seeds: Disk quota exceeded (os error 122)
      → make room, or choose another directory with -o
    Error [4] disk: runs/seeds is on a network file system (NFS)
      → locks are not reliable there: choose a local directory with -o
    Error [3] disk: the disk of runs/seeds takes no more files: it has no inodes left
      → delete files, or use -o
    Error [3] disk: runs/seeds can be written; 4 kB free, needs about 25 MB
      → make room, or choose another directory with -o
    Warning disk: runs/seeds can be written; 20 MB free, needs about 25 MB
      → make room: a run ends when the disk is full, and goes on when it is not
    Warning disk: runs/seeds can be written; 500 MB free
      → make room: a run ends when the disk is full, and goes on when it is not
    Ok disk: runs/seeds can be written
    ");
}

#[test]
fn open_files() {
    let of = |soft, hard, connections, is_auto| {
        shown(&system::descriptors(&DescriptorFacts { soft, hard, connections, is_auto }))
    };
    let texts = [
        of(256, 4_096, 512, true),
        of(256, 256, 512, false),
        of(20, 20, 8, false),
        of(u64::MAX, u64::MAX, 512, true),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Warning descriptors: 256 allowed; up to 512 connections need 544
      → ulimit -n 544
    Warning descriptors: 256 allowed; 512 connections need 544
      → --concurrency 224 at most; the hard limit is 256
    Error [2] descriptors: 20 allowed; 8 connections need 40
      → the hard limit is 20: have it raised
    Ok descriptors: any number allowed; up to 512 connections need 544
    ");
}

#[test]
fn clocks() {
    let of = |now_unix_s: u64, server_unix_s: u64, latency_ms| {
        let mut facts = healthy();
        facts.now = UnixMillis(now_unix_s * 1_000);
        let response = ChatResponse { created_unix_s: Some(server_unix_s), ..response() };
        let ended_unix_s = now_unix_s;
        facts.endpoints[0].models[0].call =
            Some(CallFacts { latency_ms, ended_unix_s, result: Ok(response) });
        shown(&system::clock(&facts))
    };
    let texts = [
        of(NOW_UNIX_S, NOW_UNIX_S - 60, 0),
        of(NOW_UNIX_S, NOW_UNIX_S - 61, 0),
        of(NOW_UNIX_S, NOW_UNIX_S + 3_600, 0),
        of(NOW_UNIX_S, NOW_UNIX_S - 100, 50_000),
        // A server that always says the same.
        of(NOW_UNIX_S, 1_750_000_000, 0),
        of(0, NOW_UNIX_S, 0),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Ok clock: 2026-06-01T00:00:00Z, within 60 s of the endpoint's
    Warning clock: 2026-06-01T00:00:00Z, 61 s ahead of the endpoint's
      → one of the two is wrong; records carry the endpoint's
    Warning clock: 2026-06-01T00:00:00Z, 3600 s behind the endpoint's
      → one of the two is wrong; records carry the endpoint's
    Ok clock: 2026-06-01T00:00:00Z, within 60 s of the endpoint's
    Ok clock: 2026-06-01T00:00:00Z
    Warning clock: 1970-01-01T00:00:00Z, which is before this program was made
      → set the clock: certificates and waits until a date depend on it
    ");
}

#[test]
fn limits_and_prices() {
    let of = |max_cost: Option<f64>, is_known: bool| {
        let mut facts = healthy();
        facts.endpoints[0].models[0].is_price_known = is_known;
        if let RecipeFacts::Sound { max_cost_usd, concurrency, tokens_per_minute, .. } =
            &mut facts.recipe
        {
            *max_cost_usd = max_cost;
            *concurrency = ConcurrencySetting::Fixed(64);
            *tokens_per_minute = Some(200_000);
        }
        setting::limits(&facts).map_or_else(String::new, |finding| shown(&finding))
    };
    let texts = [of(None, true), of(None, false), of(Some(5.0), true), of(Some(5.0), false)];
    insta::assert_snapshot!(texts.concat(), @r#"
    Ok limits: 64 calls at once, 500 requests a minute, 200000 tokens a minute, prices known
    Ok limits: 64 calls at once, 500 requests a minute, 200000 tokens a minute, prices not known (--max-cost needs them)
    Ok limits: 64 calls at once, 500 requests a minute, 200000 tokens a minute, at most $5.00
    Error [2] limits: 64 calls at once, 500 requests a minute, 200000 tokens a minute, at most $5.00, but the price of large is not known
      → say it in the recipe: [prices."large"] input_usd_per_million = …
    "#);
}

#[test]
fn the_embedded_model() {
    let sound = EmbeddedFacts {
        is_built_in: true,
        model: Ok(Some(("smollm2-135m".to_owned(), 98_362_432))),
        missing_instructions: None,
        memory_bytes: Some(8_000_000_000),
    };
    let of = |change: fn(&mut EmbeddedFacts)| {
        let mut facts = sound.clone();
        change(&mut facts);
        shown(&setting::embedded(&facts))
    };
    let texts = [
        of(|_| {}),
        of(|facts| facts.memory_bytes = Some(300_000_000)),
        of(|facts| facts.model = Ok(None)),
        of(|facts| facts.model = Err("cannot find model `qwen`".to_owned())),
        of(|facts| facts.missing_instructions = Some("AVX2")),
        of(|facts| facts.is_built_in = false),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Ok embedded: smollm2-135m, 98 MB; needs about 635 MB of memory, 8.0 GB is free
    Warning embedded: smollm2-135m, 98 MB; needs about 635 MB of memory, 300 MB is free
      → close other programs, take a smaller model, or --set embedded.slots=1
    Warning embedded: no model is on this machine yet
      → `speciate run` fetches the smallest; others: speciate model pull NAME
    Error [2] embedded: cannot find model `qwen`
      → `speciate model list` shows what there is
    Error [2] embedded: this processor lacks AVX2, which the engine needs
      → name an endpoint with --base-url
    Error [2] embedded: no endpoint is named, and this build has no embedded model
      → name an endpoint with --base-url, or build with the feature `embedded`
    ");
}
