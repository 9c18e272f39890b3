"""One pair of generator and discriminator a file."""
