"""The one door to every model: generate, log-likelihood, embed."""
