"""Whether the same ground gives the same answer in every frame."""
