//! [`ReservedPorts`]: ports for drivers that are known before the drivers run.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

/// Ports of loopback set aside for drivers. Cheap to clone; clones are the same ports.
///
/// A page must not reach a driver: what drives browsers starts programs. The browsers of a driver know its port; others,
/// started before it, can only be told a port that is set aside. Give [`numbers`](Self::numbers) to their
/// `blocked_ports`, and this to [`DriverOptions::with_ports`](super::DriverOptions::with_ports). When they are used up,
/// a driver takes any free port, of which only its own browsers know.
#[derive(Debug, Clone)]
pub struct ReservedPorts(Arc<Mutex<HashMap<u16, Option<TcpListener>>>>);

impl ReservedPorts {
    /// Sets free ports aside. They are held by listening on them, so that nobody else gets them.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn reserve(count: usize) -> io::Result<Self> {
        let listeners = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let held = listeners.map(|listener| {
            let listener = listener?;
            Ok((listener.local_addr()?.port(), Some(listener)))
        });
        Ok(Self(Arc::new(Mutex::new(held.collect::<io::Result<_>>()?))))
    }

    /// Returns the ports, lowest first.
    pub fn numbers(&self) -> Vec<u16> {
        let mut numbers: Vec<_> = self.lock().keys().copied().collect();
        numbers.sort_unstable();
        numbers
    }

    /// Takes a port for a driver, which is free from then until the driver listens.
    pub(super) fn take(&self) -> Option<TakenPort> {
        let mut ports = self.lock();
        let (number, listener) = ports.iter_mut().find(|(_, listener)| listener.is_some())?;
        *listener = None;
        Some(TakenPort { number: *number, ports: self.clone() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u16, Option<TcpListener>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A port that a driver has, until dropped.
#[derive(Debug)]
pub(super) struct TakenPort {
    pub(super) number: u16,
    ports: ReservedPorts,
}

impl Drop for TakenPort {
    fn drop(&mut self) {
        // Should somebody else have it meanwhile, it is lost to us, and still blocked.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.number)).ok();
        self.ports.lock().insert(self.number, listener);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_given_back_is_taken_again() {
        let ports = ReservedPorts::reserve(1).unwrap();
        let taken = ports.take().unwrap();
        assert_eq!(ports.numbers(), [taken.number]);
        assert!(ports.take().is_none());
        let number = taken.number;
        drop(taken);
        assert_eq!(ports.take().unwrap().number, number);
    }
}
