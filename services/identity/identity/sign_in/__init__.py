"""Identity as an OpenID provider: its endpoints, its hosted pages, and the grants behind them."""
