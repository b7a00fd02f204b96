//! The way out: a bounded channel to the one listener, and a call that wakes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};

use super::message::EngineEvent;

/// How often a blocked sender looks whether the engine is closing.
const LOOK_UP: Duration = Duration::from_millis(50);

#[derive(Clone)]
pub(crate) struct Outbox {
    events: Sender<EngineEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
    closing: Arc<AtomicBool>,
}

impl Outbox {
    pub fn new(events: Sender<EngineEvent>, wake: Arc<dyn Fn() + Send + Sync>, closing: Arc<AtomicBool>) -> Self {
        Self { events, wake, closing }
    }

    /// Sends what must arrive: waits while the listener is behind, gives up when it is gone or the engine closes.
    pub fn send(&self, event: EngineEvent) {
        let mut waiting = event;
        loop {
            match self.events.send_timeout(waiting, LOOK_UP) {
                Ok(()) => return (self.wake)(),
                Err(SendTimeoutError::Disconnected(_)) => return,
                Err(SendTimeoutError::Timeout(_)) if self.closing.load(Ordering::Relaxed) => return,
                Err(SendTimeoutError::Timeout(event)) => {
                    (self.wake)();
                    waiting = event;
                }
            }
        }
    }

    /// Sends what the next such event makes out of date. Dropped when the listener is behind, so that the other half
    /// of the channel stays free for results.
    pub fn offer(&self, event: EngineEvent) {
        let behind = self.events.capacity().is_some_and(|capacity| self.events.len() * 2 >= capacity);
        if !behind && self.events.try_send(event).is_ok() {
            (self.wake)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::message::MemoryInfo;

    fn outbox(capacity: usize) -> (Outbox, crossbeam_channel::Receiver<EngineEvent>, Arc<AtomicBool>) {
        let (sender, receiver) = crossbeam_channel::bounded(capacity);
        let closing = Arc::new(AtomicBool::new(false));
        (Outbox::new(sender, Arc::new(|| {}), Arc::clone(&closing)), receiver, closing)
    }

    fn event() -> EngineEvent {
        EngineEvent::Memory(MemoryInfo::default())
    }

    #[test]
    fn offers_leave_half_the_channel_to_results() {
        let (outbox, receiver, _) = outbox(4);
        for _ in 0..10 {
            outbox.offer(event());
        }
        assert_eq!(receiver.len(), 2);
        outbox.send(event());
        outbox.send(event());
        assert_eq!(receiver.len(), 4);
    }

    #[test]
    fn a_full_channel_does_not_hold_a_closing_engine() {
        let (outbox, receiver, closing) = outbox(1);
        outbox.send(event());
        closing.store(true, Ordering::Relaxed);
        outbox.send(event());
        assert_eq!(receiver.len(), 1);
    }

    #[test]
    fn a_listener_that_is_gone_holds_nobody() {
        let (outbox, receiver, _) = outbox(1);
        drop(receiver);
        outbox.send(event());
        outbox.offer(event());
    }
}
