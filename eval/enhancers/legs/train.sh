#!/bin/sh
# Trains the generator that `audiogan enhance` comes with, leg by leg, as it was trained: 24 items of 3 s in a step.
# Run it from the repository's root when the data that recipes/enhancer_no_gan.yaml names is there and audiogan[dnsmos,export] is
# installed.
# These legs knew no conditions; level and SNR of their items were set before tilt and room, so that a repetition is not exact.
set -e
audiogan train recipes/enhancer_no_gan.yaml 'data.conditions={}' name=enhancer_leg_1 training.steps=1169 training.average_decay=0.995 \
  'players.generator.optimiser={name: Adam, learning_rate: 1e-3, betas: [0.9, 0.99]}' reconstruction.1.weight=0.5 \
  'data.augmentation.noise_speed=[0.4, 1.6]' data.augmentation.noise_tilt_db=15 data.augmentation.second_noise=0.3 \
  data.augmentation.scrambled_noise=0.2 data.augmentation.swelling_noise=0
audiogan train recipes/enhancer_no_gan.yaml 'data.conditions={}' name=enhancer_leg_2 training.steps=1170 training.average_decay=0.999 seed=1 \
  'players.generator.optimiser={name: Adam, learning_rate: 1e-3, betas: [0.9, 0.99]}' \
  start=runs/enhancer_leg_1/checkpoints/step-00001169.pt
audiogan train recipes/enhancer_no_gan.yaml 'data.conditions={}' name=enhancer_leg_3 training.steps=1709 seed=2 \
  start=runs/enhancer_leg_2/checkpoints/step-00001170.pt
# On a GPU, the first 8 minutes of one that 14 processes mixed for, the second 3 minutes of one that was shared.
GPU='training.device=cuda training.precision=fp32 training.batch_size=48 data.exchanges=2 validation.pairs=null validation.every=1000000'
audiogan train recipes/enhancer_no_gan.yaml 'data.conditions={}' name=enhancer_leg_4 training.steps=7126 training.average_decay=0.999 seed=3 $GPU \
  training.workers=14 start=runs/enhancer_leg_3/checkpoints/step-00001709.pt
audiogan train recipes/enhancer_no_gan.yaml 'data.conditions={}' name=enhancer_leg_5 training.steps=2000 training.average_decay=0.995 seed=4 $GPU \
  training.workers=5 start=runs/enhancer_leg_4/checkpoints/step-00007126.pt training.schedule.shape=linear training.schedule.warm_up=20 \
  players.generator.optimiser.learning_rate=1e-3
# On one core of a CPU again: speech without the recordings' own background, and a judge of what is left in the pauses. The first two legs found
# how much the judge must weigh.
audiogan enhance data/debian/train/speech -o data/debian/train/speech_quiet -m runs/enhancer_leg_5
audiogan train recipes/enhancer.yaml name=enhancer_leg_6 training.steps=500 training.schedule.shape=constant seed=5 \
  training.schedule.warm_up=100 training.average_decay=0.998 reconstruction.2.weight=0.5 reconstruction.3.weight=0.1 \
  start=runs/enhancer_leg_5/checkpoints/step-00002000.pt
audiogan train recipes/enhancer.yaml name=enhancer_leg_7 training.steps=195 training.schedule.shape=constant seed=6 \
  training.average_decay=0.99 reconstruction.2.weight=0.5 reconstruction.3.weight=0.5 reconstruction.3.items=8 \
  start=runs/enhancer_leg_6/checkpoints/step-00000500.pt
audiogan train recipes/enhancer.yaml name=enhancer_leg_8 seed=8 validation.every=1000000 start=runs/enhancer_leg_7/checkpoints/step-00000195.pt
# What is given away is seven tenths of the way from leg 5 to leg 8: the whole way costs SI-SDR and PESQ.
audiogan bundle runs/enhancer_leg_8 -o audiogan/pretrained/enhancer --half --blend runs/enhancer_leg_5 0.3
