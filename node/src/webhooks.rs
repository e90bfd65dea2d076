//! Posts what changes in feeds to programs that the configuration names.
//!
//! Of each hook it is kept which rows its receiver has acknowledged, so
//! nothing is lost while the receiver or the node is away, and what changes
//! several times meanwhile is sent once.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::config::Webhook;
use crate::private_file::{self, FileError};
use crate::view::{FeedView, MeasureView};

mod client;
#[cfg(not(test))]
mod follow;
mod known;
mod payload;
mod retry;
mod signature;

use client::Target;
#[cfg(not(test))]
pub(crate) use follow::run;
use known::Known;
pub use retry::Retry;

/// Fewest and most bytes of a secret.
const SECRET: std::ops::RangeInclusive<usize> = 16..=4_096;
/// How many rows one delivery has at most.
const BATCH: usize = 1_000;
/// Bound on the file that says what a receiver has of one measure, in bytes.
const MAX_KNOWN: u64 = 64 << 20;

/// Why something can't be delivered.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The secret can't be read.
    #[error("the secret of the webhook {hook}: {source}")]
    Secret {
        /// Which hook.
        hook: String,
        /// Why not.
        source: FileError,
    },
    /// The secret is no good.
    #[error(
        "the secret of the webhook {hook} must have {} to {} bytes; write one to {} with `openssl rand -hex 32`",
        SECRET.start(), SECRET.end(), path.display()
    )]
    SecretLength {
        /// Which hook.
        hook: String,
        /// The file.
        path: PathBuf,
    },
    /// The address can't be used.
    #[error("{0} is no address of a webhook; write it like http://127.0.0.1:8080/feeds in config.toml")]
    Address(String),
    /// What the receiver has can't be read or kept.
    #[error(transparent)]
    File(#[from] FileError),
    /// What the receiver has is not readable.
    #[error("{} is damaged ({source}); remove it, then the receiver gets all rows again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Too many rows for a hook.
    #[error("the feed {measure} has too many rows for a webhook; read it with `commons feed follow`")]
    TooLarge {
        /// Id of the measure.
        measure: String,
    },
    /// It could not be written as JSON.
    #[error("a delivery can't be written: {0}")]
    Unwritable(serde_json::Error),
    /// Nobody answers there.
    #[error("no answer: {0}")]
    Connection(#[from] io::Error),
    /// It takes too long.
    #[error("no answer within {} s", client::TIMEOUT.as_secs())]
    Late,
    /// What answers does not speak HTTP.
    #[error("what answers there does not speak HTTP/1.1")]
    NotHttp,
    /// The receiver said something else than 2xx.
    #[error("the receiver answered {0}")]
    Refused(u16),
    /// The receiver wants to be asked elsewhere.
    #[error(
        "the receiver answered {0}, and a webhook follows no redirects; put the address that it names into config.toml"
    )]
    Moved(u16),
    /// The receiver wants no more.
    #[error("the receiver answered 410: it wants nothing more")]
    Gone,
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping(#[source] tokio::task::JoinError),
}

impl WebhookError {
    /// Whether the trouble may be with one feed alone, so that another one is
    /// worth an attempt. Otherwise the receiver is out of reach for all.
    pub fn is_about_one_feed(&self) -> bool {
        !matches!(self, Self::Connection(_) | Self::Late | Self::NotHttp | Self::Moved(_) | Self::Gone)
    }
}

/// A receiver of feeds.
#[derive(Debug)]
pub struct Hook {
    target: Target,
    secret: Secret,
    measures: Option<Vec<String>>,
    /// Where it is kept what the receiver has.
    folder: PathBuf,
}

/// The key of signatures, which logs never show.
struct Secret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Hook {
    /// Reads the secret of a hook of the node in `home`; a relative path is
    /// looked up there.
    pub fn open(home: &Path, config: &Webhook) -> Result<Self, WebhookError> {
        let target = Target::parse(config.url.as_str())
            .ok_or_else(|| WebhookError::Address(config.url.as_str().to_owned()))?;
        let hook = target.shown();
        let path = home.join(&config.secret);
        let bytes = private_file::read(&path, *SECRET.end() as u64 + 2)
            .map_err(|source| WebhookError::Secret { hook: hook.clone(), source })?;
        let secret = Zeroizing::new(bytes.trim_ascii().to_vec());
        if !SECRET.contains(&secret.len()) {
            return Err(WebhookError::SecretLength { hook, path });
        }
        // Another address is another receiver, which has nothing yet.
        let name = blake3::hash(config.url.as_str().as_bytes()).to_hex();
        let folder = home.join("webhooks").join(name.get(..16).unwrap_or_default());
        Ok(Self { target, secret: Secret(secret), measures: config.measures.clone(), folder })
    }

