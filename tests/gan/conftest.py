"""Lets the tests in every folder below import `gan_cases`, which lies beside this file."""
