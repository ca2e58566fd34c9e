"""Sparse convolution: submanifold, strided and inverse, on any device, with kernels of our own for CPUs, or by spconv."""
