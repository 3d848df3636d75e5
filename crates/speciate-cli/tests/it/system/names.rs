//! Addresses that no key may be sent to, named and looked up.

use super::disks::mounting;
use crate::kit::{Sandbox, perfect};

#[test]
fn a_link_local_address_is_refused_before_anything_is_sent() {
    for url in ["http://169.254.169.254/v1", "http://[::ffff:a9fe:a9fe]/v1", "https://[fe80::1]/v1"]
    {
        let sandbox = Sandbox::with_seeds(1);
        let command = format!("run seeds.jsonl -o run --model m --base-url {url}");
        let ran = sandbox.cli(&command).env("OPENAI_API_KEY", "sk-test").done().expect(2);
        let said =
            format!("error: cannot use the link-local address `{url}`, where clouds give out keys");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        assert!(ran.stderr.contains("name the model server's address in its network"), "{ran:?}");
        assert!(!sandbox.path("run").exists(), "a run was begun");
        let ran = sandbox.cli(&format!("doctor --model m --base-url {url}")).done().expect(2);
        assert!(ran.stdout.contains("cannot use the link-local address"), "{ran:?}");
    }
}

#[test]
fn a_name_that_leads_to_a_link_local_address_is_refused() {
    let (sandbox, mock) = (Sandbox::with_seeds(1), perfect());
    sandbox.write("hosts", "169.254.169.254 model.test\n");
    for scheme in ["http", "https"] {
        let script = format!(
            r#"mount --bind hosts /etc/hosts || exit 77
            "$0" run seeds.jsonl -o run --model m --base-url {scheme}://model.test/v1; echo "run $?""#
        );
        let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
        let ran = ran.expect(0);
        assert_eq!(ran.stdout, "run 2\n", "{ran:?}");
        let said = format!(
            "error: {scheme}://model.test/v1 was not asked: its name leads only to link-local \
             addresses, where clouds give out keys"
        );
        assert!(ran.stderr.contains(&said), "{ran:?}");
    }
}
