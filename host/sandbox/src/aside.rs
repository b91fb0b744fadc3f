//! Runs what computes for long on threads of the lowest priority, so that whoever else wants a processor has it at once.

use std::panic::resume_unwind;
use std::thread;

use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy};
use thread_priority::{set_thread_priority_and_policy, thread_native_id};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// Whom a computation gives way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// To everything else on the machine.
    Lowest,
    /// To nobody more than others do.
    Equal,
}

/// Computes on a thread of its own, and waits for it without holding up the other tasks of this one.
///
/// A new thread each time, because one that has given up its priority may not have it back. It costs some 50 µs.
pub(crate) fn aside<T: Send>(priority: Priority, compute: impl FnOnce() -> T + Send) -> T {
    let runtime = Handle::current();
    match runtime.runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(|| on_own_thread(&runtime, priority, compute)),
        _ => on_own_thread(&runtime, priority, compute),
    }
}

fn on_own_thread<T: Send>(runtime: &Handle, priority: Priority, compute: impl FnOnce() -> T + Send) -> T {
    let mut waiting = Some(compute);
    let computed = thread::scope(|scope| {
        let take = || {
            let _entered = runtime.enter();
            if priority == Priority::Lowest {
                give_way();
            }
            waiting.take().map(|compute| compute())
        };
        let thread = thread::Builder::new().name("hookbox-slow".into()).spawn_scoped(scope, take).ok()?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    // A machine that has no thread left has it computed here.
    computed.unwrap_or_else(|| waiting.take().expect("only the thread takes it, and then there is a value")())
}

/// If the system refuses, the thread competes with others as an equal: no reason to fail.
fn give_way() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) {
        tracing::debug!(?error, "the system does not let slow calls give way");
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{Priority, aside};

    #[tokio::test]
    async fn what_is_computed_aside_comes_back_and_so_does_its_panic() {
        let here = std::thread::current().id();
        for priority in [Priority::Lowest, Priority::Equal] {
            assert_ne!(aside(priority, || std::thread::current().id()), here);
        }
        assert!(catch_unwind(|| aside(Priority::Lowest, || panic!("on purpose"))).is_err());
    }
}
