"""What the capacity gate promises, shown under faults. See docs/capacity.md."""
