"""Whether z is honest: how far quiet ground departs, in the errors that the product tells."""
