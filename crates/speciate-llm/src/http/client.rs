//! The HTTP client, set up.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};

use super::Timeouts;
use super::address::{allowed, is_loopback};

/// A pooled connection older than this may point at an address that is gone.
pub(super) const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// One client that keeps its connections, and one that never does.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) pooled: Client,
    fresh: OnceLock<Client>,
    timeouts: Timeouts,
    is_local: bool,
}

impl Clients {
    pub(super) fn new(base: &Url, timeouts: Timeouts) -> Result<Self, reqwest::Error> {
        let is_local = is_loopback(base);
        let pooled = builder(&timeouts, is_local).build()?;
        Ok(Self { pooled, fresh: OnceLock::new(), timeouts, is_local })
    }

    /// The client whose every request opens a connection.
    pub(super) fn fresh(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.fresh.get() {
            return Ok(client);
        }
        let client = builder(&self.timeouts, self.is_local).pool_max_idle_per_host(0).build()?;
        Ok(self.fresh.get_or_init(|| client))
    }
}

/// Looks names up as the system does, and leaves out where no key may go.
struct Lookup;

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(allowed(found)?.into_iter()) as Addrs)
        })
    }
}

fn builder(timeouts: &Timeouts, is_local: bool) -> ClientBuilder {
    crate::install_tls_provider();
    let builder = Client::builder()
        .user_agent(concat!("speciate/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .http1_only()
        .dns_resolver(std::sync::Arc::new(Lookup))
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(60))
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(usize::MAX)
        .connect_timeout(Duration::from_millis(timeouts.connect_ms))
        .read_timeout(Duration::from_millis(timeouts.silence_ms))
        .timeout(Duration::from_millis(timeouts.total_ms));
    // A model on this machine is never behind the company's proxy.
    if is_local { builder.no_proxy() } else { builder }
}

/// The environment variable that may send requests for `base` through a proxy.
///
/// Its value is not read further, as it may hold credentials.
pub(super) fn proxy_variable(base: &Url) -> Option<&'static str> {
    if is_loopback(base) {
        return None;
    }
    let own = if base.scheme() == "https" {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let all = ["ALL_PROXY", "all_proxy"];
    own.into_iter()
        .chain(all)
        .find(|name| std::env::var_os(name).is_some_and(|set| !set.is_empty()))
}
