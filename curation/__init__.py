"""Raw sources -> standardized -> checked, deduplicated, decontaminated -> reviewed by people -> pool, splits, exports."""
