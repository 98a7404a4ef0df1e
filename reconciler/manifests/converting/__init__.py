"""Raw requests of the API -> manifests."""
