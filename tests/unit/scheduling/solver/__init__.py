"""Tests of the pure solvers."""
