"""Terms beside a game: feature matching, the auxiliary classifier, InfoGAN's mutual information."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives import AuxiliaryClassifier, FeatureMatching, MutualInformation, PairedFeatureMatching

SCORE = torch.zeros(2)


def test_feature_matching_compares_mean_activations() -> None:
    real = Judgement(SCORE, features=[torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[1.0], [1.0]])])
    fake = Judgement(SCORE, features=[torch.tensor([[0.0, 1.0]]), torch.tensor([[-2.0]])])
    assert FeatureMatching().generator_loss(fake, real) == ((4 + 1) / 2 + 9) / 2
    assert FeatureMatching().generator_compares


def test_feature_matching_is_nothing_for_another_batch_of_the_same_mean() -> None:
    features = torch.randn(6, 3, 4, dtype=torch.float64)
    said = [Judgement(SCORE, features=[f]) for f in (features, 2 * features.mean(0) - features)]
    assert FeatureMatching().generator_loss(*said).item() == pytest.approx(0, abs=1e-20)


def test_feature_matching_teaches_the_generator_and_leaves_the_real_side_alone() -> None:
    real, fake = (torch.tensor([[value]], requires_grad=True) for value in (1.0, 3.0))
    loss = FeatureMatching().generator_loss(Judgement(SCORE, features=[fake]), Judgement(SCORE, features=[real]))
    loss.backward()
    assert fake.grad is not None and fake.grad.item() == 4 and real.grad is None


def test_features_of_unequal_number_are_no_pair() -> None:
    one, two = (Judgement(SCORE, features=[torch.zeros(2, 1)] * n) for n in (1, 2))
    with pytest.raises(ValueError, match=r"zip\(\)"):
        FeatureMatching().generator_loss(one, two)


def test_paired_matching_compares_each_with_its_own() -> None:
    real = Judgement(SCORE, features=[torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[1.0], [1.0]])])
    fake = Judgement(SCORE, features=[torch.tensor([[3.0, 0.0], [1.0, 0.0]]), torch.tensor([[-2.0], [1.0]])])
    assert PairedFeatureMatching().generator_loss(fake, real) == ((2 + 2) / 4 + 3 / 2) / 2
    assert FeatureMatching().generator_loss(Judgement(SCORE, features=fake.features[:1]), real_first(real)) == 0


def real_first(real: Judgement) -> Judgement:
    assert real.features is not None
    return Judgement(SCORE, features=real.features[:1])


def test_paired_matching_teaches_the_generator_and_leaves_the_real_side_alone() -> None:
    real, fake = (torch.tensor([[value]], requires_grad=True) for value in (1.0, 3.0))
    PairedFeatureMatching().generator_loss(
        Judgement(SCORE, features=[fake]), Judgement(SCORE, features=[real])
    ).backward()
    assert fake.grad is not None and fake.grad.item() == 1 and real.grad is None


def classified(logits: list[list[float]], label: list[int]) -> Judgement:
    return Judgement(torch.zeros(len(label)), label_logits=torch.tensor(logits), label=torch.tensor(label))


def test_a_classifier_that_does_not_know_loses_the_log_of_the_classes() -> None:
    real, fake = classified([[0.0] * 10] * 3, [0, 4, 9]), classified([[7.0] * 10], [2])
    term = AuxiliaryClassifier()
    assert term.discriminator_loss(real, fake).item() == pytest.approx(2 * math.log(10))
    assert term.generator_loss(fake, None).item() == pytest.approx(math.log(10))


def test_the_classifier_s_loss_is_minus_the_log_of_what_it_gives_the_right_class() -> None:
    shares = [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]
    logits = [[math.log(s) + 3 for s in row] for row in shares]
    real, fake = classified(logits, [1, 2]), classified(logits, [0, 0])
    of_real, of_fake = (math.log(0.3) + math.log(0.8)) / 2, (math.log(0.5) + math.log(0.1)) / 2
    term = AuxiliaryClassifier()
    assert term.discriminator_loss(real, fake).item() == pytest.approx(-of_real - of_fake)
    assert term.generator_loss(fake, real).item() == pytest.approx(-of_fake)


def test_a_classifier_of_real_candidates_learns_nothing_from_generated_ones() -> None:
    """GANSynth's: the discriminator's class loss by hand, -log of the share of the right class, on real notes only."""
    logits = torch.tensor([[0.5, -1.0, 2.0]], requires_grad=True)
    real = classified([[math.log(0.2), math.log(0.7), math.log(0.1)]], [1])
    fake = Judgement(torch.zeros(1), label_logits=logits, label=torch.tensor([0]))
    term = AuxiliaryClassifier(learns_from="real")
    loss = term.discriminator_loss(real, fake)
    assert loss.item() == pytest.approx(-math.log(0.7))
    assert not loss.requires_grad
    expected = math.log(math.exp(0.5) + math.exp(-1) + math.exp(2)) - 0.5
    assert term.generator_loss(fake, real).item() == pytest.approx(expected)


def test_both_players_of_info_gan_lower_the_same_loss() -> None:
    latent = one_hot([0, 1], 3)
    said = read_back(torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 0.5]]), latent)
    term = MutualInformation(categories=(3,), continuous=0)
    assert term.discriminator_loss(said, said) == term.generator_loss(said, None)


def read_back(estimate: Tensor, latent: Tensor) -> Judgement:
    return Judgement(torch.zeros(len(latent)), latent_estimate=estimate, latent=latent)


def one_hot(choices: list[int], count: int) -> Tensor:
    return torch.eye(count)[torch.tensor(choices)]


def test_codes_that_are_not_read_cost_their_entropy() -> None:
    """Σ log n for uniform categorical codes: with the codes' entropy taken off, an information of 0."""
    latent = torch.cat([one_hot([0, 3, 1], 4), one_hot([1, 2, 0], 3)], dim=1)
    term = MutualInformation(categories=(4, 3), continuous=0)
    loss = term.generator_loss(read_back(torch.zeros(3, 7), latent), None)
    assert loss.item() == pytest.approx(math.log(4) + math.log(3))


