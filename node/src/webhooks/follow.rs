//! One loop per hook: looks at what changed, tells it, tries again.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::sleep;

use super::{Hook, Retry, WebhookError, ended, failing};
use crate::handle::Handle;
use crate::view::{ChangeView, FeedQuery};

/// All feeds are looked at again after so long without a change.
const LOOK_AGAIN: Duration = Duration::from_secs(300);
/// Several changes within this are told at once.
const SETTLE: Duration = Duration::from_millis(500);

/// Which feeds to look at.
enum Look {
    All,
    Some(BTreeSet<String>),
}

/// Keeps every hook told, until the node stops.
pub(crate) async fn run(handle: Handle, hooks: Vec<Hook>) {
    join_all(hooks.iter().map(|hook| follow(&handle, hook))).await;
}

async fn follow(handle: &Handle, hook: &Hook) {
    let Ok(mut changes) = handle.subscribe().await else { return };
    let mut retry = Retry::default();
    let mut look = Look::All;
    while !hook.is_ended() {
        match round(handle, hook, &look).await {
            Ok(()) => {
                retry.succeeded();
                notice(handle, hook, None).await;
                look = wait(&mut changes).await;
            }
            Err(error) => {
                let pause = retry.failed();
                tracing::warn!(hook = hook.shown(), %error, pause = pause.as_secs(), "a webhook failed");
                let text = retry.notice().map(|times| failing(&hook.shown(), times, &error));
                notice(handle, hook, text).await;
                sleep(pause).await;
                // What changed meanwhile is among everything.
                look = Look::All;
            }
        }
    }
    notice(handle, hook, Some(ended(hook))).await;
}

/// Tells everything once. One feed that fails keeps no other from being told,
/// unless the receiver can't be reached at all.
async fn round(handle: &Handle, hook: &Hook, look: &Look) -> Result<(), WebhookError> {
    let mut failed = Ok(());
    let measures = match handle.measures().await {
        Ok(measures) => measures,
        Err(failure) => {
            // Before founding or joining there are none.
            tracing::debug!(%failure, "measures can't be listed for a webhook");
            return Ok(());
        }
    };
    for measure in measures.into_iter().filter(|measure| hook.wants(measure)) {
        if matches!(look, Look::Some(ids) if !ids.contains(&measure.id)) {
            continue;
        }
        let feed = match handle.feed(measure.id.clone(), FeedQuery::default()).await {
            Ok(feed) => feed,
            Err(failure) => {
                tracing::warn!(measure = measure.id, %failure, "a feed can't be read for a webhook");
                continue;
            }
        };
        match hook.tell(&feed).await {
            Ok(0) => {}
            Ok(deliveries) => tracing::debug!(hook = hook.shown(), measure = measure.id, deliveries, "told"),
            Err(error) if error.is_about_one_feed() => failed = Err(error),
            Err(error) => return Err(error),
        }
    }
    failed
}

/// Waits until a feed may have changed, and says which.
async fn wait(changes: &mut broadcast::Receiver<ChangeView>) -> Look {
    let announced = async {
        loop {
            match changes.recv().await {
                Ok(change) => {
                    if let Some(look) = meaning(change) {
                        return look;
                    }
                }
                Err(RecvError::Lagged(_)) => return Look::All,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let first = tokio::select! {
        look = announced => look,
        () = sleep(LOOK_AGAIN) => Look::All,
    };
    sleep(SETTLE).await;
    drain(changes, first)
}

/// Adds what was announced since.
fn drain(changes: &mut broadcast::Receiver<ChangeView>, mut look: Look) -> Look {
    loop {
        match changes.try_recv() {
            Ok(change) => {
                if let Some(more) = meaning(change) {
                    look = look.with(more);
                }
            }
            Err(broadcast::error::TryRecvError::Lagged(_)) => look = Look::All,
            Err(_) => return look,
        }
    }
}

/// Which feeds a change is about; none if about none.
fn meaning(change: ChangeView) -> Option<Look> {
    match change {
        ChangeView::Feed { measure, .. } | ChangeView::Document { id: measure } => {
            Some(Look::Some([measure].into()))
        }
        ChangeView::Charter | ChangeView::Missed => Some(Look::All),
        _ => None,
    }
}

impl Look {
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut ids), Self::Some(more)) => {
                ids.extend(more);
                Self::Some(ids)
            }
            _ => Self::All,
        }
    }
}

/// Tells the operator, or takes back what was told.
async fn notice(handle: &Handle, hook: &Hook, text: Option<String>) {
    let hook = hook.shown();
    let told = handle.run(move |worker| {
        worker.set_notice(hook, text);
        Ok(())
    });
    if let Err(failure) = told.await {
        tracing::debug!(%failure, "a notice could not be given");
    }
}
