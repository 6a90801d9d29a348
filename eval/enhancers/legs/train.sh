#!/bin/sh
# Trains the generator that `audiogan enhance` comes with, leg by leg, as it was trained: 24 items of 3 s in a step.
# Run it from the repository's root when the data that recipes/enhancer_no_gan.yaml names is there.
set -e
audiogan train recipes/enhancer_no_gan.yaml name=enhancer_leg_1 training.steps=1169 training.average_decay=0.995 \
  'players.generator.optimiser={name: Adam, learning_rate: 1e-3, betas: [0.9, 0.99]}' reconstruction.1.weight=0.5 \
  'data.augmentation.noise_speed=[0.4, 1.6]' data.augmentation.noise_tilt_db=15 data.augmentation.second_noise=0.3 \
  data.augmentation.scrambled_noise=0.2 data.augmentation.swelling_noise=0
audiogan train recipes/enhancer_no_gan.yaml name=enhancer_leg_2 training.steps=1170 training.average_decay=0.999 seed=1 \
  'players.generator.optimiser={name: Adam, learning_rate: 1e-3, betas: [0.9, 0.99]}' \
  start=runs/enhancer_leg_1/checkpoints/step-00001169.pt
audiogan train recipes/enhancer_no_gan.yaml name=enhancer_leg_3 training.steps=1709 seed=2 \
  start=runs/enhancer_leg_2/checkpoints/step-00001170.pt
