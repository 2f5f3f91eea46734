"""What a person can do here, per noun. Load, authorize, decide, stage."""
