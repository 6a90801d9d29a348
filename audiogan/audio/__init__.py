"""Sound: files, streams, resampling, level, framing, spectrograms, and what a network sees of sound."""
