"""What the program knows about each component: one frozen record each, and lookups over them."""
