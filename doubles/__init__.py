"""Stand-ins on sockets for vendors that cost money, and a caller on a real line."""
