"""Pictures of sound and of training."""
