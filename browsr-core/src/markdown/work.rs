//! Counts work in tests, so that bounds on it hold on every machine. Costs nothing otherwise.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Notes one step of a loop whose length depends on the page.
#[inline]
pub(super) fn step() {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// How many steps `run` takes.
#[cfg(test)]
pub(super) fn count<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.with(std::cell::Cell::get);
    let result = run();
    (result, STEPS.with(std::cell::Cell::get) - before)
}
