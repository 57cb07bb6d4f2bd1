"""What carriers tell us over HTTP, checked and passed on to the calls."""
