"""Sound of any length through a generator, as it comes: filters over spectra, or windows on a grid, at any rate."""
