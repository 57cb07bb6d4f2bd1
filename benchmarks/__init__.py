"""What the product costs, as ratios against a reference in the same run."""
