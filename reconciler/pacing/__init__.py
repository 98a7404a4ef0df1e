"""Slots of a limited rate: pure arithmetic, and what a store of slots must do."""
