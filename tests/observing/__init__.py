"""What is asked of the cloud, and what is made of the answers."""
