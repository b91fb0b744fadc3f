//! The memory limit of a call: one sum over all of its linear memories and tables.
//!
//! wasmtime asks before each growth. A growth past the limit fails as the WebAssembly specification has it (the guest
//! sees -1 and may cope); that it was refused is remembered, so that a guest that then traps is told the true reason.

use wasmtime::ResourceLimiter;

/// What one element of a table costs, in bytes: a pointer.
const ELEMENT_BYTES: usize = size_of::<usize>();

/// Sums the memory of one call and refuses what is past the limit.
pub(crate) struct MemoryMeter {
    limit_bytes: usize,
    memory_bytes: usize,
    table_bytes: usize,
    pending_memory_bytes: usize,
    pending_table_bytes: usize,
    refused: bool,
}

impl MemoryMeter {
    /// A meter that refuses growth past `limit_bytes`.
    pub(crate) fn new(limit_bytes: u64) -> Self {
        Self {
            limit_bytes: usize::try_from(limit_bytes).unwrap_or(usize::MAX),
            memory_bytes: 0,
            table_bytes: 0,
            pending_memory_bytes: 0,
            pending_table_bytes: 0,
            refused: false,
        }
    }

    /// Whether any growth was refused.
    pub(crate) fn has_refused(&self) -> bool {
        self.refused
    }

    /// The most the linear memories held together, in bytes; memories never shrink, so it is what they hold.
    pub(crate) fn peak_bytes(&self) -> u64 {
        self.memory_bytes as u64
    }

    fn fits(&mut self, more_bytes: usize) -> bool {
        let held = self.memory_bytes.saturating_add(self.table_bytes);
        let fits = held.saturating_add(more_bytes) <= self.limit_bytes;
        self.refused |= !fits;
        fits
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let fits = self.fits(more);
        if fits {
            self.memory_bytes += more;
            self.pending_memory_bytes = more;
        }
        Ok(fits)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_bytes -= std::mem::take(&mut self.pending_memory_bytes);
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current).saturating_mul(ELEMENT_BYTES);
        let fits = self.fits(more);
        if fits {
            self.table_bytes += more;
            self.pending_table_bytes = more;
        }
        Ok(fits)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_bytes -= std::mem::take(&mut self.pending_table_bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryMeter;
    use wasmtime::ResourceLimiter;

    #[test]
    fn several_memories_and_tables_share_one_limit() {
        let mut meter = MemoryMeter::new(1_000_000);
        assert!(meter.memory_growing(0, 400_000, None).expect("never an error"));
        assert!(meter.memory_growing(0, 400_000, None).expect("never an error"));
        assert!(meter.table_growing(0, 20_000, None).expect("never an error"));
        assert!(!meter.has_refused());
        assert!(!meter.memory_growing(400_000, 500_000, None).expect("never an error"));
        assert!(!meter.table_growing(0, usize::MAX, None).expect("never an error"));
        assert!(meter.has_refused());
        assert_eq!(meter.peak_bytes(), 800_000);
    }

    #[test]
    fn a_growth_that_the_system_could_not_give_is_not_charged() {
        let mut meter = MemoryMeter::new(1_000_000);
        assert!(meter.memory_growing(0, 900_000, None).expect("never an error"));
        meter.memory_grow_failed(wasmtime::Error::msg("no memory")).expect("never an error");
        assert!(meter.memory_growing(0, 900_000, None).expect("never an error"));
    }
}
