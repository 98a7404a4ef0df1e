"""What kinds claim, ask and send, apart from what planning makes of it."""
