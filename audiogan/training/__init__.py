"""The loop and what it keeps: checkpoints, averages, the journal, the run folder."""
