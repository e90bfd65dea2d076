//! The local HTTP API: JSON over [`crate::api::service::Handle`], for the command
//! line and for the organisation's own tools.
//!
//! It listens on loopback, but every program and every web page on the machine
//! can knock there. So each request must name a loopback host (a web page that
//! rebinds its own name to 127.0.0.1 cannot), carry a bearer token, and stay
//! within bounds. There is no CORS: browsers of other origins read nothing.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use tokio::sync::{Semaphore, watch};

use crate::api::service::Handle;
use crate::config;
use crate::tokens::TokenLookup;

mod auth;
mod error;
mod events;
mod extract;
mod feed_events;
mod files;
mod guard;
mod listener;
mod metrics;
mod openapi;
mod routes;
#[cfg(test)]
mod stand_in;

pub use openapi::document as openapi_document;

/// Largest request body, in bytes.
const MAX_BODY: usize = 1 << 20;
/// Most connections at one time; more wait to be accepted.
const MAX_CONNECTIONS: usize = 128;
/// Most open event streams.
const MAX_LISTENERS: usize = 32;
/// How long open requests may take to end when the node stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the API cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Someone else listens there.
    #[error(
        "{address} is in use, perhaps by another node; stop that program, or change \
         `address = \"{address}\"` below [api] in config.toml (port 0 takes any free port)"
    )]
    InUse {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// Others could reach it.
    #[error(
        "{address} can be reached from other machines; use `address = \"127.0.0.1:7420\"` below \
         [api] in config.toml, or add `allow_remote = true` there if a proxy with TLS guards it"
    )]
    NotLoopback {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The operating system refused.
    #[error("cannot listen on {address}: {source}; change `address` below [api] in config.toml")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The server ended by itself.
    #[error("the API stopped: {0}; restart the node")]
    Serve(#[from] io::Error),
}

/// Takes the address of the configuration. The caller learns the port from the
/// listener, and hands it to [`serve`].
pub fn bind(api: &config::Api) -> Result<TcpListener, ApiError> {
    let address = api.address.socket();
    if !api.address.is_loopback() && !api.allow_remote {
        return Err(ApiError::NotLoopback { address });
    }
    TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ApiError::InUse { address },
        _ => ApiError::Listen { address, source },
    })
}

/// Answers requests until `shutdown` ends, then lets open ones finish for a
/// few seconds. `settings` are those that [`bind`] got.
pub async fn serve(
    listener: TcpListener,
    handle: Handle,
    tokens: TokenLookup,
    settings: &config::Api,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ApiError> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (stop, stopped) = watch::channel(false);
    let router = router(ApiState::new(handle, tokens, settings, stopped.clone()));
    let bounded = listener::Bounded::new(listener, MAX_CONNECTIONS);
    let server = axum::serve(bounded, router).with_graceful_shutdown(async move {
        shutdown.await;
        // Nobody left to tell is fine: then no event stream is open.
        let _ = stop.send(true);
    });
    tokio::select! {
        ended = server => Ok(ended?),
        () = drained(stopped) => {
            tracing::warn!("some API requests did not end in time and were cut off");
            Ok(())
        }
    }
}

async fn drained(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, and so is the server.
    let _ = stopped.wait_for(|stopped| *stopped).await;
    tokio::time::sleep(DRAIN).await;
}

/// What every request can reach.
#[derive(Clone)]
struct ApiState {
    handle: Handle,
    tokens: TokenLookup,
    settings: Arc<config::Api>,
    listeners: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl ApiState {
    fn new(
        handle: Handle,
        tokens: TokenLookup,
        settings: &config::Api,
        stopped: watch::Receiver<bool>,
    ) -> ApiState {
        ApiState {
            handle,
            tokens,
            settings: Arc::new(settings.clone()),
            listeners: Arc::new(Semaphore::new(MAX_LISTENERS)),
            stopped,
        }
    }
}

fn router(state: ApiState) -> Router {
    Router::new()
        .merge(openapi::router())
        .merge(metrics::router())
        .merge(events::router())
        .merge(feed_events::router())
        .merge(routes::router())
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .with_state(state)
}

#[cfg(test)]
mod tests;

/// What answers requests: the worker, or a stand-in in the tests of the API.
mod service {
    #[cfg(test)]
    pub use super::stand_in::Handle;
    #[cfg(not(test))]
    pub use crate::handle::Handle;
}
