"""The one door to every model: generate, log-likelihood, embed. Torch is imported when a model is, not before."""
