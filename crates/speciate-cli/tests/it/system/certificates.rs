//! A live TLS server whose certificate is not accepted, and files that are to name an authority.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::kit::{Sandbox, has_tool, wait_until};

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves with a certificate that is its own authority; `None` without `openssl`.
fn serve(sandbox: &Sandbox, port: u16) -> Option<Server> {
    if !has_tool("openssl") {
        return None;
    }
    let openssl = |arguments: String| {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(sandbox.folder());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let made = openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out own.pem -days 2 -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost"
            .to_owned(),
    );
    assert!(made.wait_with_output().unwrap().status.success());
    let server =
        Server(openssl(format!("s_server -accept {port} -cert own.pem -key key.pem -quiet")));
    wait_until("the server", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    Some(server)
}

#[test]
fn a_certificate_that_is_not_accepted_is_named_with_the_file_that_decides() {
    let sandbox = Sandbox::with_seeds(2);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(_server) = serve(&sandbox, port) else { return };
    sandbox.write("words.txt", "no certificate");
    let path = |name: &str| sandbox.path(name).display().to_string();
    for (file, said) in [
        (path("own.pem"), "was not accepted: it is an authority's own and not a server's"),
        (path("gone.pem"), "there is no such file; name a PEM file"),
        (path("words.txt"), "it holds no certificate in PEM form; name a PEM file"),
    ] {
        let command = format!("run seeds.jsonl -o run --base-url https://localhost:{port}/v1");
        let ran = sandbox.cli(&command).arg("--model=m").env("SSL_CERT_FILE", &file).done();
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(said) && ran.stderr.contains(&file), "{}", ran.stderr);
        assert!(!sandbox.path("run").exists(), "something was begun");
    }
}
