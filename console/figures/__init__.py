"""What the pages of charts show, from what the database answered. Pure."""
