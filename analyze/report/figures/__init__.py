"""The figures, one small file a kind. Each function takes results and returns a plotly figure."""
