"""What the program knows of each component: one frozen record each, and lookups over them."""
