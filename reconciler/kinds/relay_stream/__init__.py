"""One user's stream relayed without video transcoding: picture and sound, or sound only."""
