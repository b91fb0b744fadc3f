//! How many connections may be open, in all and for one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;

use crate::config::Config;

/// The places for connections.
#[derive(Debug)]
pub(crate) struct Seats {
    max: usize,
    per_address_max: usize,
    taken: Mutex<Taken>,
    gauge: Gauge,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    counted_as: Option<IpAddr>,
}

impl Seats {
    pub(crate) fn new(config: &Config, gauge: Gauge) -> Arc<Self> {
        Arc::new(Self {
            max: config.connections_max,
            per_address_max: config.connections_per_address_max,
            taken: Mutex::default(),
            gauge,
        })
    }

    /// A place for a connection from `address`, if there is one.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let counted_as = counted_as(address);
        let mut taken = self.taken.lock();
        if taken.all >= self.max {
            return None;
        }
        if let Some(address) = counted_as {
            let of_address = taken.by_address.entry(address).or_default();
            if *of_address >= self.per_address_max {
                return None;
            }
            *of_address += 1;
        }
        taken.all += 1;
        self.gauge.inc();
        Some(Seat { seats: Arc::clone(self), counted_as })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock();
        taken.all -= 1;
        self.seats.gauge.dec();
        let Some(address) = self.counted_as else { return };
        if let Some(of_address) = taken.by_address.get_mut(&address) {
            *of_address -= 1;
            if *of_address == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// Whoever has an IPv6 address has the 2^64 of its /64. Loopback is not counted: see `connections_per_address_max`.
fn counted_as(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V4(address) => Some(IpAddr::V4(address)),
        IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Seat, Seats};
    use crate::config::Config;
    use prometheus_client::metrics::gauge::Gauge;
    use std::sync::Arc;

    fn take(seats: &Arc<Seats>, address: &str) -> Option<Seat> {
        seats.take(address.parse().expect("an address"))
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let config = Config { connections_max: 5, connections_per_address_max: 2, ..Config::default() };
        let gauge = Gauge::default();
        let seats = Seats::new(&config, gauge.clone());
        let first = take(&seats, "192.0.2.1");
        let _second = take(&seats, "::ffff:192.0.2.1");
        assert!(take(&seats, "192.0.2.1").is_none());
        let _other = [take(&seats, "2001:db8:0:1::1"), take(&seats, "2001:db8:0:1:ffff::2")];
        assert!(take(&seats, "2001:db8:0:1::3").is_none());
        assert_eq!(gauge.get(), 4);
        drop(first);
        assert!(take(&seats, "192.0.2.1").is_some());
        let loopback = [take(&seats, "127.0.0.1"), take(&seats, "::1"), take(&seats, "127.0.0.1")];
        assert_eq!(loopback.iter().flatten().count(), 2, "loopback is bound by the number in all");
        drop(loopback);
        assert_eq!(gauge.get(), 3);
    }
}
