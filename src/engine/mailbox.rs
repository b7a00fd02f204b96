//! What a thread has to do next, changed by others while it works: requests can be replaced and withdrawn, which a
//! channel cannot.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub(crate) struct Mailbox<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T> {
    value: T,
    closed: bool,
}

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Waited<R> {
    Picked(R),
    /// There was nothing to do for so long.
    InVain,
    Closed,
}

impl<T: Default> Default for Mailbox<T> {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { value: T::default(), closed: false }), changed: Condvar::new() }
    }
}

impl<T> Mailbox<T> {
    /// Changes what is waiting and wakes the threads that wait for it.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock().value);
        self.changed.notify_all();
        result
    }

    /// Looks at what is waiting.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock().value)
    }

    /// Waits until `pick` finds something to do; `None` once closed.
    pub fn take<R>(&self, pick: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        match self.take_until(None, pick) {
            Waited::Picked(picked) => Some(picked),
            Waited::InVain | Waited::Closed => None,
        }
    }

    /// Waits until `pick` finds something to do, and no longer than to `deadline` where there is one.
    pub fn take_until<R>(&self, deadline: Option<Instant>, mut pick: impl FnMut(&mut T) -> Option<R>) -> Waited<R> {
        let mut inner = self.lock();
        loop {
            if inner.closed {
                return Waited::Closed;
            }
            if let Some(picked) = pick(&mut inner.value) {
                return Waited::Picked(picked);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            inner = match left {
                None => self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Waited::InVain,
                Some(left) => self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Ends every present and future `take`.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_ends_a_waiting_thread() {
        let mailbox = Mailbox::<Vec<u32>>::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| mailbox.take(Vec::pop));
            mailbox.close();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }

    #[test]
    fn a_change_wakes_a_waiting_thread() {
        let mailbox = Mailbox::<Vec<u32>>::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| mailbox.take(Vec::pop));
            mailbox.change(|waiting| waiting.push(3));
            assert_eq!(waiting.join().unwrap(), Some(3));
        });
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let mailbox = Mailbox::<Vec<u32>>::default();
        let soon = || Some(Instant::now() + std::time::Duration::from_millis(20));
        assert_eq!(mailbox.take_until(soon(), Vec::pop), Waited::InVain);
        mailbox.change(|waiting| waiting.push(3));
        assert_eq!(mailbox.take_until(soon(), Vec::pop), Waited::Picked(3));
        mailbox.close();
        assert_eq!(mailbox.take_until(soon(), Vec::pop), Waited::Closed);
    }
}