    /// Its address as people may see it: without the query, which can hold a
    /// secret.
    pub fn shown(&self) -> String {
        self.target.shown()
    }

    /// Whether the receiver is to get this measure.
    pub fn wants(&self, measure: &MeasureView) -> bool {
        let title = measure.title.trim().to_lowercase();
        let is_meant = |name: &String| {
            let name = name.trim().to_lowercase();
            name == title || (name.len() >= 6 && measure.id.starts_with(&name))
        };
        self.measures.as_ref().is_none_or(|names| names.iter().any(is_meant))
    }

    /// The file that says that the receiver wants no more.
    pub fn end(&self) -> PathBuf {
        self.folder.join("ended")
    }

    /// Whether the receiver answered 410 once.
    pub fn is_ended(&self) -> bool {
        self.end().exists()
    }

    /// Tells the receiver what it has not acknowledged yet of a feed, and
    /// keeps what it acknowledges. Returns how many deliveries that took.
    pub async fn tell(&self, feed: &FeedView) -> Result<u32, WebhookError> {
        let mut known = self.load(&feed.measure.id).await?;
        let mut deliveries = 0;
        while let Some(batch) = known.missing(feed, BATCH) {
            let body = payload::write(feed, &batch, known.acknowledged())?;
            match self.post(&body).await {
                Err(WebhookError::Gone) => {
                    self.keep(self.end(), Vec::new()).await?;
                    return Err(WebhookError::Gone);
                }
                other => other?,
            }
            known.acknowledge(&batch);
            self.save(&feed.measure.id, &known).await?;
            deliveries += 1;
        }
        Ok(deliveries)
    }

    async fn post(&self, body: &[u8]) -> Result<(), WebhookError> {
        let signature = signature::header(&self.secret.0, crate::clock::now() / 1_000, body);
        let answer = tokio::time::timeout(client::TIMEOUT, client::post(&self.target, &signature, body));
        match answer.await.map_err(|_| WebhookError::Late)?? {
            200..=299 => Ok(()),
            410 => Err(WebhookError::Gone),
            status @ 300..=399 => Err(WebhookError::Moved(status)),
            status => Err(WebhookError::Refused(status)),
        }
    }

    fn file(&self, measure: &str) -> PathBuf {
        // An id is hexadecimal, so it stays inside the folder.
        self.folder.join(format!("{measure}.json"))
    }

    async fn load(&self, measure: &str) -> Result<Known, WebhookError> {
        let path = self.file(measure);
        blocking(move || match private_file::read(&path, MAX_KNOWN) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|source| WebhookError::Damaged { path, source })
            }
            Err(FileError::Missing { .. }) => Ok(Known::default()),
            Err(error) => Err(error.into()),
        })
        .await
    }

    async fn save(&self, measure: &str, known: &Known) -> Result<(), WebhookError> {
        let bytes = serde_json::to_vec(known).map_err(WebhookError::Unwritable)?;
        if bytes.len() as u64 > MAX_KNOWN {
            return Err(WebhookError::TooLarge { measure: measure.to_owned() });
        }
        self.keep(self.file(measure), bytes).await
    }

    async fn keep(&self, path: PathBuf, bytes: Vec<u8>) -> Result<(), WebhookError> {
        let folder = self.folder.clone();
        blocking(move || {
            private_file::create_directory(&folder)?;
            Ok(private_file::write(&path, &bytes)?)
        })
        .await
    }
}

/// Files are read and synced off the threads that serve.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WebhookError> + Send + 'static,
) -> Result<T, WebhookError> {
    tokio::task::spawn_blocking(work).await.map_err(WebhookError::Stopping)?
}

/// What an operator reads about a hook that keeps failing.
pub fn failing(hook: &str, times: u32, last: &WebhookError) -> String {
    format!(
        "webhook {hook}: {times} attempts in a row failed, the last one because of this: {last}. It is tried again at \
         least every {} minutes; nothing is lost",
        retry::LONGEST.as_secs() / 60
    )
}

/// What an operator reads about a hook that ended.
pub fn ended(hook: &Hook) -> String {
    format!(
        "webhook {}: the receiver answered 410, so nothing more is sent to it; take it out of config.toml, or remove {} \
         and restart the node",
        hook.shown(),
        hook.end().display()
    )
}

/// A pause that is not the same for everybody: between half of it and all.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0_u8; 2];
    // Without randomness the pause is only less spread.
    let share = getrandom::fill(&mut byte).map_or(1.0, |()| f64::from(u16::from_be_bytes(byte)) / 65_535.0);
    pause.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests;
