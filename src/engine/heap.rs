//! What becomes of memory that is freed: it stays with the process while something is computed, and goes back to the system
//! when that ends.
//!
//! A training step takes and frees the same few hundred megabytes again and again. By itself the C library's allocator gives
//! large blocks back at once, so that the system has to find and clear the same pages anew at every step: about a sixth of
//! the time in which a small network is trained. The `unsafe` of this module are the calls to the allocator.

/// Blocks below this are kept: the largest value that glibc takes. In bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BELOW: libc::c_int = 32 << 20;

/// Has freed memory kept from now on. Where the C library is another one nothing changes. Called before there are threads.
#[allow(unsafe_code)]
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: two numbers of the allocator's; by its manual the only danger are threads that use it meanwhile, and
        // there are none yet. What it answers does not matter: memory is then freed as usual.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT_BELOW);
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        }
    }
}

/// Gives back what is not in use. Takes some milliseconds.
#[allow(unsafe_code)]
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: it may be called at any time, from any thread, and touches no memory that is in use.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_stays_as_it_is() {
        keep_freed();
        let kept: Vec<Vec<u8>> = (0..64u8).map(|value| vec![value; 1 << 20]).collect();
        drop(kept.clone());
        give_back();
        assert!((0..64u8).zip(&kept).all(|(value, block)| block.iter().all(|&byte| byte == value)));
    }
}
