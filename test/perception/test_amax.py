"""The largest values and their gradient, as torch has them."""

import torch

from omd3d_ros.perception.amax import amax


def test_values_and_gradients_are_those_of_torch():
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(-3, 3, (4, 7, 5), generator=generator).float()  # with ties
    for dim in (0, 1, 2, -1):
        ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
        weight = torch.randn(x.amax(dim).shape, generator=generator)
        (amax(ours, dim) * weight).sum().backward()
        (theirs.amax(dim) * weight).sum().backward()
        torch.testing.assert_close(amax(x, dim), x.amax(dim))
        torch.testing.assert_close(ours.grad, theirs.grad)


def test_no_gradient_is_kept_where_none_is_wanted():
    with torch.inference_mode():
        assert not amax(torch.rand(3, 4), 1).requires_grad
