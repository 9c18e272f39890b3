"""What turns images into features: bundled classifiers and torch-fidelity's extractors."""
