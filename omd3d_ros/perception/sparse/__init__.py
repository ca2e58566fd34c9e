"""Sparse convolution, submanifold, strided and inverse: by kernels of our own on CPUs, by torch, or by spconv."""
