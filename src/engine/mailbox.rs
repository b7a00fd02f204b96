//! What a thread has to do next, changed by others while it works: requests can be replaced and withdrawn, which a
//! channel cannot.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) struct Mailbox<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T> {
    value: T,
    closed: bool,
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
    pub fn take<R>(&self, mut pick: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        let mut inner = self.lock();
        loop {
            if inner.closed {
                return None;
            }
            if let Some(picked) = pick(&mut inner.value) {
                return Some(picked);
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
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
}
