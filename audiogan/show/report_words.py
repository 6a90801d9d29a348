"""What the numbers of a run are called, which way is better, and what to know when looking at them."""

from __future__ import annotations

NOISY = "_noisy"  # ends the name of a measure of the unprocessed sound

# name → title, +1 where higher is better, -1 where lower is, 0 where neither or where a value is best
MEASURES = {
    "pesq": ("PESQ", 1),
    "pesq_wide": ("PESQ, wide band", 1),
    "pesq_narrow": ("PESQ, narrow band", 1),
    "stoi": ("STOI", 1),
    "estoi": ("ESTOI", 1),
    "si_sdr": ("SI-SDR, dB", 1),
    "segmental_snr": ("segmental SNR, dB", 1),
    "csig": ("CSIG", 1),
    "cbak": ("CBAK", 1),
    "covl": ("COVL", 1),
    "log_spectral_distance": ("log-spectral distance, dB", -1),
    "multi_resolution_stft_distance": ("multi-resolution STFT distance", -1),
    "log_mel_frechet": ("log-mel Fréchet distance", -1),
    "sliced_wasserstein": ("sliced Wasserstein distance", -1),
    "diversity": ("diversity (1 is that of real data)", 0),
    "silent": ("share of silent samples", -1),
    "modes": ("modes covered", 1),
    "good": ("share of good points", 1),
    "accuracy": ("accuracy", 1),
}

VALIDATION = {
    "diversity": "Near 1: samples differ as much as real ones. Falling towards 0: the generator makes ever the same.",
    "log_mel_frechet": "How far the generated set is from real sounds that nobody trained on, as sets.",
    "si_sdr": "How much of the sound is the clean speech, whatever its level.",
    "pesq": "Predicted opinion of listeners, 1 to 4.6.",
    "accuracy": "Share of held-out items told rightly.",
}

# Of what one term of a game tells, by its class's name.
TERMS = {
    "Wasserstein": "The discriminator's is minus its estimate of how far generated and real are apart: towards 0 they "
    "come closer. The generator's by itself drifts and says little.",
    "GradientPenalty": "How far the discriminator's slope is from the wanted one; small and steady is as it should be.",
    "NonSaturating": "At balance the discriminator's is about 1.39 and the generator's about 0.69. Neither has to "
    "fall: they push against each other.",
    "Minimax": "At balance the discriminator's is about 1.39. Neither has to fall: they push against each other.",
    "LeastSquares": "At balance the discriminator calls everything half real, and neither loss has to fall.",
    "Hinge": "At 0 the discriminator wins everywhere; at 2 it tells nothing apart.",
    "L1": "Distance to the clean sound: this one is meant to fall.",
    "AuxiliaryClassifier": "How wrongly classes are told: meant to fall for both.",
    "CrossEntropy": "How wrongly classes are told: meant to fall. Watch the accuracy for knowing by heart.",
    "BEGAN": "The discriminator is an autoencoder; k balances the two and lies between 0 and 1.",
}

VITALS = {
    "of_real": "What the discriminator gives to real and generated candidates, 0 to 1: both near ½ where neither wins.",
    "k": "k balances the game: at 0 or 1 it balances nothing.",
    "convergence": "The paper's measure of convergence: lower is better.",
}


def measure_title(name: str) -> str:
    """How a page calls a validation measure, with an arrow for which way is better."""
    title, way = MEASURES.get(name, (name.replace("_", " "), 0))
    return title + {1: " ↑", -1: " ↓", 0: ""}[way]


def better_way(name: str) -> int:
    """+1: higher is better, -1: lower is, 0: neither, or not known."""
    return MEASURES.get(name, ("", 0))[1]


def about_terms(names: list[str]) -> str:
    """What to know of losses, from the terms that their names begin with."""
    known = dict.fromkeys(name.split(".")[0] for name in names)
    return " ".join(f"{name}: {TERMS[name]}" for name in known if name in TERMS)
