//! Run folders: what is in one, written atomically.
