//! The way to the engine and back, so that tests can stand in for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Receiver;

use crate::engine::message::{EngineCommand, EngineEvent};
use crate::engine::{self, Engine, EngineConfig};
use crate::error::Result;

/// Called by the engine after each event, from any thread.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Starts an engine; called once the first frame is on screen.
pub(crate) type Starter = Box<dyn FnOnce(Wake) -> Result<Link>>;

/// Rings once until it is heard. A frame is asked for under a lock that the window takes, too; a thread of the engine,
/// which yields to everything else, would hold the window up if it were put aside while it has that lock. So news that
/// come before the last were read ask for nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bell(Arc<AtomicBool>);

impl Bell {
    /// True when it was silent.
    pub fn ring(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Before the news are read, so that none comes unheard.
    pub fn hear(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A running engine.
pub(crate) struct Link {
    // Goes first: an engine that is told to end must not wait for a listener that no longer listens.
    pub events: Receiver<EngineEvent>,
    pub send: Box<dyn Fn(EngineCommand)>,
}

/// Starts the engine with these settings.
pub(crate) fn engine(config: EngineConfig) -> Starter {
    Box::new(move |wake| {
        let (sender, events) = engine::channel();
        let handle = Engine::start(config, sender, wake)?;
        Ok(Link { events, send: Box::new(move |command| handle.send(command)) })
    })
}