def test_codes_that_are_read_rightly_cost_nothing() -> None:
    latent = torch.cat([one_hot([0, 3, 1], 4), torch.tensor([[0.5, -1.0]] * 3)], dim=1)
    estimate = torch.cat([100 * latent[:, :4], latent[:, 4:]], dim=1)
    term = MutualInformation(categories=(4,), continuous=2)
    assert term.generator_loss(read_back(estimate, latent), None).item() == pytest.approx(0, abs=1e-6)


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-3, 3)), min_size=1, max_size=5),
    st.integers(1, 3),
    st.floats(0, 2),
)
def test_continuous_codes_have_a_gaussian_s_likelihood(
    pairs: list[tuple[float, float]], codes: int, weight: float
) -> None:
    """Against torch's own Normal of unit deviation, whose constant is left out."""
    latent, estimate = (
        torch.tensor([p[side] for p in pairs], dtype=torch.float64)[:, None].repeat(1, codes) for side in (0, 1)
    )
    gaussian = torch.distributions.Normal(estimate, 1.0)
    expected = -(gaussian.log_prob(latent) - gaussian.log_prob(estimate)).sum(1).mean()
    term = MutualInformation(categories=(), continuous=codes, continuous_weight=weight)
    loss = term.generator_loss(read_back(estimate, latent), None)
    assert loss.item() == pytest.approx(weight * expected.item(), abs=1e-12)


def test_categorical_and_continuous_codes_are_told_apart_by_their_place() -> None:
    estimate = torch.tensor([[math.log(0.2), math.log(0.8), 0.0, 0.0, 0.0, 2.0]])
    latent = torch.tensor([[0.0, 1.0, 0.0, 0.0, 1.0, 0.5]])
    term = MutualInformation(categories=(2, 3), continuous=1, continuous_weight=0.1)
    expected = -math.log(0.8) + math.log(3) + 0.1 * 1.5**2 / 2
    assert term.generator_loss(read_back(estimate, latent), None).item() == pytest.approx(expected)
    assert term.codes == 6


def test_the_discriminator_learns_to_read_the_codes_of_generated_candidates_too() -> None:
    """Nothing is read from real ones, which were made from no codes."""
    codes = torch.eye(12)[:2]
    real, fake = Judgement(torch.zeros(2)), read_back(torch.zeros(2, 12), codes)
    loss = MutualInformation(categories=(12,), continuous=0).discriminator_loss(real, fake)
    assert loss.item() == pytest.approx(math.log(12)) and MutualInformation().codes == 12


@pytest.mark.parametrize("width", [11, 13])
def test_an_estimate_of_another_width_is_refused(width: int) -> None:
    with pytest.raises(RuntimeError, match="split"):
        MutualInformation().generator_loss(read_back(torch.zeros(2, width), torch.zeros(2, 12)), None)
